/** Parity mode: what EKS's own webhook adds to a pod whose service account has a role, in the same names, order and values. */
import type { Operation } from 'fast-json-patch'
import type { Annotations } from './annotations.ts'
import type { Configuration } from './configuration.ts'
import { readGoBoolean, readGoInteger } from './go-values.ts'
import type { JsonObject } from './json.ts'
import { changeArray } from './patch.ts'
import { selectsWindows, type Container, type Pod } from './pod.ts'
import { WEB_IDENTITY_FILE } from './token-file.ts'
import { readPartition } from './values.ts'

/** Name of the volume, as EKS's webhook calls it: it looks for the volume by its name only. */
export const WEB_IDENTITY_VOLUME = 'aws-iam-token'

export const ROLE_VARIABLE = 'AWS_ROLE_ARN'
export const WEB_IDENTITY_FILE_VARIABLE = 'AWS_WEB_IDENTITY_TOKEN_FILE'
export const REGIONAL_STS_VARIABLE = 'AWS_STS_REGIONAL_ENDPOINTS'
const REGION_VARIABLES = ['AWS_DEFAULT_REGION', 'AWS_REGION'] as const

/** Below this Kubernetes refuses the token. */
const MINIMUM_EXPIRATION = 600

/** A service account's role with all that goes with it. */
export interface WebIdentity {
  readonly roleArn: string
  readonly isRoleArnWellFormed: boolean
  /** Empty leaves the field out. */
  readonly audience: string
  readonly useRegionalSts: boolean
  /** A number, or a raw JSON number where that would lose digits. */
  readonly expirationSeconds: unknown
  /** As it stands in the volume mount. */
  readonly mountPath: string
  /** As it stands in the variable. */
  readonly tokenFile: string
  readonly region: string
}

/** The role that the service account gives by web identity; null when it gives none. */
export function readWebIdentity(
  pod: Pod,
  serviceAccount: Annotations,
  { parity, tokenFiles }: Configuration,
): WebIdentity | null {
  const key = (name: string) => `${parity.annotationPrefix}/${name}`
  const roleArn = serviceAccount[key('role-arn')]
  if (roleArn === undefined || roleArn === '') return null
  const expiration = key('token-expiration')
  return {
    roleArn,
    isRoleArnWellFormed: readPartition(roleArn) !== null,
    audience: serviceAccount[key('audience')] ?? parity.tokenAudience,
    useRegionalSts:
      readGoBoolean(serviceAccount[key('sts-regional-endpoints')]) ?? parity.useRegionalSts,
    expirationSeconds:
      readExpiration(pod.annotations[expiration]) ??
      readExpiration(serviceAccount[expiration]) ??
      parity.tokenExpirationSeconds,
    mountPath: parity.tokenMountPath,
    tokenFile: selectsWindows(pod) ? tokenFiles.windows : tokenFiles.linux,
    region: parity.defaultRegion,
  }
}

/**
 * What a container gains. Each variable only where it is absent, the pairs only where both are; a container with a variable of the
 * pair, a region and the STS variable is left entirely alone.
 */
export function webIdentityOperations(
  container: Container,
  identity: WebIdentity,
): readonly Operation[] {
  const absence = readAbsence(container)
  if (!absence.ofPair && !absence.ofRegion && !absence.ofRegionalSts) return []
  const { pointer, raw, mounts } = container
  const hasMount = mounts.some(({ volume }) => volume === WEB_IDENTITY_VOLUME)
  const mount = { name: WEB_IDENTITY_VOLUME, readOnly: true, mountPath: identity.mountPath }
  return [
    ...changeArray(pointer, 'env', { parent: raw, appended: absentVariables(absence, identity) }),
    ...changeArray(pointer, 'volumeMounts', { parent: raw, appended: hasMount ? [] : [mount] }),
  ]
}

interface Absence {
  readonly ofPair: boolean
  readonly ofRegion: boolean
  readonly ofRegionalSts: boolean
}

const VARIABLE_GROUPS: ReadonlyMap<string, keyof Absence> = new Map([
  [ROLE_VARIABLE, 'ofPair'],
  [WEB_IDENTITY_FILE_VARIABLE, 'ofPair'],
  ...REGION_VARIABLES.map((name) => [name, 'ofRegion'] as const),
  [REGIONAL_STS_VARIABLE, 'ofRegionalSts'],
])

function readAbsence({ variables }: Container): Absence {
  const absence = { ofPair: true, ofRegion: true, ofRegionalSts: true }
  for (const { name } of variables) {
    const group = VARIABLE_GROUPS.get(name)
    if (group !== undefined) absence[group] = false
  }
  return absence
}

function absentVariables(absence: Absence, identity: WebIdentity): readonly JsonObject[] {
  const variables: JsonObject[] = []
  if (absence.ofRegionalSts && identity.useRegionalSts) {
    variables.push({ name: REGIONAL_STS_VARIABLE, value: 'regional' })
  }
  if (absence.ofRegion && identity.region !== '') {
    variables.push(...REGION_VARIABLES.map((name) => ({ name, value: identity.region })))
  }
  if (absence.ofPair) {
    variables.push(
      { name: ROLE_VARIABLE, value: identity.roleArn },
      { name: WEB_IDENTITY_FILE_VARIABLE, value: identity.tokenFile },
    )
  }
  return variables
}

/** Says whether the volume is still to be added, as the first one, also when every container is skipped. */
export function needsWebIdentityVolume({ volumes }: Pod): boolean {
  return volumes.every(({ name }) => name !== WEB_IDENTITY_VOLUME)
}

/** The projected volume of the token. */
export function webIdentityVolume({ audience, expirationSeconds }: WebIdentity): JsonObject {
  const token = {
    ...(audience === '' ? {} : { audience }),
    expirationSeconds,
    path: WEB_IDENTITY_FILE,
  }
  return { name: WEB_IDENTITY_VOLUME, projected: { sources: [{ serviceAccountToken: token }] } }
}

function readExpiration(text: string | undefined): unknown {
  const value = readGoInteger(text)
  if (value === null) return undefined
  const seconds = value < MINIMUM_EXPIRATION ? BigInt(MINIMUM_EXPIRATION) : value
  return Number.isSafeInteger(Number(seconds)) ? Number(seconds) : rawJson(seconds.toString())
}

/** A number that keeps all its digits in JSON.stringify; part of ES2026, which the type library does not know yet. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
