/** The whole program with several targets in one container: what is there before it starts, what may be broken. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  configFile,
  HELPER_FILE,
  HELPER_SOURCE,
  type Profile,
  PROFILES_FOLDER,
  STATE_FOLDER,
  type Target,
} from '../../sidecar/contract.ts'
import { askProbeSocket } from '../../sidecar/io/probe-socket.ts'
import { startSilentFront } from './front.ts'
import { HELPER, type PodStage, startPodStage } from './pod-stage.ts'
import { base, NOBODY_ROLE, target } from './stage.ts'
import { until } from './until.ts'

const NOBODY = { chain: [base, { roleArn: NOBODY_ROLE }], isOptional: true } as const
const GOOD = { chain: [base, target], isOptional: true } as const

async function prepare(
  t: TestContext,
  targets: Readonly<Record<string, Target>>,
  own: Readonly<Record<string, Profile>> = Object.fromEntries(
    Object.keys(targets).map((name) => [name, {}]),
  ),
): Promise<PodStage> {
  const chains = Object.entries(targets).map(([name, { chain }]) => [name, chain] as const)
  const stage = await startPodStage(Object.fromEntries(chains), { targets, profiles: { app: own } })
  t.after(() => stage.stop())
  return stage
}

/** What the probe says now. */
const look = ({ root }: PodStage) => askProbeSocket(join(root, STATE_FOLDER, 'probe.sock'), 0)

const untilReady = (stage: PodStage) =>
  until(async () => ((await look(stage))?.isReady ? true : undefined))

const untilSaid = (stage: PodStage, pattern: RegExp) =>
  until(async () => (pattern.test((await look(stage))?.sentence ?? '') ? true : undefined))

const at = ({ root }: PodStage, path: string) => readFileSync(join(root, path), 'utf8')

describe('a container with several targets', () => {
  it('finds the files of its profiles when it may start', async (t) => {
    const stage = await prepare(
      t,
      { dev: GOOD, prod: { chain: [base, target] } },
      { dev: { region: 'eu-central-1' }, prod: { isDefault: true } },
    )
    stage.start()
    await untilReady(stage)
    assert.equal(at(stage, HELPER_FILE), HELPER)
    const command = `${stage.root}${HELPER_FILE} ${stage.port}`
    assert.equal(
      at(stage, configFile('app')),
      `[default]\n\n[profile dev]\ncredential_process = ${command} dev\nregion = eu-central-1\n\n[profile prod]\ncredential_process = ${command} prod\n`,
    )
    const { status, text } = await stage.askProcess('dev', 'token-of-dev')
    assert.equal(status, 200)
    const { body } = await stage.ask('dev', 'token-of-dev')
    const { Version, SessionToken, ...same } = JSON.parse(text) as Record<string, unknown>
    assert.deepEqual([Version, SessionToken], [1, body['Token']])
    assert.deepEqual({ ...same, Token: SessionToken }, body)
  })

  it('gets only the targets whose token it has, in either form', async (t) => {
    const stage = await prepare(t, { dev: GOOD, prod: GOOD })
    stage.start()
    await stage.askUntilServed('dev', 'token-of-dev')
    for (const [name, token] of [
      ['prod', 'token-of-dev'],
      ['dev', 'token-of-prod'],
      ['prod', 'guess'],
    ] as const) {
      const { status, text } = await stage.askProcess(name, token)
      assert.equal(status, 401)
      assert.match(
        text,
        new RegExp(`no endpoint token of target ${name}: send the content of /var`),
      )
      assert.equal((await stage.ask(name, token)).status, 401)
    }
    const folder = ['credentials', 'bin/sh', 'app.config']
    const { AccessKeyId = '', SecretAccessKey = '' } = (await stage.ask('dev', 'token-of-dev')).body
    for (const name of folder) {
      const text = at(stage, `${PROFILES_FOLDER}/${name}`)
      for (const secret of [AccessKeyId, SecretAccessKey, 'token-of-']) {
        assert.ok(!text.includes(secret), name)
      }
    }
  })

  it('starts although one target of ten is broken, which says why when it is used', async (t) => {
    const good = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [`good-${index}`, GOOD] as const),
    )
    const stage = await prepare(t, { broken: NOBODY, ...good })
    stage.start()
    await untilReady(stage)
    const { status, text } = await stage.askProcess('broken', 'token-of-broken')
    assert.equal(status, 403)
    assert.match(text, /^hop 2, .*role\/nobody: AccessDenied: .*\n$/)
    for (const name of Object.keys(good)) {
      assert.equal((await stage.askProcess(name, `token-of-${name}`)).status, 200)
    }
  })

  it('does not start while its default target is broken', async (t) => {
    const stage = await prepare(
      t,
      { dev: GOOD, prod: { chain: [base, { roleArn: NOBODY_ROLE }] } },
      { dev: {}, prod: { isDefault: true } },
    )
    stage.start()
    await stage.askUntilServed('dev', 'token-of-dev')
    await untilSaid(stage, /^target prod: hop 2, /)
  })

  it('does not start while STS answers for none of its targets, and starts by itself', async (t) => {
    const stage = await prepare(t, { dev: GOOD, stg: GOOD })
    const mend = stage.aws.addFault({ kind: 'reset' })
    stage.start()
    await untilSaid(stage, /^targets dev, stg: hop 1, /)
    mend()
    await untilReady(stage)
  })

  it('has eleven targets at once although STS is silent for the first', async (t) => {
    const good = Object.fromEntries(
      Array.from({ length: 11 }, (_, index) => [`good-${index}`, GOOD] as const),
    )
    const stage = await prepare(t, { silent: NOBODY, ...good })
    const front = await startSilentFront(stage.aws.url, 'nobody')
    t.after(() => front.stop())
    const sidecar = stage.start({ variables: { AWS_ENDPOINT_URL_STS: front.url } })
    const served = Object.keys(good).map((name) => stage.askUntilServed(name, `token-of-${name}`))
    await Promise.all(served)
    // All are there before the call for the first has timed out.
    assert.ok(!sidecar.events().includes('refresh_failed'))
    assert.equal((await look(stage))?.isReady, false)
    await untilReady(stage)
    assert.deepEqual(
      sidecar.events().filter((event) => event === 'refresh_failed'),
      ['refresh_failed'],
    )
    const { status, text } = await stage.askProcess('silent', 'token-of-silent')
    assert.equal(status, 503)
    assert.match(text, /^hop 2, .*role\/nobody/)
  })
})

