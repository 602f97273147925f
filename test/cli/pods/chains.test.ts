/** The chains that the page draws, with what their first token is for. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { toChains } from '../../../cli/core/pods/graph.ts'
import { runningPod } from '../check/healthy-cluster.ts'

const KEYS = {
  baseRole: 'eks.amazonaws.com/role-arn',
  target: 'rolechain.io/target-role-arn',
  audience: 'eks.amazonaws.com/audience',
  tokenAudience: 'sts.amazonaws.com',
}

/** The audiences of the chains of a pod that runs, and of its service account. */
function audiencesOf(audience: object): readonly string[] {
  const annotations = { [KEYS.target]: 'arn:aws:iam::222222222222:role/other', ...audience }
  const account = { metadata: { name: 'reports', namespace: 'team-b', annotations } }
  const pod = runningPod('reports-1', 'team-b') as unknown as Record<string, unknown>
  return toChains([pod], [account], KEYS).map((chain) => chain.audience)
}

it('begin with a token for the audience of the service account', () => {
  assert.deepEqual(audiencesOf({ [KEYS.audience]: 'own' }), ['own', 'own'])
})

for (const [what, annotation] of [
  ['no annotation', {}],
  ['an empty one', { [KEYS.audience]: '' }],
] as const)
  it(`begin with one for the usual audience where there is ${what}`, () => {
    assert.deepEqual(audiencesOf(annotation), ['sts.amazonaws.com', 'sts.amazonaws.com'])
  })
