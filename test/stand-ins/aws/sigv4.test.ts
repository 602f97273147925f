/** Signature Version 4: what the SDK signs is accepted, and each way to sign wrongly is refused in AWS's words. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Credentials } from '@aws-sdk/client-sts'
import {
  changeHeader,
  dropHeader,
  fromNow,
  MINUTE_MS,
  sendRaw,
  signRequest,
  type SignedRequest,
  type SigningOptions,
} from './signed-request.ts'
import { startStage, type Stage } from './stage.ts'

let stage: Stage
let credentials: Credentials
let other: Credentials

before(async () => {
  stage = await startStage()
  credentials = await stage.assumeBase()
  other = await stage.assumeBase()
})

after(() => stage.stop())

function sign(options: Partial<SigningOptions> = {}): Promise<SignedRequest> {
  return signRequest(stage.aws.url, { credentials, ...options })
}

test('accepts signatures in the header and presigned ones', async () => {
  assert.equal((await sendRaw(stage.aws.url, await sign())).status, 200)
  const presigned = await sendRaw(stage.aws.url, await sign({ expiresSeconds: 60 }))
  assert.equal(presigned.status, 200)
  assert.match(presigned.text, /assumed-role\/cluster-base\/reports\.pod/)
})

const REFUSED: readonly (readonly [string, string, () => Promise<SignedRequest>])[] = [
  [
    'no signature',
    'MissingAuthenticationToken',
    async () => dropHeader(await sign(), 'authorization'),
  ],
  [
    'another algorithm',
    'IncompleteSignature',
    async () => changeHeader(await sign(), 'authorization', () => 'AWS a:b'),
  ],
  [
    'no Credential',
    'IncompleteSignature',
    async () =>
      changeHeader(await sign(), 'authorization', (value) => value.replace('Credential=', 'C=')),
  ],
  [
    'a short Credential',
    'IncompleteSignature',
    async () =>
      changeHeader(await sign(), 'authorization', (value) => value.replace('/aws4_request', '')),
  ],
  ['no date', 'IncompleteSignature', async () => dropHeader(await sign(), 'x-amz-date')],
  [
    'a date that is none',
    'IncompleteSignature',
    async () => changeHeader(await sign(), 'x-amz-date', () => 'yesterday'),
  ],
  [
    'a scope of another day',
    'SignatureDoesNotMatch',
    async () =>
      changeHeader(await sign(), 'authorization', (value) =>
        value.replace(/\/\d{8}\//, '/20200101/'),
      ),
  ],
  ['another service', 'SignatureDoesNotMatch', () => sign({ service: 'sns' })],
  ['a region of another partition', 'SignatureDoesNotMatch', () => sign({ region: 'cn-north-1' })],
  ['no region at all', 'SignatureDoesNotMatch', () => sign({ region: 'nowhere' })],
  [
    'a clock 16 minutes behind',
    'SignatureDoesNotMatch',
    () => sign({ date: fromNow(-16 * MINUTE_MS) }),
  ],
  [
    'a clock 16 minutes ahead',
    'SignatureDoesNotMatch',
    () => sign({ date: fromNow(16 * MINUTE_MS) }),
  ],
  [
    'an x-amz- header that is not signed',
    'SignatureDoesNotMatch',
    async () => changeHeader(await sign(), 'x-amz-extra', () => 'x'),
  ],
  [
    'an unknown key',
    'InvalidClientTokenId',
    () => sign({ credentials: { ...credentials, AccessKeyId: 'ASIAAAAAAAAAAAAAAAAA' } }),
  ],
  [
    'the session token of another session',
    'InvalidClientTokenId',
    () => sign({ credentials: { ...credentials, SessionToken: other.SessionToken } }),
  ],
  [
    'no session token',
    'InvalidClientTokenId',
    () => sign({ credentials: { ...credentials, SessionToken: undefined } }),
  ],
  [
    'the secret key of another session',
    'SignatureDoesNotMatch',
    () => sign({ credentials: { ...credentials, SecretAccessKey: other.SecretAccessKey } }),
  ],
  [
    'a changed body',
    'SignatureDoesNotMatch',
    async () => {
      const request = await sign()
      return { ...request, body: `${request.body}&` }
    },
  ],
  [
    'a changed signature',
    'SignatureDoesNotMatch',
    async () =>
      changeHeader(await sign(), 'authorization', (value) =>
        value.replace(/Signature=(.)/, (_, first) => `Signature=${first === '0' ? '1' : '0'}`),
      ),
  ],
  [
    'a presigned URL that has expired',
    'SignatureDoesNotMatch',
    () => sign({ expiresSeconds: 60, date: fromNow(-2 * MINUTE_MS) }),
  ],
  [
    'a presigned URL with a changed query',
    'SignatureDoesNotMatch',
    async () => {
      const request = await sign({ expiresSeconds: 60 })
      return { ...request, query: { ...request.query, 'X-Amz-Expires': '61' } }
    },
  ],
  [
    'a presigned URL for more than seven days',
    'IncompleteSignature',
    async () => {
      const request = await sign({ expiresSeconds: 604_800 })
      return { ...request, query: { ...request.query, 'X-Amz-Expires': '604801' } }
    },
  ],
]

for (const [what, code, make] of REFUSED)
  test(`refuses ${what}`, async () => {
    const answer = await sendRaw(stage.aws.url, await make())
    const status = code === 'IncompleteSignature' ? 400 : 403
    assert.deepEqual([answer.code, answer.status], [code, status], answer.message)
  })

async function messageOf(request: SignedRequest): Promise<string> {
  return (await sendRaw(stage.aws.url, request)).message ?? ''
}

test('says which part of the scope is wrong', async () => {
  assert.match(await messageOf(await sign({ service: 'sns' })), /correct service: 'sts'/)
  assert.match(await messageOf(await sign({ region: 'cn-north-1' })), /a valid region/)
  const otherDay = changeHeader(await sign(), 'authorization', (value) =>
    value.replace(/\/\d{8}\//, '/20200101/'),
  )
  assert.match(await messageOf(otherDay), /^Date in Credential scope .* '20200101' != /)
})

test('says how far the clocks are apart', async () => {
  const early = await sendRaw(stage.aws.url, await sign({ date: fromNow(-20 * MINUTE_MS) }))
  assert.match(
    early.message ?? '',
    /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
  )
  const late = await sendRaw(stage.aws.url, await sign({ date: fromNow(20 * MINUTE_MS) }))
  assert.match(
    late.message ?? '',
    /^Signature not yet current: .* is still later than .* \+ 15 min/,
  )
})

test('accepts a clock that is off by 14 minutes', async () => {
  for (const minutes of [-14, 14]) {
    const request = await sign({ date: fromNow(minutes * MINUTE_MS) })
    assert.equal((await sendRaw(stage.aws.url, request)).status, 200)
  }
})

test('a session that has ended is told from an unknown one', async (t) => {
  const short = await startStage(undefined, { timeScale: 3600 })
  t.after(() => short.stop())
  const ended = await short.assumeBase()
  short.aws.addFault({ kind: 'clock', offsetMs: 2000 })
  const { url } = short.aws
  const sts = await sendRaw(url, await signRequest(url, { credentials: ended }))
  assert.deepEqual([sts.code, sts.status], ['ExpiredToken', 403])
  const options = { credentials: ended, service: 's3', region: 'us-east-1', path: '/reports/a' }
  const s3 = await sendRaw(url, await signRequest(url, options))
  assert.deepEqual([s3.code, s3.status], ['ExpiredToken', 400])
})
