/**
 * Guards the names that belong to us: no container gets a token by a mount of our volumes, and no foreign object takes
 * our place.
 */
import { SIDECAR_CONTAINER_NAME } from '../../../../sidecar/contract.ts'
import type { Assignment } from '../request/assignment.ts'
import type { Pod } from '../../pod/pod.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { isReservedVolume } from '../../vocabulary/names.ts'
import { isAsWritten, mountsFor } from './mounts.ts'

/** What is asked of an assignment here. */
type Entitled = Pick<Assignment, 'container' | 'targets'>

/**
 * Mounts of our volumes by containers that are not entitled to them, also while the volume is still to be added. In a
 * container with a target, one that stands as we write them is left from other targets of a copied pod: it is taken
 * away.
 */
export function findUnentitledMounts(assignments: readonly Entitled[]): readonly Finding[] {
  return assignments.flatMap((assignment) => {
    const { container, targets } = assignment
    const entitled = new Set(mountsFor(assignment).map(({ name }) => name))
    return container.mounts
      .filter(({ volume }) => isReservedVolume(volume) && !entitled.has(volume))
      .filter((mount) => targets.length === 0 || !isAsWritten(mount))
      .map(({ volume }) => ({
        reason: 'reserved_name',
        message: `container '${container.name}': it mounts the volume '${volume}', which belongs to rolechain and holds what this container may not have; remove the mount`,
      }))
  })
}

/** A container of our name among the ordinary ones; one among the init containers is replaced where it differs. */
export function findImpostors({ containers }: Pod): readonly Finding[] {
  return containers
    .filter(({ name }) => name === SIDECAR_CONTAINER_NAME)
    .map(() => ({
      reason: 'reserved_name',
      message: `container '${SIDECAR_CONTAINER_NAME}': the name belongs to rolechain; give the container another name`,
    }))
}

/** What has our names in a pod that asks for no target. No container has a right to it. */
export function findLeftovers(pod: Pod): readonly Finding[] {
  const sidecars = pod.sidecars.map((): Finding => ({
    reason: 'reserved_name',
    message: `init container '${SIDECAR_CONTAINER_NAME}': neither the pod nor its service account asks for a target, so nothing may stand under rolechain's name; remove it, or name the target`,
  }))
  return [
    ...sidecars,
    ...findImpostors(pod),
    ...findUnentitledMounts(pod.containers.map((container) => ({ container, targets: [] }))),
  ]
}
