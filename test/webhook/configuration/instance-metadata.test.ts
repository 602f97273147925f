/** IMDSv2 by its real protocol, and what is slow, refused or broken. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchAwsAccount } from '../../../webhook/configuration/instance-metadata.ts'
import { startMetadata, type MetadataDouble } from './metadata-double.ts'

const limits = { timeoutMs: 200, attempts: 2 }

function ask({ url }: MetadataDouble) {
  return fetchAwsAccount({ AWS_EC2_METADATA_SERVICE_ENDPOINT: `${url}/` }, limits)
}

test('tells AWS account and partition by a token of IMDSv2', async (context) => {
  const metadata = await startMetadata(context)
  assert.deepEqual(await ask(metadata), { partition: 'aws-cn', id: '111111111111' })
  assert.deepEqual(metadata.seen, [
    'PUT /latest/api/token',
    'GET /latest/dynamic/instance-identity/document',
  ])
})

test('asks again after a failure', async (context) => {
  let failures = 0
  const metadata = await startMetadata(context, (_request, response) => {
    failures += 1
    if (failures > 1) return false
    response.writeHead(503).end()
    return true
  })
  assert.equal((await ask(metadata)).id, '111111111111')
})

test('gives up where nothing answers, as in pods beyond the hop limit, and says the way out', async (context) => {
  const metadata = await startMetadata(context, () => true)
  await assert.rejects(ask(metadata), (error: Error) => {
    assert.match(error.message, /no answer within 200 ms/)
    assert.match(error.message, /hop limit of 2.*--aws-account-id.*--aws-partition/)
    return true
  })
  assert.equal(metadata.seen.length, 2)
})

test('an answer that stops in its middle is a failure', async (context) => {
  const metadata = await startMetadata(context, (request, response) => {
    if (request.method === 'PUT') return false
    response.writeHead(200)
    response.write('{"accountId":')
    return true
  })
  await assert.rejects(ask(metadata), /did not tell it/)
})

test('refuses documents without AWS account or region, and other answers', async (context) => {
  const rows: readonly (readonly [code: number, body: string, sentence: RegExp])[] = [
    [200, '{}', /no accountId of 12 digits/],
    [200, '{"accountId":"111111111111"}', /no region/],
    [200, 'x', /JSON/],
    [200, 'x'.repeat(70_000), /too large/],
    [404, '', /GET \/latest\/dynamic\/instance-identity\/document was answered with 404/],
  ]
  for (const [code, body, sentence] of rows) {
    const metadata = await startMetadata(context, (request, response) => {
      if (request.method === 'PUT') return false
      response.writeHead(code).end(body)
      return true
    })
    await assert.rejects(ask(metadata), sentence)
  }
})

test('does not ask where the variable of the SDKs forbids it', async () => {
  await assert.rejects(
    fetchAwsAccount({ AWS_EC2_METADATA_DISABLED: 'true' }, limits),
    /AWS_EC2_METADATA_DISABLED.*--aws-account-id/,
  )
})
