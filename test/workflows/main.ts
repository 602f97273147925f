/**
 * `npm run test:workflows`: two clusters, the strict AWS under the names of AWS, the chart; then every page of
 * `docs/workflows/`, one after the other, and at last the run on AWS as on AWS. Arguments name pages, such as
 * `ci-to-another-account`, to run only these. `--aws real …` runs pages on your AWS accounts (`docs/try-on-aws.md`),
 * `--aws stand-in` only rehearses that.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startClusterAws } from '../cluster/aws.ts'
import { startKitCluster, type Cluster } from '../cluster/cluster.ts'
import { buildImages } from '../cluster/images.ts'
import { install, makeNamespace, toValues } from '../cluster/installation.ts'
import { carryAccessEntries } from './access-entries.ts'
import { startAgentOnNode } from './agent-on-node.ts'
import { buildAuthenticator, prepareAuthenticator, startAuthenticator } from './authenticator.ts'
import { makeAuthority, makeLeaf, readPem, type Certificate } from './certificates.ts'
import { mergeKubeconfigs } from './kubeconfig.ts'
import { startOtherCluster } from './other-cluster.ts'
import type { Page } from './page.ts'
import { readPages } from './pages.ts'
import { runReal } from './real/main.ts'
import { withProfiles } from './real/stage.ts'
import { loadToolsImage } from './tools-image.ts'
import { COREFILE, NAMES, startProxy, startTls } from './true-names.ts'
import { makeReader } from './users.ts'
import { ISSUER, toConfiguration } from './world.ts'

/** What has to be undone, the latest first. */
type Undo = (() => Promise<unknown>)[]

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}

async function loadImages(cluster: Cluster, folder: string, authority: Certificate): Promise<void> {
  say('Building the images.')
  for (const { archive } of await buildImages(folder, ['webhook', 'sidecar'])) {
    await cluster.loadImage(archive)
    await rm(archive)
  }
  await loadToolsImage(cluster.env['CLUSTER_DIR'] ?? '', authority.certificate)
}

/** Starts a cluster with a node, whose DNS knows the names of AWS. */
async function startCiCluster(folder: string): Promise<Cluster> {
  const corefile = join(folder, 'Corefile')
  await writeFile(corefile, COREFILE)
  return startKitCluster(['--issuer', ISSUER, '--corefile', corefile])
}

/** Starts all; what is started goes into `undo`. Gives the variables of the pages. */
async function start(
  { pages, folder }: { readonly pages: readonly Page[]; readonly folder: string },
  undo: Undo,
): Promise<Record<string, string>> {
  const program = await buildAuthenticator()
  const authority = await makeAuthority(folder, 'aws')
  const cluster = await startCiCluster(folder)
  undo.push(() => cluster.close())
  await loadImages(cluster, folder, authority)

  await mkdir(join(folder, 'authenticator'))
  const prepared = await prepareAuthenticator(program, join(folder, 'authenticator'))
  const other = await startOtherCluster(prepared, cluster.hostIp)
  undo.push(() => other.stop())

  const aws = await startClusterAws(cluster, () =>
    withProfiles(toConfiguration(pages, other.facts)),
  )
  undo.push(() => aws.stop())
  const agent = await startAgentOnNode(cluster.env['CLUSTER_DIR'] ?? '', aws.urlInPods)
  undo.push(() => agent.stop())
  const leaf = await makeLeaf(folder, NAMES, authority)
  const awsPort = Number(new URL(aws.url).port)
  const tls = await startTls({ address: cluster.hostIp, port: 443 }, leaf, awsPort)
  undo.push(() => tls.stop())
  const proxy = await startProxy({ address: cluster.hostIp, port: tls.port })
  undo.push(() => proxy.stop())
  const way = { proxy: `http://127.0.0.1:${proxy.port}`, authority: authority.certificate }
  const authenticator = await startAuthenticator(prepared, {
    kubeconfig: other.kubeconfig,
    ...way,
  })
  undo.push(() => authenticator.stop())
  const entries = carryAccessEntries(aws.url, authenticator.accessEntries)
  undo.push(() => entries.stop())

  say('Installing the chart.')
  await makeNamespace(cluster.env)
  const sidecar = { stsEndpoint: null, allowHttpSts: false, caBundle: await readPem(authority) }
  const values = toValues(aws.urlInPods, { sidecar })
  await install(values, { env: cluster.env })
  await writeFile(join(folder, 'values.json'), JSON.stringify(values))

  const kubeconfig = join(folder, 'kubeconfig')
  const files = { ci: cluster.env['KUBECONFIG'] ?? '', payments: other.kubeconfig }
  await mergeKubeconfigs(files, kubeconfig)
  const reader = await makeReader(folder, pages, { ...way, path: cluster.env['PATH'] ?? '' })
  return {
    ...cluster.env,
    ...reader,
    KUBECONFIG: kubeconfig,
    SUITE_AWS_URL: aws.url,
    SUITE_AUDIT_LOG: other.auditLog,
    SUITE_PAGES: pages.map(({ name }) => name).join(','),
    SUITE_VALUES: join(folder, 'values.json'),
  }
}

const PAGES = 'pages.workflow.ts'
const REHEARSAL = 'real/rehearsal.workflow.ts'

async function runFiles(
  names: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const files = names.map((name) => join(import.meta.dirname, name))
  const parameters = ['--test', '--test-concurrency=1', '--test-timeout=600000', ...files]
  const child = spawn(process.execPath, parameters, {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const stop = () => child.kill('SIGTERM')
  process.on('SIGTERM', stop)
  const [code] = (await once(child, 'close')) as [number | null]
  process.off('SIGTERM', stop)
  return code ?? 1
}

/** Which tests run, and for which pages. */
function choose(names: readonly string[]): readonly string[] {
  if (process.argv.includes('--aws')) return [REHEARSAL]
  return names.length === 0 ? [PAGES, REHEARSAL] : [PAGES]
}

async function rehearseOrRun(names: readonly string[]): Promise<void> {
  const pages = readPages(names)
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-workflows-'))
  const undo: Undo = [() => rm(folder, { recursive: true, force: true })]
  try {
    process.exitCode = await runFiles(choose(names), await start({ pages, folder }, undo))
  } finally {
    // What cannot be undone does not keep the rest.
    for (const one of undo.toReversed()) await one().catch((error: unknown) => say(String(error)))
  }
}

async function main([first, second, ...rest]: readonly string[]): Promise<void> {
  if (first !== '--aws') return rehearseOrRun(process.argv.slice(2))
  if (second === 'stand-in') return rehearseOrRun(rest)
  if (second === 'real') return runReal(rest)
  throw new Error('--aws is real or stand-in.')
}

// On Ctrl+C what runs at that time ends, having been told as well, and all that was started is taken down.
process.on('SIGINT', () => undefined)

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
