/** `rolechain policy` and `rolechain verify` of chains that begin with EKS Pod Identity. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { runCommand } from '../run.ts'
import { makeTemporaryFolder } from '../../temporary-folder.ts'
import { BASE, READER } from './iam-stage.ts'

const CLUSTER = 'arn:aws:eks:eu-west-1:111111111111:cluster/prod'
const NAMED = `-n reports --service-account reporter --target ${READER}`

/** Whose cluster has this name. */
function kubeconfigOf(name: string): string {
  const file = join(makeTemporaryFolder(), 'kubeconfig')
  const kubeconfig = {
    clusters: [{ name, cluster: { server: 'http://127.0.0.1:1' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'c', context: { cluster: name, user: 'u' } }],
    'current-context': 'c',
  }
  writeFileSync(file, JSON.stringify(kubeconfig))
  return file
}

const environment = { KUBECONFIG: kubeconfigOf('kind-kit') }

function run(line: string, around: Parameters<typeof runCommand>[1] = { environment }) {
  return runCommand(line.split(' '), around)
}

const WITH_CLUSTER = `${NAMED} --association ${BASE} --cluster-arn ${CLUSTER}`

/** What `policy` writes, with some text of it replaced. */
async function write(options = WITH_CLUSTER, [from, to]: readonly [RegExp, string] = [/$/, '']) {
  const { stdout } = await run(`policy ${options} -o json`)
  const file = join(makeTemporaryFolder(), 'iam.json')
  writeFileSync(file, stdout.replace(from, to))
  return file
}

const UNSEEN = `not looked at: service control policies (SCP) and resource control policies (RCP) of the organization
not looked at: policies of VPC endpoints for STS
`

describe('verify of an association', () => {
  it('is content with what policy wrote, from hop 0 on', async () => {
    assert.deepEqual(await run(`verify ${WITH_CLUSTER} --from ${await write()}`), {
      code: 0,
      stderr: '',
      stdout: `service account reports/reporter, target default: ${READER}
hop 0 √ pods.eks.amazonaws.com → ${BASE}
  trust side: AssumeRoleForPodIdentity
hop 1 √ ${BASE} → ${READER}
  trust side: AssumeRole, TagSession; permission side: AssumeRole of rolechain, TagSession of rolechain
not looked at: the association of service account reports/reporter in EKS cluster prod
${UNSEEN}`,
    })
  })

  it('finds that the role of the association lacks sts:TagSession', async () => {
    const file = await write(WITH_CLUSTER, [/,\s*"sts:TagSession"\s*\]/, ']'])
    const { code, stdout } = await run(`verify ${WITH_CLUSTER} --from ${file}`)
    assert.equal(code, 1)
    assert.match(
      stdout,
      new RegExp(
        `hop 0 × trust side: no statement allows sts:TagSession\n {6}Allow sts:TagSession to pods.eks.amazonaws.com in the trust policy of ${BASE}\\.`,
      ),
    )
  })

  it('finds that a later role lacks sts:TagSession: the tags of EKS go on', async () => {
    const file = await write(`${WITH_CLUSTER} --disable-session-tags`)
    const { code, stdout } = await run(`verify ${WITH_CLUSTER} --from ${file}`)
    assert.equal(code, 1)
    assert.match(stdout, / {2}hop 1 × trust side: no statement allows sts:TagSession\n/)
    assert.match(stdout, / {2}hop 1 × permission side: no statement allows sts:TagSession\n/)
    const without = await run(`verify ${WITH_CLUSTER} --disable-session-tags --from ${file}`)
    assert.equal(without.code, 0, without.stdout)
  })

  it('leaves open what only the ARN of the cluster tells, and says which option has it', async () => {
    const line = `verify ${NAMED} --association ${BASE} --from ${await write()}`
    const { code, stdout } = await run(line)
    assert.equal(code, 1)
    assert.match(
      stdout,
      / {2}hop 0 × trust side: statement AssumeRoleForPodIdentity wants aws:RequestTag\/eks-cluster-arn '.*', the chain sends '\{clusterArn\}'\n {6}Name the EKS cluster of the pods, by --cluster-arn\.\n/,
    )
    const known = await run(line, { environment: { KUBECONFIG: kubeconfigOf(CLUSTER) } })
    assert.equal(known.code, 0, known.stdout)
  })

  it('refuses the association of another cluster', async () => {
    const options = WITH_CLUSTER.replace('cluster/prod', 'cluster/test')
    const { code, stdout } = await run(`verify ${options} --from ${await write()}`)
    assert.equal(code, 1)
    assert.match(stdout, /trust side: statement AssumeRoleForPodIdentity wants aws:RequestTag/)
    // No annotation can send that tag.
    assert.match(
      stdout,
      / {6}Change the condition on aws:RequestTag\/eks-cluster-arn in the policy/,
    )
  })

  it('says as JSON what the chain begins with', async () => {
    const { stdout } = await run(`verify ${WITH_CLUSTER} --from ${await write()} -o json`)
    const { chains } = JSON.parse(stdout) as { chains: readonly Record<string, unknown>[] }
    const { source, cluster, hasSessionTags, outcome } = chains[0] ?? {}
    assert.deepEqual([source, hasSessionTags, outcome], ['pod-identity', true, 'allowed'])
    assert.deepEqual(cluster, { arn: CLUSTER, name: 'prod' })
  })
})

