/** Chains that `policy` and `verify` read from manifests, as the webhook would. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { runCommand } from '../run.ts'
import { makeTemporaryFolder } from '../../temporary-folder.ts'
import { BASE, READER, runLine } from './iam-stage.ts'

const ISSUER = '--issuer https://oidc.cluster.example'

function serviceAccount(annotations: object): object {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'reporter', namespace: 'reports', annotations },
  }
}

function workload(kind: string, name: string, annotations: object): object {
  const spec = { serviceAccountName: 'reporter', containers: [{ name: 'app', image: 'app' }] }
  const metadata = { name, namespace: 'reports' }
  return kind === 'Pod'
    ? { apiVersion: 'v1', kind, metadata: { ...metadata, annotations }, spec }
    : {
        apiVersion: 'apps/v1',
        kind,
        metadata,
        spec: { template: { metadata: { annotations }, spec } },
      }
}

function writeManifests(...items: readonly object[]): string {
  const file = join(makeTemporaryFolder(), 'app.json')
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  return file
}

const WITH_BASE = serviceAccount({ 'eks.amazonaws.com/role-arn': BASE })

it('are those of the webhook: base role first, and settings where they belong', async () => {
  const file = writeManifests(
    WITH_BASE,
    workload('Deployment', 'web', {
      'rolechain.io/target-role-arn': READER,
      'rolechain.io/external-id': 'team-a',
    }),
  )
  const { code, stdout } = await runLine(`policy -f ${file} ${ISSUER} -o json`)
  assert.equal(code, 0)
  const documents = join(makeTemporaryFolder(), 'iam.json')
  writeFileSync(documents, stdout)
  const verified = await runLine(`verify -f ${file} ${ISSUER} --from ${documents}`)
  assert.equal(verified.code, 0, verified.stdout)
  assert.match(stdout, /"sts:ExternalId": "team-a"/)
})

it('are told once, however many workloads have them', async () => {
  const annotations = { 'rolechain.io/target-role-arn': READER }
  const file = writeManifests(
    WITH_BASE,
    workload('Deployment', 'web', annotations),
    workload('StatefulSet', 'db', annotations),
  )
  const { stdout: documents } = await runLine(`policy -f ${file} ${ISSUER} -o json`)
  const folder = makeTemporaryFolder()
  writeFileSync(join(folder, 'iam.json'), documents)
  const { stdout } = await runLine(`verify -f ${file} ${ISSUER} --from ${folder}`)
  assert.equal([...stdout.matchAll(/^service account /gm)].length, 1)
})

it('have the name of a pod that is written as one', async () => {
  const file = writeManifests(
    WITH_BASE,
    workload('Pod', 'web-0', { 'rolechain.io/target-role-arn': READER }),
  )
  const documents = join(makeTemporaryFolder(), 'iam.json')
  const { stdout } = await runLine(`policy -f ${file} ${ISSUER} -o json`)
  const wantsPod = { StringEquals: { 'sts:RoleSessionName': 'reports.web-0' } }
  const changed = stdout.replace(
    '"Sid": "AssumeRole",',
    `"Sid": "AssumeRole", "Condition": ${JSON.stringify(wantsPod)},`,
  )
  assert.notEqual(changed, stdout)
  writeFileSync(documents, changed)
  assert.equal((await runLine(`verify -f ${file} ${ISSUER} --from ${documents}`)).code, 0)
})

it('are refused with the words of admission, and the others are still told', async () => {
  const file = writeManifests(
    WITH_BASE,
    workload('Deployment', 'web', { 'rolechain.io/target-role-arn': 'reader' }),
  )
  const { code, stderr, stdout } = await runLine(`policy -f ${file} ${ISSUER}`)
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, /^× bad_value deployment\/web: rolechain\.io\/target-role-arn: /)
})

it('may come from stdin; and files without a chain are told from those with one', async () => {
  const pod = workload('Pod', 'plain', {})
  const none = await runCommand(['policy', '-f', '-', ...ISSUER.split(' ')], {
    stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [WITH_BASE, pod] }),
  })
  assert.equal(none.code, 2)
  assert.match(none.stderr, /No chain is named/)
})

it('are not written wrongly where they begin with EKS Pod Identity', async () => {
  const file = writeManifests(
    WITH_BASE,
    workload('Deployment', 'web', {
      'rolechain.io/target-role-arn': READER,
      'rolechain.io/source': 'pod-identity',
    }),
  )
  const { code, stdout, stderr } = await runLine(`policy -f ${file} ${ISSUER}`)
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, /The chain of deployment\/web begins with EKS Pod Identity/)
})
