/** `check` against a whole cluster: in good health, and with one thing broken at a time. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ClusterObject } from '../../../stand-ins/kubernetes/cluster-object.ts'
import { failedCreate } from './broken/pods-in-trouble.ts'
import { runningPod } from './healthy-cluster.ts'
import { startStage } from './stage.ts'
import { BROKEN_STATES } from './broken-states.ts'

const stage = await startStage()

const NOW = { major: '1', minor: '34', gitVersion: 'v1.34.0' }

function heal(): void {
  stage.heal()
  stage.kubernetes.upgrade(NOW)
}

describe('check', () => {
  it('finds nothing in good health', async () => {
    heal()
    const { categories, outcome } = await stage.check()
    const lines = categories.flatMap(({ checks }) => checks)
    assert.deepEqual(
      lines.flatMap(({ findings }) => findings),
      [],
    )
    assert.equal(outcome, 'good')
    assert.ok(lines.length > 30)
  })

  it('finds nothing at a pod in the boundary that begins with EKS Pod Identity', async () => {
    heal()
    const annotations = {
      'rolechain.io/source': 'pod-identity',
      'rolechain.io/target-role-arn': 'arn:aws:iam::222222222222:role/reports-reader',
    }
    const pod = runningPod('agent', 'team-b', annotations)
    assert.match(JSON.stringify(pod), /"audience":"pods\.eks\.amazonaws\.com"/)
    stage.world.objects = [...stage.world.objects, pod]
    assert.equal((await stage.check()).outcome, 'good')
  })

  it('finds nothing at a workload that is gone, though its event is still there', async () => {
    heal()
    const [, event] = failedCreate('admission webhook "chain.rolechain.io" denied: rolechain')
    stage.world.objects = [...stage.world.objects, event as ClusterObject]
    assert.equal((await stage.check()).outcome, 'good')
    // Whoever may not look is told.
    stage.world.isForbidden = (path) => path.includes('/replicasets/')
    assert.equal((await stage.check()).outcome, 'problem')
  })

  for (const [what, state] of Object.entries(BROKEN_STATES)) {
    it(`says exactly what is broken: ${what}`, async () => {
      heal()
      await state.breakIt(stage)
      const { categories, outcome } = await stage.check()
      const bad = categories.flatMap(({ category, checks }) =>
        checks
          .filter((check) => check.outcome !== 'good')
          .map((check) => ({ category, line: check.what, findings: check.findings })),
      )
      assert.deepEqual(
        bad.map(({ category, line }) => ({ category, line })),
        [{ category: state.category, line: state.line }],
      )
      const [finding] = bad[0]?.findings ?? []
      assert.equal(finding?.code, state.code)
      assert.match(finding.message, state.says)
      assert.match(finding.hint, state.hint)
      assert.equal(outcome, state.isWarning ? 'warning' : 'problem')
    })
  }
})
