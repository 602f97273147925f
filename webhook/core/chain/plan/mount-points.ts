/** What a container mounts where its endpoint token is to be mounted, or over the folders above. */
import { endpointTokenFolder } from '../../../../sidecar/contract.ts'
import type { Assignment } from '../request/assignment.ts'
import { isObject, textAt, type JsonObject } from '../../formats/json.ts'
import { toPlainPath } from '../../formats/paths.ts'
import type { Container, Mount, Volume } from '../../pod/pod.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { shorten } from '../../formats/name-list.ts'
import { isReservedVolume, isTokenPath } from '../../vocabulary/names.ts'

/** All that the owner of the pod is to know of such mounts, container by container. */
export function findMountsInTheWay(
  assignments: readonly Pick<Assignment, 'container' | 'target'>[],
  volumes: readonly Volume[],
): readonly Finding[] {
  return assignments.flatMap(({ container, target }) =>
    target === null
      ? []
      : sentences(container, target, volumes).map((sentence) => ({
          reason: 'reserved_name',
          message: `container '${container.name}': ${sentence}`,
        })),
  )
}

function sentences(
  { mounts }: Container,
  target: string,
  volumes: readonly Volume[],
): readonly string[] {
  // Nearly no mount is there, and most are not looked at any closer.
  const others = mounts.filter(
    ({ volume, path }) => /var|run/.test(path) && !isReservedVolume(volume),
  )
  if (others.length === 0) return []
  const replaced = others.filter(({ path }) => isTokenPath(path, target))
  const hidden = others.filter(({ path }) => isTokenPath(throughLink(path), target))
  return [
    ...group(replaced, (place) => {
      return `its mount at ${place} gives way to the token of its target, since the path belongs to rolechain; mount the volume elsewhere`
    }),
    ...group(
      hidden.filter((mount) => !replaced.includes(mount)),
      (place) =>
        `its mount at ${place} is hidden by the token of its target where ${LINK} is a link to ${LINKED}; mount the volume elsewhere`,
    ),
    ...blockingParent(others, target, volumes),
  ]
}

function group(
  [first, ...others]: readonly Mount[],
  say: (place: string) => string,
): readonly string[] {
  if (first === undefined) return []
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return [say(`${shorten(first.path)}${more}`)]
}

/** Of most images a link to the other. */
const LINK = '/var/run'
const LINKED = '/run'

function throughLink(path: string): string {
  const plain = toPlainPath(path)
  return plain === LINKED || plain.startsWith(`${LINKED}/`) ? `/var${plain}` : path
}

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
  mounts: readonly Mount[],
  target: string,
  volumes: readonly Volume[],
): readonly string[] {
  const [parent] = parentsOf(endpointTokenFolder(target)).flatMap((path) =>
    mounts.filter((mount) => toPlainPath(mount.path) === path),
  )
  if (parent === undefined) return []
  const volume = volumes.find(({ name }) => name === parent.volume)?.raw ?? {}
  const isByLink = !isAbove(parent)
  if (!isReadOnly(parent, volume) || (!isByLink && isMadeByKubelet(parent, volume))) return []
  const where = isByLink ? `, where ${LINK} is a link to ${LINKED}` : ''
  return [
    `its read-only mount at ${shorten(parent.path)} leaves no place for its target's token below${where}: it may not start; mount the volume elsewhere`,
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

function isAbove({ path }: Mount): boolean {
  return toPlainPath(path).startsWith('/var')
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
