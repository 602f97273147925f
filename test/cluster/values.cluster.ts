/**
 * The chart takes the configurations that the webhook takes, and says of the others what is wrong before anything is
 * installed.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { ROWS } from '../chart/configurations.ts'
import { parsePodIdentities } from '../../webhook/core/configuration/pod-identities.ts'
import { parseSettings } from '../../webhook/core/configuration/settings-schema.ts'
import { attempt } from './command.ts'
import { RELEASE } from './installation.ts'

async function render(values: object, ...sets: readonly string[]) {
  const command = ['helm', 'template', RELEASE, 'charts/rolechain', '--values=-']
  return await attempt([...command, ...sets.map((set) => `--set=${set}`)], {
    input: JSON.stringify(values),
  })
}

interface Rendered {
  readonly kind: string
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: {
    readonly template?: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
    }
  }
}

function readManifest(manifest: string): { readonly file: string; readonly checksum: string } {
  const objects = parseAllDocuments(manifest).map((document) => document.toJS() as Rendered | null)
  const find = (kind: string) => objects.find((object) => object?.kind === kind)
  return {
    file: find('ConfigMap')?.data?.['config.yaml'] ?? '',
    checksum:
      find('Deployment')?.spec?.template?.metadata.annotations['checksum/configuration'] ?? '',
  }
}

for (const { name, configuration, refusedBy, says = '' } of ROWS) {
  test(`${name}: ${refusedBy === 'nobody' ? 'accepted' : `refused by the ${refusedBy}`}`, async () => {
    const { exitCode, stdout, stderr } = await render({ configuration })
    if (refusedBy !== 'nobody') {
      assert.notEqual(exitCode, 0)
      assert.ok(stderr.includes(says), stderr)
      assert.equal(
        /don't meet the specifications of the schema/.test(stderr),
        refusedBy === 'schema',
      )
      return
    }
    assert.equal(exitCode, 0, stderr)
    const { file, checksum } = readManifest(stdout)
    assert.equal(parseSettings(parse(file)).kind, 'settings')
    assert.equal(createHash('sha256').update(file).digest('hex'), checksum)
  })
}

const REFUSED: readonly (readonly [set: string, says: string])[] = [
  ['port=9999', 'metricsPort: 9999 is the port of the webhook'],
  ['prot=8443', "'prot' not allowed"],
  ['extraArgs={--port=1}', '/extraArgs/0'],
  ['extraArgs={--tls-max-version=1.3}', '/extraArgs/0'],
  ['parity.awsAccountId=12', '/parity/awsAccountId'],
  ['parity.podIdentity.identities[0].namespace=team-a', '/parity/podIdentity/identities/0'],
  ['chainAnnotationPrefix=Roles/', '/chainAnnotationPrefix'],
  ['serviceAccountLookupGracePeriod=soon', '/serviceAccountLookupGracePeriod'],
  ['resources.limit.memory=1Gi', "'limit' not allowed"],
  ['tolerations[0].efect=NoSchedule', "'efect' not allowed"],
]

for (const [set, says] of REFUSED) {
  test(`${set} is refused`, async () => {
    const { exitCode, stderr } = await render({}, set)
    assert.notEqual(exitCode, 0)
    assert.ok(stderr.includes(says), stderr)
  })
}

/** A boundary whose policy lists so many roles. */
function boundaryOf(count: number): object {
  const roleArns = Array.from(
    { length: count },
    (_, index) => `arn:aws:iam::222222222222:role/team-a/role-${index}`,
  )
  const policy = { default: 'deny', rules: [{ namespaces: ['team-a'], roleArns }] }
  return { boundary: { mode: 'namespaces' }, configuration: { policy } }
}

test('a policy that is too long for the boundary is refused, and one of 1,000 role ARNs is not', async () => {
  const short = await render(boundaryOf(1000))
  assert.equal(short.exitCode, 0, short.stderr)
  const long = await render(boundaryOf(3000))
  assert.notEqual(long.exitCode, 0)
  assert.match(long.stderr, /configuration\.policy\.rules: .*100,000 of one expression/)
})

test('all that a template refuses is told at once', async () => {
  const { stderr } = await render({
    configuration: { sidecar: { metricsPort: 7755, cpuRequest: '1', memoryRequest: '1Gi' } },
  })
  for (const part of ['metricsPort:', 'cpuRequest:', 'memoryRequest:'])
    assert.ok(stderr.includes(part))
})

test('service accounts with EKS Pod Identity become a file that the webhook watches', async () => {
  const identities = [{ namespace: 'team-a', serviceAccount: 'reports' }]
  const { stdout } = await render({ parity: { podIdentity: { identities } } })
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered | null)
  const file = objects.find((object) => object?.kind === 'ConfigMap')?.data?.['pod-identities.json']
  const parsed = parsePodIdentities(file ?? '')
  assert.ok(parsed.kind === 'identities')
  assert.deepEqual([...parsed.identities], ['team-a/reports'])
  const flag = '--watch-container-credentials-config=/etc/rolechain/pod-identities.json'
  assert.ok(stdout.includes(`- ${flag}\n`))
  const without = await render({})
  assert.ok(!without.stdout.includes('pod-identities'))
})

async function checksumOf(values: object): Promise<string> {
  return readManifest((await render(values)).stdout).checksum
}

test('a changed configuration starts new webhooks by its checksum', async () => {
  const before = await checksumOf({})
  assert.match(before, /^[0-9a-f]{64}$/)
  assert.equal(await checksumOf({}), before)
  assert.notEqual(await checksumOf({ configuration: { region: 'eu-west-1' } }), before)
})

const PRIORITY_CLASSES: readonly (readonly [name: string | null, classes: readonly string[]])[] = [
  ['system-cluster-critical', ['system-cluster-critical']],
  ['system-node-critical', ['system-node-critical']],
  ['own', []],
  [null, []],
]

function quotaOf(priorityClass: string): object {
  const scope = { scopeName: 'PriorityClass', operator: 'In', values: [priorityClass] }
  return { hard: { pods: '1G' }, scopeSelector: { matchExpressions: [scope] } }
}

for (const [priorityClassName, classes] of PRIORITY_CLASSES) {
  test(`${priorityClassName === null ? 'no priority class' : `the priority class ${priorityClassName}`} brings ${classes.length === 0 ? 'no quota' : 'the quota that GKE asks for'}`, async () => {
    const { stdout } = await render({ priorityClassName })
    const quotas = parseAllDocuments(stdout)
      .map((document) => document.toJS() as { kind: string; spec: unknown } | null)
      .filter((object) => object?.kind === 'ResourceQuota')
      .map((object) => object?.spec)
    assert.deepEqual(quotas, classes.map(quotaOf))
  })
}
