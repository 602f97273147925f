/**
 * `npm run test:cluster`: images, a cluster, the strict AWS, the chart; then every scenario (`*.cluster.ts`), one after the other.
 * Arguments name scenario files, to run only these.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startClusterAws } from './aws.ts'
import { openCluster, type Cluster } from './cluster.ts'
import { run } from './command.ts'
import { buildImages, describeSizes } from './images.ts'
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
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function findScenarios(): Promise<string[]> {
  const named = process.argv.slice(2)
  if (named.length > 0) return named
  const files = await readdir(import.meta.dirname)
  return files
    .filter((file) => file.endsWith('.cluster.ts'))
    .sort()
    .map((file) => join(import.meta.dirname, file))
}

async function runScenarios(env: Readonly<Record<string, string>>): Promise<number> {
  const parameters = ['--test', '--test-concurrency=1', '--test-timeout=300000']
  const child = spawn(process.execPath, [...parameters, ...(await findScenarios())], {
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
  const cluster = await openCluster()
  try {
    await loadImages(cluster)
    const aws = await startClusterAws(cluster)
    try {
      say('Installing the chart.')
      await makeNamespace(cluster.env)
      await install(toValues(aws.urlInPods), { env: cluster.env })
      process.exitCode = await runScenarios({
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
