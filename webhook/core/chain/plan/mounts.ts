/** The mounts that a container gains, as they are to stand there. */
import { endpointTokenFolder, PROFILES_FOLDER } from '../../../../sidecar/contract.ts'
import type { JsonObject } from '../../formats/json.ts'
import { isSame } from '../../pod/equality.ts'
import type { Mount } from '../../pod/pod.ts'
import { endpointTokenVolume, PROFILES_VOLUME, targetOfVolume } from '../../vocabulary/names.ts'
import type { Assignment } from '../request/assignment.ts'
import { hasProfiles } from './profiles.ts'

/** A mount as it is written, all fields of it. */
export interface OwnMount extends JsonObject {
  readonly name: string
  readonly mountPath: string
  readonly readOnly: true
}

/** Of a target's endpoint token, in the sidecar and in containers alike. */
export function endpointTokenMount(target: string): OwnMount {
  return {
    name: endpointTokenVolume(target),
    mountPath: endpointTokenFolder(target),
    readOnly: true,
  }
}

/** Without a sub path: the sidecar puts the files there after the mount was made, and again after each start. */
const PROFILES_MOUNT: OwnMount = {
  name: PROFILES_VOLUME,
  mountPath: PROFILES_FOLDER,
  readOnly: true,
}

/** All that a container is entitled to. */
export function mountsFor(assignment: Pick<Assignment, 'targets'>): readonly OwnMount[] {
  const tokens = assignment.targets.map(({ name }) => endpointTokenMount(name))
  return hasProfiles(assignment) ? [...tokens, PROFILES_MOUNT] : tokens
}

/** Says whether a mount stands as we write one, whatever the target: a copied pod may have had others. */
export function isAsWritten({ volume, raw }: Mount): boolean {
  const target = targetOfVolume(volume)
  if (target !== null) return isSame(endpointTokenMount(target), raw)
  return volume === PROFILES_VOLUME && isSame(PROFILES_MOUNT, raw)
}
