/** Signatures for S3: the rules that differ from other services, and the codes that S3 has for them. */
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

before(async () => {
  stage = await startStage()
  credentials = await stage.assumeBase()
})

after(() => stage.stop())

const S3_REFUSED: readonly (readonly [string, string, () => Promise<SignedRequest>])[] = [
  [
    'no payload hash',
    'AuthorizationHeaderMalformed',
    async () => dropHeader(await signS3(), 'x-amz-content-sha256'),
  ],
  [
    'a payload other than its hash says',
    'XAmzContentSHA256Mismatch',
    async () => ({ ...(await signS3()), method: 'PUT', body: 'surprise' }),
  ],
  [
    'a clock 16 minutes behind',
    'RequestTimeTooSkewed',
    () => signS3({ date: fromNow(-16 * MINUTE_MS) }),
  ],
  [
    'a presigned URL that has expired',
    'AccessDenied',
    () => signS3({ expiresSeconds: 60, date: fromNow(-2 * MINUTE_MS) }),
  ],
  [
    'a header that is not signed',
    'AccessDenied',
    async () => changeHeader(await signS3(), 'x-amz-extra', () => 'x'),
  ],
  ['another path', 'SignatureDoesNotMatch', async () => ({ ...(await signS3()), path: '/other' })],
]

function signS3(options: Partial<SigningOptions> = {}): Promise<SignedRequest> {
  return signRequest(stage.aws.url, {
    credentials,
    service: 's3',
    region: 'us-east-1',
    path: '/reports/a',
    ...options,
  })
}

for (const [what, code, make] of S3_REFUSED)
  test(`refuses ${what}`, async () => {
    const answer = await sendRaw(stage.aws.url, await make())
    assert.equal(answer.code, code, answer.message)
  })
