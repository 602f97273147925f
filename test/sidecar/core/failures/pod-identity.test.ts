/** What the agent of EKS Pod Identity says, word by word, and what becomes of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toAgentFailure } from '../../../../sidecar/core/failures/pod-identity.ts'

const ID = '[0f3d2a9c-5a0e-4b6f-8d51-1c2b3a4d5e6f]'

const answers: readonly (readonly [status: number, text: string, code: string, says: RegExp])[] = [
  [
    404,
    `${ID}: (ResourceNotFoundException): No association found for service account reports, fault: client`,
    'pod_identity_no_association',
    /^hop 0: ResourceNotFoundException: No association found for service account reports\. .*create-pod-identity-association/,
  ],
  [404, '', 'pod_identity_no_association', /HTTP 404/],
  [
    400,
    `${ID}: (ExpiredTokenException): Token expired, fault: client`,
    'pod_identity_token_refused',
    /Token expired/,
  ],
  [
    400,
    `${ID}: (InvalidTokenException): Audience is wrong, fault: client`,
    'pod_identity_token_refused',
    /pods\.eks\.amazonaws\.com/,
  ],
  [
    400,
    'Service account token cannot be parsed: token is malformed',
    'pod_identity_token_refused',
    /hop 0: pod_identity_token_refused: Service account token cannot be parsed/,
  ],
  [
    500,
    'failed to get pod uid from service account token',
    'pod_identity_token_refused',
    /pod uid/,
  ],
  [404, '404 page not found', 'pod_identity_answer_unreadable', /page not found/],
  [401, 'Unauthorized', 'pod_identity_token_refused', /Unauthorized/],
  [
    400,
    `${ID}: (AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client`,
    'pod_identity_refused',
    /associated role\. Let the trust policy of the association's role/,
  ],
  [
    400,
    `${ID}: (AccessDeniedException): User: arn:aws:sts::111111111111:assumed-role/node/i-0 is not authorized to perform: eks-auth:AssumeRoleForPodIdentity, fault: client`,
    'pod_identity_refused',
    /Let the node's role allow eks-auth/,
  ],
  [
    403,
    'Access Denied. Called agent through invalid address, please use either [169.254.170.23 fd00:ec2::23] address not agent',
    'pod_identity_refused',
    /container-credentials-full-uri/,
  ],
  [
    400,
    `${ID}: (InvalidParameterException): clusterName, fault: client`,
    'pod_identity_refused',
    /clusterName/,
  ],
  [429, 'Too Many Requests. Slow down', 'pod_identity_throttled', /Slow down/],
  [
    400,
    `${ID}: (ThrottlingException): Rate exceeded, fault: client`,
    'pod_identity_throttled',
    /Rate exceeded/,
  ],
  [
    503,
    `${ID}: (ServiceUnavailableException): later, fault: server`,
    'pod_identity_unavailable',
    /later/,
  ],
  [500, 'Unable to serialize credentials', 'pod_identity_unavailable', /serialize/],
  [302, '', 'pod_identity_answer_unreadable', /HTTP 302/],
]

function noneWith(id: string): string {
  return `[${id}]: (ResourceNotFoundException): none, fault: client`
}

describe('a refusal of the agent', () => {
  for (const [status, text, code, says] of answers) {
    it(`${status} ${text} is ${code}`, () => {
      const failure = toAgentFailure({ kind: 'answer', status, text }, [])
      assert.equal(failure.code, code)
      assert.match(failure.sentence, says)
      assert.equal(failure.hop, 0)
    })
  }

  it('has its request id beside the sentence, which is the same each time', () => {
    const [one, two] = ['a1b2c3d4', 'e5f6a7b8'].map((id) =>
      toAgentFailure({ kind: 'answer', status: 404, text: noneWith(id) }, []),
    )
    assert.equal(one?.requestId, 'a1b2c3d4')
    assert.equal(one.sentence, two?.sentence)
  })

  it('that repeats the token does not bring it into the sentence', () => {
    const token = `eyJhbGciOiJSUzI1NiJ9.${'x'.repeat(200)}.signature-of-it`
    for (const text of [token, `[${token}]: (${token}): ${token}`, `(Some${'x'.repeat(50)}): a`]) {
      const failure = toAgentFailure({ kind: 'answer', status: 400, text }, [token])
      assert.doesNotMatch(JSON.stringify(failure), /eyJhb|x{12}|signature-of/)
    }
  })
})

describe('no answer', () => {
  for (const [what, systemCode, isConnected, code] of [
    ['refused', 'ECONNREFUSED', false, 'pod_identity_no_agent'],
    ['without a way', 'EHOSTUNREACH', false, 'pod_identity_no_agent'],
    ['swallowed', undefined, false, 'pod_identity_no_agent'],
    ['cut', 'ECONNRESET', true, 'pod_identity_unavailable'],
    ['late', undefined, true, 'pod_identity_unavailable'],
  ] as const) {
    it(`${what} is ${code}`, () => {
      const failure = toAgentFailure({ kind: 'no-answer', systemCode, isConnected }, [])
      assert.equal(failure.code, code)
      assert.equal(failure.isPermanent, false)
    })
  }
})
