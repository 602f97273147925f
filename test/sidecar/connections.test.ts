/** The real child and connections that the other side closes. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startHastyFront, startStranger } from './front.ts'
import { base, type Stage, startStage, target } from './stage.ts'

let stage: Stage

before(async () => {
  stage = await startStage()
})
after(() => stage.stop())

describe('a server that closes after each answer without saying so', () => {
  it('is asked once more on a fresh connection', async (t) => {
    const front = await startHastyFront(stage.aws.url)
    t.after(() => front.stop())
    const job = stage.jobOf({ default: [base, target], other: [base, target] })
    const run = await stage.run({ ...job, sts: { ...job.sts, endpoint: front.url } })
    assert.deepEqual(run.failures, {})
    assert.deepEqual(Object.keys(run.sessions).sort(), ['default', 'other'])
    assert.ok(front.resets() > 0)
  })

  it('is asked no more than once when a fresh connection is reset too', async (t) => {
    let asked = 0
    const stranger = await startStranger((request) => {
      asked += 1
      request.socket.resetAndDestroy()
    })
    t.after(() => stranger.stop())
    const job = stage.jobOf({ default: [base, target] })
    const run = await stage.run({ ...job, sts: { ...job.sts, endpoint: stranger.url } })
    assert.equal(run.failures['default']?.code, 'sts_unreachable')
    assert.equal(asked, 1)
  })
})