describe('the files of profiles', () => {
  it('keep the gate closed, and say why, while they cannot be written', async (t) => {
    const stage = await prepare(t, { dev: GOOD, prod: GOOD })
    rmSync(join(stage.root, HELPER_SOURCE))
    const sidecar = stage.start()
    await stage.askUntilServed('dev', 'token-of-dev')
    await untilSaid(stage, /^The helper that profiles need .* \(ENOENT\)/)
    assert.ok(sidecar.events().includes('profiles_not_written'))
    assert.equal(sidecar.child.exitCode, null)
  })

  it('are there again after a restart, and the pod goes on where they cannot be written', async (t) => {
    const stage = await prepare(t, { dev: GOOD, prod: NOBODY })
    const first = stage.start()
    assert.equal(await stage.start({ args: ['probe'] }).ended(), 0)
    first.child.kill('SIGKILL')
    await first.ended()
    rmSync(join(stage.root, HELPER_FILE))
    const second = stage.start()
    await untilReady(stage)
    assert.equal(at(stage, HELPER_FILE), HELPER)
    second.child.kill('SIGKILL')
    await second.ended()
    rmSync(join(stage.root, PROFILES_FOLDER, 'app.config'))
    mkdirSync(join(stage.root, PROFILES_FOLDER, 'app.config', 'in the way'), { recursive: true })
    const third = stage.start()
    await untilReady(stage)
    assert.equal((await stage.askProcess('dev', 'token-of-dev')).status, 200)
    assert.ok(third.events().includes('profiles_not_written'))
  })

  it('are not written by a sidecar whose containers have no profiles', async (t) => {
    const stage = await startPodStage({ default: [base, target] })
    t.after(() => stage.stop())
    rmSync(join(stage.root, HELPER_SOURCE))
    const sidecar = stage.start()
    await untilReady(stage)
    assert.deepEqual(
      sidecar.events().filter((event) => event.startsWith('profiles')),
      [],
    )
  })
})
