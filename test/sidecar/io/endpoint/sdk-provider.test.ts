/**
 * The endpoint as the SDK's own provider for HTTP endpoints reads it: the code of the SDK, and nothing of ours in
 * between.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fromHttp } from '@aws-sdk/credential-providers'
import { toFailure } from '../../../../sidecar/core/failures/errors.ts'
import { type EndpointStage, PATH, startEndpointStage, TOKEN } from '../../endpoint-stage.ts'
import { session } from '../../sessions.ts'

const HOUR = 3_600_000
const held = session({ expiresAtMs: Date.now() + HOUR })

let stage: EndpointStage
let folder: string
let tokenFile: string

before(async () => {
  stage = await startEndpointStage({})
  folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  tokenFile = join(folder, 'token')
})

beforeEach(() => {
  stage.state = { session: held }
  stage.replies.length = 0
  writeFileSync(tokenFile, TOKEN)
})

after(() => {
  stage.stop()
  rmSync(folder, { recursive: true })
})

function createProvider() {
  return fromHttp({
    awsContainerCredentialsFullUri: `http://127.0.0.1:${stage.port}${PATH}`,
    awsContainerAuthorizationTokenFile: tokenFile,
    maxRetries: 0,
  })
}

describe("the SDK's provider", () => {
  it('reads all of a session, its end included', async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await createProvider()()
    assert.deepEqual(
      [accessKeyId, secretAccessKey, sessionToken, expiration?.getTime()],
      [
        held.accessKeyId,
        held.secretAccessKey,
        held.sessionToken,
        Math.floor(held.expiresAtMs / 1000) * 1000,
      ],
    )
  })

  it('reads the session that is held after a failed refresh', async () => {
    stage.state = { session: held, failure: toFailure('sts_unreachable') }
    assert.equal((await createProvider()()).accessKeyId, held.accessKeyId)
  })

  it('is refused with the endpoint token of another target, and let in when its file has the right one', async () => {
    const provider = createProvider()
    writeFileSync(tokenFile, 'token-of-other')
    await assert.rejects(provider(), { Code: 'wrong_token' })
    writeFileSync(tokenFile, TOKEN)
    assert.equal((await provider()).accessKeyId, held.accessKeyId)
    assert.deepEqual(stage.replies, [401, 200])
  })

  it('tells what is wrong, and what to do, when a policy refuses the chain', async () => {
    const failure = toFailure('role_denied', { hop: 2 })
    stage.state = { failure }
    await assert.rejects(createProvider()(), { Code: 'role_denied', Message: failure.sentence })
    assert.deepEqual(stage.replies, [403])
  })

  it('fails when there is no session yet, and reads it at the next try', async () => {
    stage.state = { failure: toFailure('sts_unreachable') }
    const provider = createProvider()
    await assert.rejects(provider(), /status: 503/)
    stage.state = { session: held }
    assert.equal((await provider()).accessKeyId, held.accessKeyId)
  })
})
