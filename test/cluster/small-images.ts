/** Images with nearly nothing in them, for what the sidecar brings to containers: one static program; busybox. */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BUILDAH } from './base-images.ts'
import { run } from './command.ts'

export const SMALL_IMAGES = {
  /** The Go SDK's client of `test/sdks/`, as `/client`, and not one file more. */
  scratch: 'localhost/rolechain-scratch:suite',
  /** A shell and its tools, without glibc. */
  busybox: 'localhost/rolechain-busybox:suite',
} as const

const GO_CLIENT = 'test/sdks/go-v2'

async function fillScratch(root: string): Promise<void> {
  const source = await mkdtemp(join(tmpdir(), 'rolechain-client-'))
  try {
    await cp(join(GO_CLIENT, 'main.go'), join(source, 'main.go'))
    for (const lock of ['go.mod', 'go.sum'])
      await cp(join(GO_CLIENT, 'current', lock), join(source, lock))
    const flags = ['-trimpath', '-ldflags=-s -w', '-o', join(root, 'client')]
    await run(['go', '-C', source, 'build', ...flags, 'main.go'], { env: { CGO_ENABLED: '0' } })
  } finally {
    await rm(source, { recursive: true })
  }
}

async function fillBusybox(root: string): Promise<void> {
  await mkdir(join(root, 'bin'))
  await cp('/bin/busybox', join(root, 'bin/busybox'))
  for (const applet of ['sh', 'sleep', 'cat', 'touch', 'du', 'ls'])
    await symlink('busybox', join(root, 'bin', applet))
}

/** Builds both, and gives their archives. */
export async function archiveSmallImages(folder: string): Promise<readonly string[]> {
  const fills = { scratch: fillScratch, busybox: fillBusybox }
  const archives: string[] = []
  for (const image of ['scratch', 'busybox'] as const) {
    const context = join(folder, image)
    const root = join(context, 'root')
    await mkdir(root, { recursive: true })
    await fills[image](root)
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY root/ /\n')
    const name = SMALL_IMAGES[image]
    await run([...BUILDAH, 'bud', '--isolation=chroot', `--tag=${name}`, context])
    const archive = join(folder, `${image}.tar`)
    await run([...BUILDAH, 'push', name, `docker-archive:${archive}:${name}`])
    archives.push(archive)
  }
  return archives
}