describe('policy of an association', () => {
  it('writes one for eksctl, of the cluster that the ARN names', async () => {
    const { code, stdout } = await run(`policy ${WITH_CLUSTER} -o eksctl`)
    assert.equal(code, 0)
    const [file] = parseAllDocuments(stdout).map((one) => one.toJS() as Record<string, unknown>)
    assert.deepEqual(file?.['metadata'], { name: 'prod', region: 'eu-west-1' })
    assert.match(stdout, /podIdentityAssociations:\n {4}- namespace: reports\n/)
  })

  it('may be that of the role itself, without a target', async () => {
    const options = `-n reports --service-account reporter --association ${BASE} --cluster-arn ${CLUSTER}`
    const { stdout } = await run(`verify ${options} --from ${await write(options)}`)
    assert.match(stdout, new RegExp(`^service account reports/reporter, target default: ${BASE}\n`))
    assert.doesNotMatch(stdout, /hop 1/)
  })

  it('needs the cluster, which a configuration, the kubeconfig or an option names', async () => {
    const line = `policy ${NAMED} --association ${BASE}`
    const { code, stdout, stderr } = await run(line)
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^rolechain: An association .* give its ARN with --cluster-arn\.\n$/)
    const known = await run(line, { environment: { KUBECONFIG: kubeconfigOf(CLUSTER) } })
    assert.match(known.stdout, /EKS cluster prod: an association of service account/)
  })

  it('is told of options that do not fit', async () => {
    const both = await run(`policy ${WITH_CLUSTER} --base-role ${BASE}`)
    assert.equal(both.code, 2)
    assert.match(both.stderr, /give --base-role or --association, and not both/)
    const other = await run(`policy ${NAMED} --association ${READER} --cluster-arn ${CLUSTER}`)
    assert.equal(other.code, 2)
    assert.match(other.stderr, /in another AWS account than arn:aws:eks:/)
    assert.equal((await run(`policy ${NAMED} --association reader`)).code, 2)
    assert.equal((await run(`policy ${NAMED} --association ${BASE} --cluster-arn prod`)).code, 2)
    assert.equal((await run(`policy ${NAMED} --association ${BASE} --association ${BASE}`)).code, 2)
  })
})

function podOf(serviceAccountName: string): object {
  const annotations = {
    'rolechain.io/source': 'pod-identity',
    'rolechain.io/target-role-arn': READER,
  }
  const spec = { serviceAccountName, containers: [{ name: 'app', image: 'app' }] }
  const metadata = { name: serviceAccountName, namespace: 'reports', annotations }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec }
}

function accountOf(name: string): object {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'reports' } }
}

it('pods of files are told from each other by their service accounts', async () => {
  const file = join(makeTemporaryFolder(), 'app.json')
  const items = ['reporter', 'printer'].flatMap((name) => [accountOf(name), podOf(name)])
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const one = `-f ${file} --cluster-arn ${CLUSTER} --association reports/reporter=${BASE}`
  const missing = await run(`policy ${one}`)
  assert.deepEqual([missing.code, missing.stdout], [2, ''])
  assert.match(
    missing.stderr,
    /The chain of pod\/printer begins with EKS Pod Identity, .*--association reports\/printer=ARN/,
  )
  const config = join(makeTemporaryFolder(), 'config.json')
  writeFileSync(config, JSON.stringify({ clusterName: 'prod', clusterArn: CLUSTER }))
  const all = `-f ${file} --config ${config} --association reports/reporter=${BASE} --association ${BASE}-2`
  const { stdout } = await run(`policy ${all}`)
  assert.match(stdout, new RegExp(`reports/reporter with ${BASE}\n`))
  assert.match(stdout, new RegExp(`reports/printer with ${BASE}-2\n`))
  const verified = await run(`verify ${all} --from ${await write(all)}`)
  assert.equal(verified.code, 0, verified.stdout)
})
