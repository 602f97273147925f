/** Web identity tokens: one way to be wrong for each rule, and the words of STS for it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import { startIssuer, type MintRequest } from '../../../stand-ins/aws/issuer.ts'
import { READER, refusalOf, startStage, type Stage } from './stage.ts'

let stage: Stage

before(async () => {
  stage = await startStage()
})

after(() => stage.stop())

function refuse(WebIdentityToken: string, RoleArn?: string) {
  return refusalOf(stage.assumeBase({ WebIdentityToken, ...(RoleArn && { RoleArn }) }))
}

test('a token carries what Kubernetes puts into a projected token', async () => {
  const pod = { name: 'reporter-1', uid: '7f1d4a52-0000-4000-8000-000000000001' }
  const token = await stage.mint({ pod, expiresInSeconds: 600 })
  const claims = decodeJwt(token)
  assert.equal(claims.sub, 'system:serviceaccount:reports:reporter')
  assert.deepEqual(claims.aud, ['sts.amazonaws.com'])
  assert.equal(claims.exp, (claims.iat ?? 0) + 600)
  assert.equal(claims.nbf, claims.iat)
  const bound = claims['kubernetes.io'] as Record<string, unknown>
  assert.equal(bound['namespace'], 'reports')
  assert.deepEqual(bound['pod'], pod)
  assert.equal(decodeProtectedHeader(token).alg, 'RS256')
})

test('a good token gives a session of the role', async () => {
  const client = stage.sts(await stage.assumeBase())
  const { Arn } = await client.send(new GetCallerIdentityCommand({}))
  assert.equal(Arn, 'arn:aws:sts::111111111111:assumed-role/cluster-base/reports.pod')
})

const WRONG_TOKENS: readonly (readonly [string, Partial<MintRequest>, RegExp])[] = [
  ['another audience', { audience: 'vault' }, /^Incorrect token audience$/],
  [
    'an issuer that is no provider',
    { claims: { iss: 'https://evil.example' } },
    /^No OpenIDConnect provider found in your account for https:\/\/evil\.example$/,
  ],
  [
    'a provider with another letter',
    { claims: { iss: 'https://oidc.cluster.example/' } },
    /^No OpenIDConnect provider found/,
  ],
  ['no issuer', { claims: { iss: undefined } }, /^No OpenIDConnect provider found/],
  ['no subject', { claims: { sub: undefined } }, /^Missing a required claim: sub$/],
  ['no audience', { claims: { aud: undefined } }, /^Missing a required claim: aud$/],
  ['no expiry', { claims: { exp: undefined } }, /^Missing a required claim: exp$/],
  ['no time of issue', { claims: { iat: undefined } }, /^Missing a required claim: iat$/],
  [
    'a beginning an hour ahead',
    { claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } },
    /could not be verified/,
  ],
]

for (const [what, changes, message] of WRONG_TOKENS)
  test(`refuses a token with ${what}`, async () => {
    const refusal = await refuse(await stage.mint(changes))
    assert.deepEqual([refusal.name, refusal.status], ['InvalidIdentityToken', 400])
    assert.match(refusal.message, message)
  })

test('refuses what is no token, is not signed, or is signed by somebody else', async (t) => {
  const token = await stage.mint()
  const [header = '', , signature = ''] = token.split('.')
  const claims = decodeJwt(token)
  const forged = Buffer.from(JSON.stringify({ ...claims, jti: 'other' })).toString('base64url')
  const secret = new TextEncoder().encode('a secret that both sides could know')
  const symmetric = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret)
  const impostor = await startIssuer()
  t.after(() => impostor.stop())
  const cases = [
    ['no JWT', 'not-a-token'],
    ['not signed', new UnsecuredJWT(claims).encode()],
    ['a shared secret', await symmetric],
    ['changed claims', `${header}.${forged}.${signature}`],
    [
      'a key of another issuer of that name',
      await impostor.mint({
        namespace: 'reports',
        serviceAccount: 'reporter',
        audience: 'sts.amazonaws.com',
      }),
    ],
  ] as const
  for (const [what, wrong] of cases) {
    const { name, status } = await refuse(wrong)
    assert.deepEqual([name, status], ['InvalidIdentityToken', 400], what)
  }
})

test('a token that has expired gets its own code, and a token at its last second still works', async () => {
  const { name, status, message } = await refuse(await stage.mint({ expiresInSeconds: 0 }))
  assert.deepEqual([name, status], ['ExpiredTokenException', 400])
  assert.match(
    message,
    /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
  )
  await stage.assumeBase({ WebIdentityToken: await stage.mint({ expiresInSeconds: 60 }) })
})

test('the provider has to be in the AWS account of the role', async () => {
  const { name, message } = await refuse(await stage.mint(), READER)
  assert.equal(name, 'InvalidIdentityToken')
  assert.match(message, /^No OpenIDConnect provider found/)
})

test('another service account and a role that does not exist are refused with the same words', async () => {
  const outcomes = [
    await refuse(await stage.mint({ serviceAccount: 'intruder' })),
    await refuse(await stage.mint({ namespace: 'elsewhere' })),
    await refuse(await stage.mint(), 'arn:aws:iam::111111111111:role/no-such-role'),
  ]
  for (const refusal of outcomes)
    assert.deepEqual(refusal, {
      name: 'AccessDenied',
      status: 403,
      message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    })
})

test('a rotated key is found at once, and the old one is no longer taken', async () => {
  const old = await stage.mint()
  await stage.issuer.rotateKey()
  const { name, message } = await refuse(old)
  assert.equal(name, 'InvalidIdentityToken')
  assert.match(message, /^Couldn't retrieve verification key/)
  await stage.assumeBase()
})

test('an issuer that is down or answers nonsense is told from a bad token', async (t) => {
  const down = await startStage()
  t.after(() => down.stop())
  const token = await down.mint()
  await down.issuer.stop()
  const unreachable = await refusalOf(down.assumeBase({ WebIdentityToken: token }))
  assert.deepEqual([unreachable.name, unreachable.status], ['IDPCommunicationError', 400])

  const stranger = await startIssuer({ issuer: 'https://stranger.example' })
  t.after(() => stranger.stop())
  const issuerLocations = { 'https://oidc.cluster.example': stranger.url }
  const misled = await startStage(undefined, { issuerLocations })
  t.after(() => misled.stop())
  const refusal = await refusalOf(misled.assumeBase())
  assert.equal(refusal.name, 'InvalidIdentityToken')
  assert.match(refusal.message, /discovery document/)
})

test('tokens and secrets are not in the trail', async () => {
  const token = await stage.mint()
  const { SecretAccessKey = '', SessionToken = '' } = await stage.assumeBase({
    WebIdentityToken: token,
  })
  const text = JSON.stringify(stage.aws.trail())
  for (const secret of [token, SecretAccessKey, SessionToken]) assert.ok(!text.includes(secret))
})
