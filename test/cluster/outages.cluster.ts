/**
 * Sidecars and webhooks that die, and STS that is away: running applications do not notice as long as their credentials
 * last.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { hurryTime, takeStsDown } from './aws-control.ts'
import { NAMESPACE } from './installation.ts'
import { killIn } from './kill.ts'
import {
  assertUndisturbed,
  readOutcomes,
  reads,
  readsAnew,
  readState,
  runner,
  started,
  triesAgain,
} from './running.ts'
import { inNamespace, serviceAccount, applied, pod, toPlace, until, type Place } from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const SIDECAR = '/app/sidecar.cjs'

function backAfterRestart(place: Place, name: string): Promise<true> {
  return until(`${name} to be ready with a new sidecar`, async () => {
    const { isReady, sidecarRestarts } = await readState(place, name)
    return isReady && sidecarRestarts === 1 ? true : undefined
  })
}

for (const outage of [false, true])
  test(`a killed sidecar serves the same credentials again${outage ? ', with STS down too' : ''}`, () =>
    inNamespace(async (place) => {
      await started(place, runner('app'))
      const takeBack = outage ? await takeStsDown() : undefined
      try {
        await killIn(place, 'app', SIDECAR)
        await backAfterRestart(place, 'app')
        assert.equal((await readsAnew(place, 'app')).object, OBJECTS.reports)
        await triesAgain(place, 'app')
        await assertUndisturbed(place, 'app')
      } finally {
        await takeBack?.()
      }
    }))

test('a pod that starts while STS is down waits, and starts once it is back', () =>
  inNamespace(async (place) => {
    const takeBack = await takeStsDown()
    try {
      await applied(place, runner('waiting'))
      await until('an event that says why', async () => {
        const events = await place.kubectl('get', 'events', '--output=jsonpath={..message}')
        return /Startup probe failed: hop 1, .*STS cannot be reached/.test(events) || undefined
      })
      assert.equal(await place.outcome('waiting'), undefined)
    } finally {
      await takeBack()
    }
    await reads(place, 'waiting')
    await assertUndisturbed(place, 'waiting')
  }))

test('a killed webhook disturbs no application, and pods are admitted by the other', (t) =>
  inNamespace(async (place) => {
    await started(place, runner('app'))
    const home = toPlace(NAMESPACE)
    const webhooks = await home.kubectl('get', 'pods', '--output=name')
    const [first = ''] = webhooks.trim().split('\n')
    await home.kubectl('delete', first, '--grace-period=0', '--force')
    let refused = 0
    await until('a pod to be admitted', async () => {
      const { exitCode } = await place.apply(runner('next'))
      if (exitCode !== 0) refused++
      return exitCode === 0 ? true : undefined
    })
    t.diagnostic(`refused ${refused} times before the dead webhook was out of the Service`)
    await reads(place, 'next')
    await home.kubectl('rollout', 'status', 'deployment', '--timeout=90s')
    await assertUndisturbed(place, 'app')
  }))

const refreshedSchema = z.object({ event: z.literal('refreshed'), expiration: z.string() })

/** When the last session that the sidecar got ends. */
async function lastExpiryMs(place: Place, name: string): Promise<number> {
  const log = await place.kubectl('logs', name, '--container=rolechain-sidecar')
  const lines = log.split('\n').filter((line) => line.includes('"refreshed"'))
  return Date.parse(refreshedSchema.parse(JSON.parse(lines.at(-1) ?? '{}')).expiration)
}

const HOUR_MS = 3_600_000
const SCALE = 60

/** Takes STS away for an hour of scaled time, in which the session of a pod ends; gives when it ended. */
async function outlastAnHour(place: Place, name: string): Promise<number> {
  const bringStsBack = await takeStsDown()
  try {
    const end = Date.now() + HOUR_MS / SCALE
    const expiryMs = await lastExpiryMs(place, name)
    await until('the session to end', async () =>
      (await place.outcome(name))?.error === undefined ? undefined : true,
    )
    await until('the hour to pass', async () => (Date.now() < end ? undefined : true))
    assert.equal((await readState(place, name)).isReady, true)
    return expiryMs
  } finally {
    await bringStsBack()
  }
}

test('STS is down for an hour, of which a minute is real', (t) =>
  inNamespace(async (place) => {
    // Sessions of one hop may last longer than an hour; a chain's may not.
    const long = runner(
      'long',
      {
        'rolechain.io/target-role-arn': ROLES.direct,
        'rolechain.io/duration-seconds': '43200',
      },
      'direct',
    )
    const takeTimeBack = await hurryTime(SCALE)
    try {
      await applied(place, serviceAccount('reporter'))
      await started(place, long)
      await applied(place, serviceAccount('reporter', { 'eks.amazonaws.com/role-arn': ROLES.base }))
      await started(place, runner('chained'))
      const expiryMs = await outlastAnHour(place, 'chained')
      await reads(place, 'chained')

      await assertUndisturbed(place, 'long')
      const outcomes = await readOutcomes(place, 'chained')
      const failures = outcomes.filter(({ error }) => error !== undefined)
      t.diagnostic(`${failures.length} of ${outcomes.length} tries failed, after the session's end`)
      // Until its last second, and then with an error: nobody else's credentials, the base role's or the node's.
      assert.ok(failures.every(({ atMs }) => atMs >= expiryMs - 1000))
      for (const { identity } of outcomes.filter(({ error }) => error === undefined))
        assert.match(identity ?? '', /assumed-role\/reports-reader\//)
      assert.equal((await readState(place, 'chained')).appRestarts, 0)
    } finally {
      await takeTimeBack()
    }
  }))

test('a pod that is created in the same second as its service account has its role', () =>
  inNamespace(async (place) => {
    const names = Array.from({ length: 10 }, (_, index) => `new-${index}`)
    const role = { 'eks.amazonaws.com/role-arn': ROLES.base }
    const chain = { ...role, 'rolechain.io/target-role-arn': ROLES.reports }
    const pairs = names.flatMap((name, index) => [
      serviceAccount(name, index % 2 === 0 ? role : chain),
      pod(name, {}, { serviceAccountName: name }),
    ])
    await applied(place, ...pairs)
    for (const [index, name] of names.entries()) {
      const variables = await place.kubectl('get', 'pod', name, '--output=jsonpath={..env[*].name}')
      const expected =
        index % 2 === 0 ? 'AWS_WEB_IDENTITY_TOKEN_FILE' : 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
      assert.ok(variables.split(' ').includes(expected), `${name}: ${variables}`)
    }
  }))
