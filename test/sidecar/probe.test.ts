/** The probe command where it fails, which takes it 8 s: hence at once and in a file of their own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startPodStage } from './pod-stage.ts'
import { base, NOBODY_ROLE, target } from './stage.ts'

const TOKEN = 'token-of-default'
const nobody = { roleArn: NOBODY_ROLE }

describe('the probe command', { concurrency: true }, () => {
  it('fails with a stable sentence while one of the roles cannot be assumed', async (t) => {
    const stage = await startPodStage({ default: [base, target], other: [base, nobody] })
    t.after(() => stage.stop())
    stage.start()
    await stage.askUntilServed('default', TOKEN)
    const probe = stage.start({ args: ['probe'] })
    assert.equal(await probe.ended(), 1)
    assert.match(
      probe.text(),
      /^target other: hop 2, arn:aws:iam::222222222222:role\/nobody: .+\n$/,
    )
    assert.doesNotMatch(probe.text(), /\d\d:\d\d|[0-9a-f]{8}-/)
    const { status, body } = await stage.ask('other', 'token-of-other')
    assert.equal(status, 403)
    assert.equal(probe.text(), `target other: ${body['message'] ?? ''}\n`)
  })

  it('fails when there is no sidecar', async (t) => {
    const stage = await startPodStage({ default: [base] })
    t.after(() => stage.stop())
    const probe = stage.start({ args: ['probe'] })
    assert.equal(await probe.ended(), 1)
    assert.match(probe.text(), /^the sidecar does not answer: .+\n$/)
  })
})
