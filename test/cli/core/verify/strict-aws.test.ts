/**
 * What verifying says of a chain, beside what STS answers when the chain is walked, over chains and policies made at
 * random: whatever is wrong with them, both find it at the same hop.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { array, assert as check, asyncProperty, nat, record } from 'fast-check'
import { toAccountDocuments } from '../../../../cli/core/policy/documents.ts'
import { joinDumps, readDump } from '../../../../cli/core/verify/dumps.ts'
import { verifyChain } from '../../../../cli/core/verify/verify.ts'
import type { Hop } from '../../../../sidecar/contract.ts'
import { toWorld } from '../../../../stand-ins/aws/configuration.ts'
import { startIssuer, type Issuer } from '../../../../stand-ins/aws/issuer.ts'
import { createSessionStore } from '../../../../stand-ins/aws/session-store.ts'
import { anyBeginning, anyHops, beginningOf, ISSUER, stepsOf } from '../chains.ts'
import { walkInProcess } from './in-process-sts.ts'
import { anyChange, applyChanges, toConfiguration, toDumps, toPlain } from './spoiled-accounts.ts'

const CHAINS = 2000

let issuer: Issuer
let token: string
before(async () => {
  issuer = await startIssuer({ issuer: ISSUER })
  token = await issuer.mint({
    namespace: 'reports',
    serviceAccount: 'reporter',
    audience: 'sts.amazonaws.com',
  })
})
after(() => issuer.stop())

const NARROW = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' },
})

const chainWithMore = record({
  beginning: anyBeginning,
  hops: anyHops,
  policyAt: nat(8),
  longAt: nat(20),
  again: nat(20),
}).map(({ beginning, hops, policyAt, longAt, again }) => ({
  beginning,
  hops: hops.map((hop, index): Hop => ({
    ...hop,
    ...(index === policyAt && { sessionPolicy: NARROW }),
    ...(index === longAt && { durationSeconds: 7200 }),
    ...(index === again && index > 0 && { sourceIdentity: 'somebody' }),
  })),
}))

test(`verifying finds what STS refuses, at the same hop, for ${CHAINS} chains and policies`, async () => {
  const count = { allowed: 0, refused: 0 }
  await check(
    asyncProperty(chainWithMore, array(anyChange, { maxLength: 4 }), async (chain, changes) => {
      const { hops, beginning } = chain
      const steps = stepsOf(hops, beginningOf(beginning, hops))
      const accounts = toPlain(toAccountDocuments([steps]))
      applyChanges(accounts, changes)
      const environment = {
        world: toWorld(toConfiguration(accounts)),
        sessions: createSessionStore(),
        issuerLocations: { [ISSUER]: issuer.url },
        timeScale: 1,
        trail: () => [],
        record: () => {},
      }
      const documents = joinDumps(toDumps(accounts).flatMap((value) => readDump(value) ?? []))
      const verdict = verifyChain(steps, documents)
      const refusedAt = await walkInProcess({ steps, hops, environment, token })
      const found = verdict.hops.find(({ outcome }) => outcome !== 'allowed')
      assert.equal(found?.hop, refusedAt)
      assert.equal(verdict.outcome === 'allowed', refusedAt === undefined)
      assert.equal(found === undefined || found.findings.length > 0, true)
      count[refusedAt === undefined ? 'allowed' : 'refused'] += 1
    }),
    { numRuns: CHAINS },
  )
  // Neither answer is so rare that the comparison says nothing about it.
  assert.ok(Math.min(count.allowed, count.refused) > CHAINS / 10, JSON.stringify(count))
})
