/** What a container mounts where something of ours is to be mounted, or over the folders above. */
import { PROFILES_FOLDER } from '../../../../sidecar/contract.ts'
import type { Assignment } from '../request/assignment.ts'
import { isObject, textAt, type JsonObject } from '../../formats/json.ts'
import { createFolderFinder, isWithin, parentOf, toPlainPath } from '../../formats/paths.ts'
import type { Container, Mount, Volume } from '../../pod/pod.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { shorten } from '../../formats/name-list.ts'
import { isReservedVolume } from '../../vocabulary/names.ts'
import { mountsFor } from './mounts.ts'

/** All that the owner of the pod is to know of such mounts, container by container. */
export function findMountsInTheWay(
  assignments: readonly Pick<Assignment, 'container' | 'targets'>[],
  volumes: readonly Volume[],
): readonly Finding[] {
  return assignments.flatMap(({ container, targets }) => {
    const folders = mountsFor({ targets }).map(({ mountPath }) => mountPath)
    return sentences(container, folders, volumes).map((sentence) => ({
      reason: 'reserved_name',
      message: `container '${container.name}': ${sentence}`,
    }))
  })
}

/** A mount with the one spelling of its path. */
interface Placed {
  readonly mount: Mount
  readonly path: string
  /** The folder of ours in which it stands; undefined where it stands elsewhere. */
  readonly folder: string | undefined
}

function sentences(
  { mounts }: Container,
  folders: readonly string[],
  volumes: readonly Volume[],
): readonly string[] {
  // Nearly no mount is there, and most are not looked at any closer.
  const others = mounts.filter(
    ({ volume, path }) => /var|run|opt/.test(path) && !isReservedVolume(volume),
  )
  if (others.length === 0) return []
  const folderOf = createFolderFinder(folders)
  const placed = others.map((mount): Placed => {
    const path = toPlainPath(mount.path)
    return { mount, path, folder: folderOf(path) }
  })
  const hidden = placed
    .filter(({ path, folder }) => folder === undefined && isWithin(path, LINKED))
    .map(({ mount, path }): Placed => ({ mount, path, folder: folderOf(`/var${path}`) }))
  return [
    ...group(placed, (place, what) => {
      return `its mount at ${place} gives way to ${what}, since the path belongs to rolechain; mount the volume elsewhere`
    }),
    ...group(hidden, (place, what) => {
      return `its mount at ${place} is hidden by ${what} where ${LINK} is a link to ${LINKED}; mount the volume elsewhere`
    }),
    ...blockedPlaces(placed, folders, volumes),
  ]
}

function blockedPlaces(
  placed: readonly Placed[],
  folders: readonly string[],
  volumes: readonly Volume[],
): readonly string[] {
  const asked = withOtherParents(folders)
  const parents = new Set(asked.flatMap(parentsOf))
  const byPath = new Map<string, Placed>()
  for (const one of placed)
    if (parents.has(one.path) && !byPath.has(one.path)) byPath.set(one.path, one)
  return asked.flatMap((folder) => blockingParent(byPath, folder, volumes))
}

/** One folder for each parent: what blocks one blocks all below the same. */
function withOtherParents(folders: readonly string[]): readonly string[] {
  const parents = folders.map(parentOf)
  return folders.filter((_, index) => parents.indexOf(parents[index] ?? '') === index)
}

/** What of ours stands in a folder. */
function contentOf(folder: string): string {
  return folder === PROFILES_FOLDER ? 'the files of its profiles' : 'the token of its target'
}

/** One sentence for each content of the folders that mounts stand in. */
function group(
  placed: readonly Placed[],
  say: (place: string, what: string) => string,
): readonly string[] {
  const standing = placed.filter(({ folder }) => folder !== undefined)
  const groups = Map.groupBy(standing, ({ folder = '' }) => contentOf(folder))
  return [...groups].map(([what, [first, ...others]]) => {
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`
    return say(`${shorten(first?.mount.path ?? '')}${more}`, what)
  })
}

/** Of most images a link to the other. */
const LINK = '/var/run'
const LINKED = '/run'

/**
 * The folder for our mount has to be made in what is mounted over one of its parents, the nearest of them.
 *
 *   the volume                            | mounted at       | folder
 *   ------------------------------------- | ---------------- | ------
 *   can be written                        | any              | made by the container runtime
 *   Secret, ConfigMap and the like, whole | above our path   | made by the kubelet, which goes by the text of paths
 *   the same                              | `/run` and below | cannot be made where `/var/run` leads there
 *   another that is read-only, or a part  | any              | cannot be made
 */
function blockingParent(
  byPath: ReadonlyMap<string, Placed>,
  folder: string,
  volumes: readonly Volume[],
): readonly string[] {
  const [parent] = parentsOf(folder).flatMap((path) => byPath.get(path) ?? [])
  if (parent === undefined) return []
  const { mount, path } = parent
  const volume = volumes.find(({ name }) => name === mount.volume)?.raw ?? {}
  const isByLink = !isWithin(folder, path)
  if (!isReadOnly(mount, volume) || (!isByLink && isMadeByKubelet(mount, volume))) return []
  const content = folder === PROFILES_FOLDER ? 'the files of its profiles' : "its target's token"
  const where = isByLink ? `, where ${LINK} is a link to ${LINKED}` : ''
  return [
    `its read-only mount at ${shorten(mount.path)} leaves no place for ${content} below${where}: it may not start; mount the volume elsewhere`,
  ]
}

/** The nearest first, each by way of the link too. */
function parentsOf(folder: string): readonly string[] {
  const names = folder.split('/').slice(1, -1)
  return names.flatMap((_, index) => {
    const path = `/${names.slice(0, names.length - index).join('/')}`
    return path.startsWith(LINK) ? [path, path.slice('/var'.length)] : [path]
  })
}

/** Their volumes are read-only for containers, and get folders for what the pod mounts inside them. */
const API_VOLUMES = ['secret', 'configMap', 'downwardAPI', 'projected']

function isReadOnly({ raw }: Mount, volume: JsonObject): boolean {
  return (
    raw['readOnly'] === true ||
    [...API_VOLUMES, 'image'].some((kind) => isObject(volume[kind])) ||
    Object.values(volume).some((source) => isObject(source) && source['readOnly'] === true)
  )
}

function isMadeByKubelet({ raw }: Mount, volume: JsonObject): boolean {
  const isWhole = textAt(raw, 'subPath') === '' && textAt(raw, 'subPathExpr') === ''
  return isWhole && API_VOLUMES.some((kind) => isObject(volume[kind]))
}
