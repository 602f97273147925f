/**
 * Parity mode: what EKS's own webhook adds to the containers of a pod, in the same names, order and values, whichever
 * of its two methods gives the credentials. Which one does, and with what, is in `credential-source.ts`.
 */
import type { Operation } from 'fast-json-patch'
import type { JsonObject } from '../formats/json.ts'
import { changeArray } from '../pod/operations.ts'
import type { Container, Pod } from '../pod/pod.ts'
import { REGION_VARIABLES, REGIONAL_STS_VARIABLE } from '../vocabulary/names.ts'

/** Name and literal value of a variable. */
export interface NamedValue {
  readonly name: string
  readonly value: string
}

/** Where the SDKs in a pod's containers are to find credentials, and what comes along. */
export interface CredentialSource {
  readonly kind: 'web_identity' | 'container_credentials'
  /** What SDKs find the credentials by: added both or not at all. */
  readonly pair: readonly [NamedValue, NamedValue]
  readonly useRegionalSts: boolean
  /** Empty means none. */
  readonly region: string
  /** EKS's webhook looks for the volume by its name only. */
  readonly volumeName: string
  /** As it stands in the volume mount. */
  readonly mountPath: string
  readonly token: {
    /** Empty leaves the field out. */
    readonly audience: string
    /** A number, or a raw JSON number where that would lose digits. */
    readonly expirationSeconds: unknown
    readonly path: string
  }
}

/**
 * What a container gains. Each variable only where it is absent, the pairs only where both are; a container with a
 * variable of the pair, a region and the STS variable is left entirely alone.
 */
export function containerOperations(
  container: Container,
  source: CredentialSource,
): readonly Operation[] {
  const absence = readAbsence(container, source)
  if (!absence.ofPair && !absence.ofRegion && !absence.ofRegionalSts) return []
  const { pointer, raw, mounts } = container
  const { volumeName, mountPath } = source
  const hasMount = mounts.some(({ volume }) => volume === volumeName)
  const mount = { name: volumeName, readOnly: true, mountPath }
  return [
    ...changeArray(pointer, 'env', { parent: raw, appended: absentVariables(absence, source) }),
    ...changeArray(pointer, 'volumeMounts', { parent: raw, appended: hasMount ? [] : [mount] }),
  ]
}

interface Absence {
  readonly ofPair: boolean
  readonly ofRegion: boolean
  readonly ofRegionalSts: boolean
}

function readAbsence(
  { variables }: Container,
  { pair: [first, second] }: CredentialSource,
): Absence {
  const absence = { ofPair: true, ofRegion: true, ofRegionalSts: true }
  for (const { name } of variables) {
    // Not by a map: that would hash every name, and none of them is ours in most pods.
    if (name === first.name || name === second.name) absence.ofPair = false
    else if (name === REGION_VARIABLES[0] || name === REGION_VARIABLES[1]) absence.ofRegion = false
    else if (name === REGIONAL_STS_VARIABLE) absence.ofRegionalSts = false
  }
  return absence
}

function absentVariables(absence: Absence, source: CredentialSource): readonly NamedValue[] {
  const variables: NamedValue[] = []
  if (absence.ofRegionalSts && source.useRegionalSts) {
    variables.push({ name: REGIONAL_STS_VARIABLE, value: 'regional' })
  }
  if (absence.ofRegion && source.region !== '') {
    variables.push(...REGION_VARIABLES.map((name) => ({ name, value: source.region })))
  }
  if (absence.ofPair) variables.push(...source.pair)
  return variables
}

/** Says whether the volume is still to be added, as the first one, also when every container is skipped. */
export function needsVolume({ volumes }: Pod, { volumeName }: CredentialSource): boolean {
  return volumes.every(({ name }) => name !== volumeName)
}

/** The projected volume of the token. */
export function tokenVolume({ volumeName, token }: CredentialSource): JsonObject {
  const { audience, expirationSeconds, path } = token
  const projection = { ...(audience === '' ? {} : { audience }), expirationSeconds, path }
  return { name: volumeName, projected: { sources: [{ serviceAccountToken: projection }] } }
}
