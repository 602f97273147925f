/**
 * Builds the project's images from its own Dockerfiles, with buildah, as archives that a cluster can load. As a
 * program, `node test/cluster/images.ts FOLDER`, it writes them to a folder and prints their sizes.
 */
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BASE_IMAGES, BUILDAH, GO_ROOT, makeBaseImages, NPM_CACHE } from './base-images.ts'
import { run } from './command.ts'

/** What the suite calls its images; the tag is not `latest`, so that no kubelet tries to pull them. */
export const IMAGES = {
  webhook: 'localhost/rolechain-webhook:suite',
  sidecar: 'localhost/rolechain-sidecar:suite',
  app: 'localhost/rolechain-app:suite',
} as const

/** The sidecar's image by another name: what an upgrade changes. */
export const NEXT_SIDECAR = 'localhost/rolechain-sidecar:next'

type ImageName = keyof typeof IMAGES

const DOCKERFILES: Readonly<Record<ImageName, string>> = {
  webhook: 'Dockerfile.webhook',
  sidecar: 'Dockerfile.sidecar',
  app: 'test/cluster/app/Dockerfile',
}

export interface BuiltImage {
  readonly name: string
  readonly archive: string
  readonly bytes: number
}

/** What differs between builds of one Dockerfile. */
interface Build {
  readonly name: string
  /** The image to run in: its name, or its id. */
  readonly runImage: string
  /** Beside those, further arguments of `buildah bud`. */
  readonly args?: readonly string[]
}

/** Builds an image of the project from its Dockerfile; it is then in buildah's store. */
export async function build(image: ImageName, { name, runImage, args = [] }: Build): Promise<void> {
  const npmCache = (await run(['npm', 'config', 'get', 'cache'])).trim()
  const goRoot = (await run(['go', 'env', 'GOROOT'])).trim()
  await mkdir(npmCache, { recursive: true })
  await run([
    ...BUILDAH,
    'bud',
    '--isolation=chroot',
    `--tag=${name}`,
    `--file=${DOCKERFILES[image]}`,
    `--build-arg=BUILD_IMAGE=${BASE_IMAGES.build}`,
    `--build-arg=HELPER_BUILD_IMAGE=${BASE_IMAGES.build}`,
    `--build-arg=RUN_IMAGE=${runImage}`,
    `--volume=${npmCache}:${NPM_CACHE}`,
    `--volume=${goRoot}:${GO_ROOT}`,
    ...args,
    '.',
  ])
}

async function buildArchive(image: ImageName, folder: string): Promise<BuiltImage> {
  const name = IMAGES[image]
  const archive = join(folder, `${image}.tar`)
  await build(image, { name, runImage: BASE_IMAGES.run })
  await writeArchive(name, { archive, as: name })
  return { name, archive, bytes: (await stat(archive)).size }
}

async function writeArchive(
  name: string,
  { archive, as }: { readonly archive: string; readonly as: string },
): Promise<void> {
  await rm(archive, { force: true })
  await run([...BUILDAH, 'push', name, `docker-archive:${archive}:${as}`])
}

/** Gives the archive of {@link NEXT_SIDECAR}; the sidecar has to be built. */
export async function archiveNextSidecar(folder: string): Promise<string> {
  const archive = join(folder, 'sidecar-next.tar')
  await writeArchive(IMAGES.sidecar, { archive, as: NEXT_SIDECAR })
  return archive
}

/** Builds images, one after the other; archives go to `folder`. */
export async function buildImages(
  folder: string,
  images: readonly ImageName[] = Object.keys(IMAGES) as ImageName[],
): Promise<readonly BuiltImage[]> {
  await makeBaseImages()
  const built: BuiltImage[] = []
  for (const image of images) built.push(await buildArchive(image, folder))
  return built
}

/** One line an image, for people. */
export function describeSizes(images: readonly BuiltImage[]): string {
  return images
    .map(({ name, bytes }) => `${name}  ${(bytes / 1024 / 1024).toFixed(1)} MiB\n`)
    .join('')
}

if (import.meta.main) {
  const folder = process.argv[2] ?? 'dist/images'
  await mkdir(folder, { recursive: true })
  process.stdout.write(describeSizes(await buildImages(folder)))
}
