/** `rolechain verify --live` of the chains of manifests: what a pod of them would send. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { BASE, READER } from '../core/chains.ts'
import { startWalkStage } from './walk-stage.ts'

const METADATA = { name: 'reporter', namespace: 'reports' }

function toList(annotations: object): object {
  const spec = { serviceAccountName: 'reporter', containers: [{ name: 'app', image: 'app' }] }
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...METADATA, annotations: { 'eks.amazonaws.com/role-arn': BASE } },
  }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: METADATA,
    spec: { template: { metadata: { annotations }, spec } },
  }
  return { apiVersion: 'v1', kind: 'List', items: [account, deployment] }
}

it('sends the tags that a sidecar would send, with what stands for the pod', async (t) => {
  const stage = await startWalkStage()
  t.after(() => stage.stop())
  const [app, config] = [join(stage.folder, 'app.json'), join(stage.folder, 'config.json')]
  const annotations = {
    'rolechain.io/target-role-arn': READER,
    'rolechain.io/external-id': 'team-a',
  }
  writeFileSync(app, JSON.stringify(toList(annotations)))
  writeFileSync(config, JSON.stringify({ sessionTags: 'attested', clusterName: 'kit' }))
  const told = await stage.verifyOther(
    `-f ${app} --config ${config} --issuer https://oidc.cluster.example`,
  )
  assert.equal(told.code, 0, told.stdout + told.stderr)
  assert.deepEqual(stage.stage.aws.trail().at(-1)?.requestParameters?.['principalTags'], {
    'eks-cluster-name': 'kit',
    'kubernetes-namespace': 'reports',
    'kubernetes-service-account': 'reporter',
    'kubernetes-pod-name': 'rolechain-verify',
    'kubernetes-pod-uid': '00000000-0000-0000-0000-000000000000',
  })
})
