/** The mounts of a container that may use targets, and what has to give way to them. */
import type { Operation } from 'fast-json-patch'
import type { ManagedParts } from '../../parity/eks-webhook.ts'
import { createFolderFinder, toPlainPath } from '../../formats/paths.ts'
import { isSame } from '../../pod/equality.ts'
import { changeArray } from '../../pod/operations.ts'
import type { Mount } from '../../pod/pod.ts'
import { CHAIN_PREFIX, isReservedVolume } from '../../vocabulary/names.ts'
import { isAsWritten, mountsFor, type OwnMount } from '../plan/mounts.ts'
import type { Assignment } from '../request/assignment.ts'

/** The mounts, each in the place of whatever stands under its name or path; those of other targets are taken away. */
export function mountOperations(
  assignment: Assignment,
  managed: ManagedParts,
): readonly Operation[] {
  const { pointer, raw, mounts } = assignment.container
  const wanted = mountsFor(assignment)
  const standingFor = standingMounts(mounts, wanted)
  const changes = wanted.map((own) => {
    const standing = standingFor.get(own) ?? []
    const isThere = standing.length === 1 && standing.every((mount) => isSame(own, mount.raw))
    return isThere ? { removed: [], appended: [] } : { removed: standing, appended: [own] }
  })
  const names = new Set(wanted.map(({ name }) => name))
  const leftovers = mounts.filter((mount) => !names.has(mount.volume) && isAsWritten(mount))
  const removed = [...managed.mounts, ...leftovers, ...changes.flatMap((change) => change.removed)]
  return changeArray(pointer, 'volumeMounts', {
    parent: raw,
    removed: removed.map(({ index }) => index),
    appended: changes.flatMap(({ appended }) => appended),
  })
}

/** By mount of ours what stands under its name or at its path. */
function standingMounts(
  mounts: readonly Mount[],
  wanted: readonly OwnMount[],
): ReadonlyMap<OwnMount, readonly Mount[]> {
  const byName = new Map(wanted.map((own) => [own.name, own]))
  const byPath = new Map(wanted.map((own) => [own.mountPath, own]))
  const folderOf = createFolderFinder([...byPath.keys()])
  const standing = new Map<OwnMount, Mount[]>()
  for (const mount of mounts) {
    // Nearly none has such a name or path, and most are not looked at any closer.
    if (!isReservedVolume(mount.volume) && !mount.path.includes(CHAIN_PREFIX)) continue
    const named = byName.get(mount.volume)
    const placed = byPath.get(folderOf(toPlainPath(mount.path)) ?? '')
    if (named !== undefined) append(standing, named, mount)
    if (placed !== undefined && placed !== named) append(standing, placed, mount)
  }
  return standing
}

function append(standing: Map<OwnMount, Mount[]>, own: OwnMount, mount: Mount): void {
  const those = standing.get(own)
  if (those === undefined) standing.set(own, [mount])
  else those.push(mount)
}
