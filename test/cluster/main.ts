/**
 * `npm run test:cluster`: images, a cluster, the strict AWS, the chart; then every scenario (`*.cluster.ts`), one after
 * the other. Arguments name scenarios, such as `chart`, to run only these.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startClusterAws } from './aws.ts'
import { openCluster, type Cluster } from './cluster.ts'
import { run } from './command.ts'
import { archiveNextSidecar, buildImages, describeSizes } from './images.ts'
import { archiveSmallImages } from './small-images.ts'
import { install, makeNamespace, NAMESPACE, toValues, uninstall } from './installation.ts'

function say(sentence: string): void {
  process.stdout.write(`${sentence}\n`)
}

async function loadImages(cluster: Cluster): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-images-'))
  try {
    say('Building the images.')
    const images = await buildImages(folder)
    say(describeSizes(images).trimEnd())
    for (const { archive } of images) await cluster.loadImage(archive)
    await cluster.loadImage(await archiveNextSidecar(folder))
    for (const archive of await archiveSmallImages(folder)) await cluster.loadImage(archive)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const SCENARIO = '.cluster.ts'

/** Files of scenarios: of these names, or of all. */
async function findScenarios(names: readonly string[]): Promise<string[]> {
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(SCENARIO))
  const all = files.map((file) => file.slice(0, -SCENARIO.length)).sort()
  const unknown = names.filter((name) => !all.includes(name))
  if (unknown.length > 0) {
    throw new Error(`There is no scenario ${unknown.join(', ')}, only ${all.join(', ')}.`)
  }
  const wanted = names.length === 0 ? all : names
  return wanted.map((name) => join(import.meta.dirname, `${name}${SCENARIO}`))
}

async function runScenarios(
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const parameters = ['--test', '--test-concurrency=1', '--test-timeout=300000']
  const child = spawn(process.execPath, [...parameters, ...files], {
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const stop = () => child.kill('SIGTERM')
  process.on('SIGTERM', stop)
  const [code] = (await once(child, 'close')) as [number | null]
  process.off('SIGTERM', stop)
  return code ?? 1
}

async function main(): Promise<void> {
  const scenarios = await findScenarios(process.argv.slice(2))
  const cluster = await openCluster()
  try {
    await loadImages(cluster)
    const aws = await startClusterAws(cluster)
    try {
      say('Installing the chart.')
      await makeNamespace(cluster.env)
      await install(toValues(aws.urlInPods), { env: cluster.env })
      process.exitCode = await runScenarios(scenarios, {
        ...cluster.env,
        SUITE_AWS_URL: aws.url,
        SUITE_AWS_URL_IN_PODS: aws.urlInPods,
      })
      await uninstall(cluster.env)
      await run(['kubectl', 'delete', 'namespace', NAMESPACE], { env: cluster.env })
    } finally {
      await aws.stop()
    }
  } finally {
    await cluster.close()
  }
}

// On Ctrl+C what runs at that time ends, having been told as well, and all that was started is taken down.
process.on('SIGINT', () => undefined)

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
