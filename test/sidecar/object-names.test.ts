/**
 * Names that every object has, as names of targets and inside of what the sidecar keeps: they are served as any other.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { OBJECT_NAMES, toOrdinaryName } from '../object-names.ts'
import { readSettings } from '../../sidecar/environment.ts'
import { CONFIGURATION_VARIABLE, TARGET_NAME } from '../../sidecar/contract.ts'
import { parseSidecarConfiguration } from '../../sidecar/core/sidecar-configuration.ts'
import { parseReport } from '../../sidecar/core/chain/job.ts'
import { decideReadiness } from '../../sidecar/core/endpoint/readiness.ts'
import { FORMS } from '../../sidecar/core/endpoint/forms.ts'
import { readRoute, toTargetReply } from '../../sidecar/core/endpoint/reply.ts'
import { parseState } from '../../sidecar/core/refresh/kept-state.ts'
import { renderTemplate } from '../../sidecar/core/chain/template.ts'
import { createEndpointTokens } from '../../sidecar/io/endpoint/endpoint-tokens.ts'
import { createMetrics } from '../../sidecar/io/metrics.ts'
import { collectLog } from './collected-log.ts'
import { startPodStage } from './pod-stage.ts'
import { chain, createRefresherStage } from './refresher-stage.ts'
import { base, target } from './stage.ts'
import { createVirtualTime } from './virtual-time.ts'

const HASH = 'a'.repeat(64)
const HOP = '{"roleArn":"arn:aws:iam::111111111111:role/cluster-base"}'

/** Those that are names of targets. */
const TARGETS = OBJECT_NAMES.filter((name) => TARGET_NAME.test(name))

/** Equal to what an ordinary name of the same form in its place gives. */
function assertOrdinary(outcomeOf: (name: string) => unknown, name: string): void {
  const ordinary = toOrdinaryName(name)
  assert.equal(
    JSON.stringify(outcomeOf(name) ?? null).replaceAll(name, ordinary),
    JSON.stringify(outcomeOf(ordinary) ?? null),
    name,
  )
}

const states = (own: string) => Object.fromEntries([[own, {}] as const, ['other', {}]])

const request = (own: string) => ({
  method: 'GET',
  path: `/v1/credentials/${own}`,
  headers: { host: ['127.0.0.1'] },
})

describe('a name that every object has', () => {
  it('is read as any other in the configuration, and in the state of the run before', () => {
    for (const text of [
      `{"targets":{"NAME":{"chain":[${HOP}]}},"port":7755}`,
      `{"targets":{"a":{"chain":[${HOP}],"NAME":1}},"port":7755,"NAME":{}}`,
      `{"targets":{"a":{"chain":[{"roleArn":"x","NAME":1}]}},"port":7755}`,
    ]) {
      for (const name of OBJECT_NAMES) {
        const named = (own: string) => text.replaceAll('NAME', own)
        assertOrdinary((own) => parseSidecarConfiguration(named(own)), name)
        assertOrdinary((own) => readSettings({ [CONFIGURATION_VARIABLE]: named(own) }), name)
      }
    }
    for (const text of [
      `{"wasReady":true,"sessions":{"targets":{},"baseSessions":{}},"endpointTokens":{"NAME":["${HASH}"]}}`,
      `{"wasReady":true,"sessions":{"targets":{"NAME":{"chainKey":"a"}},"baseSessions":{}},"endpointTokens":{}}`,
      `{"wasReady":true,"sessions":{"targets":{},"baseSessions":{"NAME":{}}},"endpointTokens":{}}`,
      `{"wasReady":true,"sessions":{"targets":{},"baseSessions":{}},"endpointTokens":{},"NAME":1}`,
    ]) {
      for (const name of OBJECT_NAMES) {
        assertOrdinary((own) => parseState(text.replaceAll('NAME', own)), name)
      }
    }
  })

  it('is told, asked for and rendered as any other', () => {
    const failure = { code: 'role_denied', sentence: 'It failed.', isPermanent: true } as const
    for (const name of OBJECT_NAMES) {
      assertOrdinary((own) => parseReport(`{"kind":"failure","target":"${own}"}`), name)
      assertOrdinary((own) => renderTemplate(`{${own}}-{pod}`, { '{pod}': 'nightly' }), name)
      const facts = { wasReady: false, optional: new Set(['other']), nowMs: 0 }
      assertOrdinary((own) => decideReadiness({ ...facts, states: states(own) }), name)
      assertOrdinary(
        (own) => toTargetReply({ target: own, form: FORMS.process }, { failure }, 0),
        name,
      )
      assertOrdinary((own) => readRoute(request(own), new Set([own])), name)
      assertOrdinary((own) => readRoute(request(own), new Set(['other'])), name)
      const source = {
        stateOf: () => ({}),
        whenHeld: () => Promise.resolve(),
        wake: () => undefined,
      }
      assertOrdinary((own) => createMetrics([own], source).render(), name)
    }
  })

  it('has its own endpoint tokens, in a first run and after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
    try {
      for (const name of [...TARGETS, 'toString', '__proto__']) {
        const file = join(folder, 'token')
        writeFileSync(file, 'first')
        const clock = createVirtualTime()
        const { log } = collectLog()
        const files = Object.fromEntries([[name, file]])
        const start = (accepted: Readonly<Record<string, readonly string[]>>) => {
          const tokens = createEndpointTokens({
            files,
            accepted,
            clock,
            log,
            onChange: () => undefined,
          })
          tokens.start()
          return tokens
        }
        const tokens = start({})
        assert.equal(tokens.verify(name, 'first'), 'accepted', name)
        writeFileSync(file, 'second')
        await clock.pass(30_000)
        const restarted = start(tokens.hashes())
        assert.equal(restarted.verify(name, 'first'), 'accepted', name)
        assert.equal(restarted.verify(name, 'third'), 'refused', name)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is walked and restored as any other', async () => {
    for (const name of TARGETS) {
      const stage = createRefresherStage()
      const targets = { [name]: { chain } }
      const first = stage.create({ targets })
      first.start()
      await stage.time.pass(1_000)
      first.stop()
      const second = stage.create({ targets })
      second.start(first.snapshot())
      second.stop()
      assert.ok(second.stateOf(name).session, name)
    }
  })

  it('is served by the whole sidecar', async () => {
    const stage = await startPodStage({ constructor: [base, target], prototype: [base, target] })
    try {
      const sidecar = stage.start()
      const crash = sidecar.ended().then(() => assert.fail(sidecar.text()))
      for (const name of TARGETS) {
        await Promise.race([stage.askUntilServed(name, `token-of-${name}`), crash])
      }
    } finally {
      await stage.stop()
    }
  })
})
