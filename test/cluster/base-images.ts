/**
 * Stand-ins for the public base images, made of this machine's files, so that the project's own Dockerfiles can be
 * built where no registry can be reached. They have what the Dockerfiles use of the originals: Node 24 in /nodejs/bin
 * to run; Node, npm, Go and a shell to build.
 */
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { attempt, run } from './command.ts'

/** How buildah is called everywhere: needs no container engine, no overlay file system and no daemon. */
export const BUILDAH = ['buildah', '--storage-driver', 'vfs'] as const

export const BASE_IMAGES = {
  build: 'localhost/rolechain-base-build:1',
  run: 'localhost/rolechain-base-run:1',
} as const

/** Where the image to build with looks for Go; it is mounted, as it is large. */
export const GO_ROOT = '/usr/local/go'

/** Where npm looks for packages that it has already, in the image to build with. */
export const NPM_CACHE = '/npm-cache'

const USERS =
  'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n'

/** Copies a program to `to` below `root`, and the shared libraries that `ldd` names to where they are here. */
async function addProgram(root: string, program: string, to: string): Promise<void> {
  await mkdir(join(root, dirname(to)), { recursive: true })
  await cp(await realpath(program), join(root, to))
  // A static program has no libraries, and ldd says so by failing.
  const { stdout } = await attempt(['ldd', program])
  for (const [library] of stdout.matchAll(/\/\S+/g)) {
    await mkdir(join(root, dirname(library)), { recursive: true })
    await cp(await realpath(library), join(root, library))
  }
}

async function addUsersAndCertificates(root: string): Promise<void> {
  const certificates = '/etc/ssl/certs/ca-certificates.crt'
  await mkdir(join(root, dirname(certificates)), { recursive: true })
  await cp(await realpath(certificates), join(root, certificates))
  await writeFile(join(root, 'etc/passwd'), USERS)
  await mkdir(join(root, 'tmp'), { recursive: true, mode: 0o1777 })
}

async function fillRunRoot(root: string, node: string): Promise<void> {
  await addProgram(root, node, '/nodejs/bin/node')
  await addUsersAndCertificates(root)
}

async function fillBuildRoot(root: string): Promise<void> {
  await addProgram(root, process.execPath, '/usr/local/bin/node')
  await addProgram(root, '/bin/busybox', '/bin/busybox')
  const applets = (await run(['/bin/busybox', '--list'])).trim().split('\n')
  for (const applet of applets)
    if (applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet))
  // npm and env are started through /usr/bin/env.
  await mkdir(join(root, 'usr/bin'), { recursive: true })
  await symlink('/bin/busybox', join(root, 'usr/bin/env'))
  // Not where npm says that global modules are: below npm's own scripts, that is beside the pinned Node.
  const npmProgram = await realpath((await run(['sh', '-c', 'command -v npm'])).trim())
  await cp(dirname(dirname(npmProgram)), join(root, 'usr/local/lib/node_modules/npm'), {
    recursive: true,
  })
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
  await symlink(`${GO_ROOT}/bin/go`, join(root, 'usr/local/bin/go'))
  await addUsersAndCertificates(root)
  // What this machine's npm needs to reach its registry, and packages that it has already are not asked for again.
  const settings = [
    'cafile=/etc/ssl/certs/ca-certificates.crt',
    'prefer-offline=true',
    `cache=${NPM_CACHE}`,
  ]
  const registry = (await run(['npm', 'config', 'get', 'registry'])).trim()
  await mkdir(join(root, 'usr/local/etc'), { recursive: true })
  await writeFile(
    join(root, 'usr/local/etc/npmrc'),
    [...settings, `registry=${registry}`, ''].join('\n'),
  )
}

/** Returns the image's id; other platforms' images are found by their id only. */
async function commitImage(
  name: string,
  fill: (root: string) => Promise<void>,
  platform: readonly string[] = [],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-base-'))
  try {
    const root = join(folder, 'root')
    await mkdir(root)
    await fill(root)
    await writeFile(
      join(folder, 'Dockerfile'),
      'FROM scratch\nCOPY root/ /\nENV PATH=/usr/local/bin:/usr/bin:/bin\n',
    )
    const idFile = join(folder, 'id')
    const written = [`--tag=${name}`, `--iidfile=${idFile}`]
    await run([...BUILDAH, 'bud', '--isolation=chroot', ...platform, ...written, folder])
    return (await readFile(idFile, 'utf8')).trim()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Makes both images, with the Node that runs this. */
export async function makeBaseImages(): Promise<void> {
  await commitImage(BASE_IMAGES.run, (root) => fillRunRoot(root, process.execPath))
  await commitImage(BASE_IMAGES.build, fillBuildRoot)
}

/** Makes the image to run in for another architecture, with a Node for it, and returns its id. */
export async function makeRunImage(node: string, architecture: string): Promise<string> {
  return commitImage(`${BASE_IMAGES.run}-${architecture}`, (root) => fillRunRoot(root, node), [
    `--platform=linux/${architecture}`,
  ])
}
