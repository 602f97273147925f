/** `rolechain verify --live` where the chain cannot be walked: what is in the way, and how it ends. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BASE, READER } from '../core/chains.ts'
import { answersOf, startWalkStage, type WalkStage } from './walk-stage.ts'

let good: WalkStage
before(async () => {
  good = await startWalkStage()
})
after(() => good.stop())

describe('what keeps a chain from being walked', () => {
  it('is an STS that does not answer: the evaluation is told all the same', async () => {
    const told = await good.verify('--live', { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' })
    assert.equal(told.code, 3)
    assert.deepEqual(answersOf(told), [
      '  evaluation: allowed; AWS: no answer (sts_unreachable)',
      '  evaluation: allowed; AWS: not asked',
    ])
    assert.match(
      told.stderr,
      /^rolechain: AWS gave this machine no answer: hop 1: .*STS cannot be reached\./,
    )
    assert.doesNotMatch(told.stderr, /tried again/)
  })

  it('is an endpoint that would get the token in clear text', async () => {
    const { code, stderr } = await good.verify('--live', { ROLECHAIN_ALLOW_HTTP_STS: '' })
    assert.equal(code, 2)
    assert.match(stderr, /is no https URL, and the token of the service account would travel/)
  })

  it('is a cluster that gives no token, with what that needs', async () => {
    good.cluster.isForbidden = (path) => path.endsWith('/token')
    const forbidden = await good.verify()
    delete good.cluster.isForbidden
    assert.deepEqual([forbidden.code, forbidden.stdout], [3, ''])
    assert.match(forbidden.stderr, /\(create on serviceaccounts\/token\): User "developer" cannot/)
    const missing = await good.verify('--live --service-account printer')
    assert.equal(missing.code, 3)
    assert.match(missing.stderr, /reports\/printer, .* serviceaccounts "printer" not found/)
  })

  it('is a cluster of another issuer than that of the chain: its token is sent nowhere', async () => {
    good.stage.aws.clearTrail()
    const { code, stderr } = await good.verify('--live --issuer https://oidc.other.example')
    assert.equal(code, 2)
    assert.match(stderr, /are of issuer https:\/\/oidc\.cluster\.example, and the chain is of /)
    assert.deepEqual(good.stage.aws.trail(), [])
  })

  it('is EKS Pod Identity: no token is asked for', async () => {
    const count = good.asked.length
    const { code, stdout, stderr } = await good.verifyOther(
      `-n reports --service-account reporter --association ${BASE} --target ${READER}`,
    )
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(
      stderr,
      /^rolechain: The chain of reports\/reporter begins with EKS Pod Identity, which --live cannot walk: /,
    )
    assert.equal(good.asked.length, count)
  })
})
