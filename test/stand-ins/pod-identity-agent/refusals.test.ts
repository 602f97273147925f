/** What the stand-in of EKS's agent refuses, and in whose words: its own, or those of EKS Auth. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { COURIER, POD, startAgentStage, type AgentStage } from './stage.ts'

let stage: AgentStage

before(async () => {
  stage = await startAgentStage()
})

after(() => stage.stop())

const REFUSED: readonly (readonly [string, Parameters<AgentStage['ask']>[0], number, RegExp])[] = [
  [
    'a service account without an association',
    { serviceAccount: 'somebody' },
    404,
    /^\[[-0-9a-f]{36}\]: \(ResourceNotFoundException\): The token included in the request has no service account role association for it\., fault: client\n$/,
  ],
  [
    'the same service account of another namespace',
    { namespace: 'other' },
    404,
    /\(ResourceNotFoundException\)/,
  ],
  [
    'a token for somebody else',
    { audience: 'sts.amazonaws.com' },
    400,
    /\(InvalidTokenException\)/,
  ],
  [
    'a token of another cluster',
    { claims: { iss: 'https://oidc.other.example' } },
    400,
    /\(InvalidTokenException\)/,
  ],
  [
    'an expired token',
    { expiresInSeconds: -10 },
    400,
    /^Service account token failed basic claim validations: .* token is expired\n$/,
  ],
]

for (const [what, changes, status, message] of REFUSED)
  test(`refuses ${what}`, async () => {
    const answer = await stage.ask({ pod: { name: 'nobody', uid: what }, ...changes })
    assert.equal(answer.status, status, answer.text)
    assert.match(answer.text, message)
  })

test('takes the raw token only', async () => {
  const token = await stage.issuer.mint(POD)
  const answers = [
    await stage.askWith(''),
    await stage.askWith(`Bearer ${token}`),
    await stage.askWith('x'),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400, 400],
  )
  assert.equal(answers[0]?.text, 'Service account token cannot be empty\n')
  for (const { text } of answers.slice(1))
    assert.match(text, /^Service account token cannot be parsed: token is malformed/)
})

async function statusWith(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

test('answers at its own address only, and only at its own path', async () => {
  const authorization = await stage.issuer.mint(POD)
  const { url } = stage.agent
  assert.equal(await statusWith(url, { authorization, host: 'localhost' }), 403)
  assert.equal(await statusWith(url, { authorization, host: '127.0.0.1:4711' }), 200)
  assert.equal(await statusWith(`${url}/`, { authorization }), 404)
})

test('passes on that EKS Auth is too slow or throttles, where it has nothing for the pod', async () => {
  const scope = { operation: 'AssumeRoleForPodIdentity', calls: 1 } as const
  stage.aws.addFault({ kind: 'throttle', ...scope })
  const throttled = await stage.ask({ pod: { name: 'new', uid: 'new' } })
  assert.equal(throttled.status, 429)
  assert.match(throttled.text, /\(ThrottlingException\): Rate exceeded, fault: client/)
  stage.aws.addFault({ kind: 'reset', ...scope })
  assert.equal((await stage.ask({ pod: { name: 'new', uid: 'new' } })).status, 500)
})

test('refuses where EKS may not assume the role, and the trail says why', async () => {
  const own = await startAgentStage()
  const trust = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  }
  await fetch(`${own.aws.url}/_/trust-policies/${COURIER}`, {
    method: 'PUT',
    body: JSON.stringify(trust),
  })
  const answer = await own.ask()
  assert.equal(answer.status, 400)
  assert.match(
    answer.text,
    /\(AccessDeniedException\): Unauthorized Exception! EKS does not have permissions to assume the associated role\./,
  )
  const [assume] = own.aws.trail()
  assert.match(assume?.additionalEventData?.why.join(' ') ?? '', /sts:TagSession on .* is refused/)
  await own.stop()
})

test('a node whose role may not ask EKS Auth gets nothing', async () => {
  const own = await startAgentStage({ nodeRoleArn: COURIER })
  const answer = await own.ask()
  assert.equal(answer.status, 500)
  assert.match(answer.text, /no EC2 IMDS role found/)
  await own.stop()
})
