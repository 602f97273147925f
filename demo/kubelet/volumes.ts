/**
 * A pod's volumes as folders: projected tokens are minted, written as the kubelet writes them, and rotated before they
 * end.
 */
import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Container, Pod, ProjectedToken, Volume } from '../pod.ts'

/** Asks the API server for a token of the pod's service account (a TokenRequest). Without audience: its own. */
export type Mint = (request: {
  readonly audience?: string | undefined
  readonly expirationSeconds: number
}) => Promise<string>

export interface Volumes {
  /** Makes the folder that is `/` to a container, with its mounts in it. */
  mount(container: Container, root: string): Promise<void>
  /** Writes new tokens into all volumes, as the kubelet does some time before the old ones end. */
  rotateTokens(): Promise<void>
  stop(): void
}

/**
 * The share of a token's life after which the kubelet writes the next: see "Service account token volume projection".
 */
const ROTATED_AT = 0.8

/** Fills one folder a volume below `folder`. Kinds of volumes that the demo does not know are empty folders. */
export async function createVolumes(pod: Pod, folder: string, mint: Mint): Promise<Volumes> {
  let versions = 0
  const tokens = pod.spec.volumes.flatMap((volume) => {
    const found = readTokens(volume)
    return found.length > 0 ? [{ volume, found }] : []
  })
  const write = async ({ volume, found }: (typeof tokens)[number]) => {
    versions += 1
    const contents = await Promise.all(
      found.map(async (token) => ({ path: token.path, content: await mint(token) })),
    )
    await writeVersion(join(folder, volume.name), `..${versions}`, contents)
  }
  const rotateTokens = async () => {
    for (const token of tokens) await write(token)
  }

  for (const { name } of pod.spec.volumes) await mkdir(join(folder, name), { recursive: true })
  await rotateTokens()
  const timers = tokens.map((token) => {
    const seconds = Math.min(...token.found.map(({ expirationSeconds }) => expirationSeconds))
    return setInterval(() => void write(token), seconds * 1000 * ROTATED_AT).unref()
  })

  return {
    rotateTokens,
    async mount(container, root) {
      await mkdir(root, { recursive: true })
      for (const { name, mountPath, subPath = '' } of container.volumeMounts) {
        const place = join(root, mountPath)
        await mkdir(dirname(place), { recursive: true })
        await symlink(join(folder, name, subPath), place)
      }
    },
    stop() {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

function readTokens(volume: Volume): ProjectedToken[] {
  return (volume.projected?.sources ?? []).flatMap(({ serviceAccountToken }) =>
    serviceAccountToken === undefined ? [] : [serviceAccountToken],
  )
}

interface Content {
  readonly path: string
  readonly content: string
}

/**
 * As the kubelet's atomic writer: a new folder with the files, then one rename of the link `..data` makes all of them
 * appear at once. What readers open, `token`, is a link through `..data`.
 */
async function writeVersion(volume: string, version: string, contents: readonly Content[]) {
  const data = join(volume, '..data')
  const former = await readlink(data).catch(ignore('ENOENT'))
  await mkdir(join(volume, version))
  for (const { path, content } of contents) {
    await writeFile(join(volume, version, path), content, { mode: 0o600 })
  }
  await symlink(version, `${data}_tmp`)
  await rename(`${data}_tmp`, data)
  for (const { path } of contents) {
    await symlink(join('..data', path), join(volume, path)).catch(ignore('EEXIST'))
  }
  if (former !== undefined) await rm(join(volume, former), { recursive: true })
}

function ignore(code: string) {
  return (error: unknown): undefined => {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error
  }
}
