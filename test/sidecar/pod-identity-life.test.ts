/** EKS Pod Identity as the source over hours, and in the whole sidecar. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { POD_IDENTITY_TOKEN_FILE } from '../../sidecar/contract.ts'
import { type PodIdentityStage, READER, startPodIdentityStage } from './pod-identity-stage.ts'
import { startPodStage } from './pod-stage.ts'

const HOUR = 3_600_000
let stage: PodIdentityStage

before(async () => {
  stage = await startPodIdentityStage()
})
after(() => stage.stop())

describe('the sessions that the agent keeps', () => {
  it('are given out with the life that they have left, and others after three hours', async () => {
    const own = await startPodIdentityStage()
    try {
      await own.writeToken('reports', { expiresInSeconds: 86_400 })
      const ask = async () => (await own.run({ default: [] })).sessions['default']
      const first = await ask()
      own.advance(3 * HOUR - 60_000)
      const kept = await ask()
      assert.equal(kept?.accessKeyId, first?.accessKeyId)
      assert.equal(kept?.expiresAtMs, first?.expiresAtMs)
      own.advance(2 * 60_000)
      const renewed = await ask()
      assert.notEqual(renewed?.accessKeyId, first?.accessKeyId)
      assert.equal(own.agent.requests(), 3)
    } finally {
      await own.stop()
    }
  })
})

describe('the whole sidecar', () => {
  it('serves the role of the association itself, and a role beyond it', async () => {
    const pod = await startPodStage({ own: [], far: [READER] }, { source: 'pod-identity' })
    try {
      const tokenFile = join(pod.root, POD_IDENTITY_TOKEN_FILE)
      mkdirSync(dirname(tokenFile), { recursive: true })
      symlinkSync(stage.tokenFile, tokenFile)
      const sidecar = pod.start({
        variables: {
          AWS_CONTAINER_CREDENTIALS_FULL_URI: stage.agent.url,
          AWS_ENDPOINT_URL_STS: stage.aws.url,
        },
      })
      const own = await pod.askUntilServed('own', 'token-of-own')
      assert.equal(own['AccountId'], '111111111111')
      const far = await pod.askUntilServed('far', 'token-of-far')
      assert.equal(far['AccountId'], '222222222222')
      assert.match(
        sidecar.text(),
        /Target own has credentials of the role of the EKS Pod Identity association until/,
      )
      assert.doesNotMatch(sidecar.text(), new RegExp(own['SecretAccessKey'] ?? '-'))
    } finally {
      await pod.stop()
    }
  })
})
