/**
 * A pod that a role does not trust: the person sees why where people look (the pod's events, the sidecar's log, the
 * application's error), and nobody has to touch the pod once the trust policy is mended.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { changeTrust } from './aws-control.ts'
import {
  appContainer,
  applied,
  inNamespace,
  pod,
  serviceAccount,
  until,
  type Place,
} from './suite.ts'
import { OBJECTS, ROLES, trustReporters } from './world.ts'

const SENTENCE =
  /^hop 1, arn:aws:iam::333333333333:role\/guarded-reader: AccessDenied: .* The token is of system:serviceaccount:suite-\w+:reporter, issuer https:\/\/\S+, audience sts\.amazonaws\.com\. .*trust policy allow sts:AssumeRoleWithWebIdentity to the OIDC provider of the token's issuer in AWS account 333333333333/

const discoverySchema = z.object({ issuer: z.string() })
const failureSchema = z.object({
  event: z.literal('refresh_failed'),
  message: z.string(),
  hop: z.number(),
  roleArn: z.string(),
  awsErrorCode: z.string(),
  requestId: z.string(),
})

async function readIssuer(place: Place): Promise<string> {
  const text = await place.kubectl('get', '--raw', '/.well-known/openid-configuration')
  return discoverySchema.parse(JSON.parse(text)).issuer
}

/** The sentence of the probe in the pod's events. */
function eventOf(place: Place, name: string): Promise<string> {
  return until('an event of the probe', async () => {
    const selector = `--field-selector=involvedObject.name=${name},reason=Unhealthy`
    const events = await place.kubectl('get', 'events', selector, '--output=jsonpath={..message}')
    return /Startup probe failed: (.*)/.exec(events)?.[1]
  })
}

/** The first failure that the sidecar logged. */
async function failureOf(place: Place, name: string): Promise<z.infer<typeof failureSchema>> {
  const log = await place.kubectl('logs', name, '--container=rolechain-sidecar')
  const line = log.split('\n').find((text) => text.includes('refresh_failed'))
  return failureSchema.parse(JSON.parse(line ?? '{}'))
}

function reader(name: string, annotations: Readonly<Record<string, string>> = {}) {
  return pod(
    name,
    { 'rolechain.io/target-role-arn': ROLES.guarded, ...annotations },
    {
      containers: [appContainer({ bucket: 'direct', mode: 'forever' })],
      terminationGracePeriodSeconds: 1,
    },
  )
}

test('a pod of the wrong namespace shows why it is refused, and starts once the role trusts it', () =>
  inNamespace(async (place) => {
    // Without a base role the target is the first hop.
    await applied(place, serviceAccount('reporter'))
    await applied(place, reader('gated'), reader('open', { 'rolechain.io/gate': 'off' }))

    assert.match(await eventOf(place, 'gated'), SENTENCE)
    const failure = await failureOf(place, 'gated')
    assert.match(failure.message, SENTENCE)
    assert.equal(failure.roleArn, ROLES.guarded)
    assert.equal(failure.awsErrorCode, 'AccessDenied')
    assert.equal(await place.outcome('gated'), undefined)
    // This SDK keeps the endpoint's sentence to itself, as half of them do; the sidecar's log has it.
    const { error } = await until('the error of the application', () => place.outcome('open'))
    assert.match(error ?? '', /^CredentialsProviderError: Could not load credentials/)

    const issuer = await readIssuer(place)
    const takeBack = await changeTrust(ROLES.guarded, {
      now: trustReporters('333333333333', issuer),
      before: trustReporters('333333333333', issuer, 'elsewhere'),
    })
    try {
      for (const name of ['gated', 'open'])
        await until(`${name} to read the object`, async () =>
          (await place.outcome(name))?.object === OBJECTS.direct ? true : undefined,
        )
    } finally {
      await takeBack()
    }
    const restarts = '--output=jsonpath={.items[*].status..restartCount}'
    assert.match(await place.kubectl('get', 'pods', restarts), /^[0 ]+$/)
  }))
