/**
 * The rules of parity mode, written again from their description: slow and obvious, and independent of the webhook, so
 * that the two can be compared.
 */
import { posix } from 'node:path'
import { withInjection } from './additions.ts'
import type { Injection } from './additions.ts'
import { parseGoBoolean, parseGoCsvRecord, parseGoInteger } from './go-text.ts'
import type { Pod } from './pod.ts'
import type { FlagSettings, MappingEntry, ServiceAccount, World } from './world.ts'

/** A pod on its way through admission. */
export interface Admission {
  /** The request's, whatever the pod says. */
  readonly namespace: string
  readonly pod: Pod
}

/** Draws a whole number from a range, both ends included. */
export type Draw = (from: number, to: number) => number

/** The pod as it comes out of admission. */
export function expectPod(world: World, admission: Admission, draw: Draw): Pod {
  const { pod } = admission
  const injection = containerCredentials(world, admission, draw) ?? webIdentity(world, admission)
  if (injection === undefined) return pod
  return withInjection(pod, injection, skippedContainers(world.flags, pod))
}

// The method.

function containerCredentials(
  world: World,
  { namespace, pod }: Admission,
  draw: Draw,
): Injection | undefined {
  const name = pod.spec.serviceAccountName
  const isListed = (world.identities ?? []).some(
    (identity) => identity.namespace === namespace && identity.serviceAccount === name,
  )
  if (!isListed) return undefined
  const settings = world.flags.containerCredentials
  const { regional, expirationSeconds } = commonSettings(world, namespace, name)
  const wanted = podExpiration(world.flags, pod) ?? expirationSeconds
  return {
    regional,
    region: world.flags.awsDefaultRegion,
    pair: [
      { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: settings.fullUri },
      {
        name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
        value: tokenFile(pod, settings.tokenMountPath, settings.tokenPath),
      },
    ],
    volumeName: settings.tokenVolumeName,
    mountPath: settings.tokenMountPath,
    tokenPath: settings.tokenPath,
    audience: settings.audience,
    // Exactly a day is spread, so that not all tokens end at the same time.
    expirationSeconds: wanted === 86_400n ? BigInt(draw(79_200, 86_400)) : wanted,
    labels: { 'eks.amazonaws.com/pod-identity': 'enabled' },
  }
}

/** What the container credentials method takes from elsewhere than its file. */
function commonSettings(
  world: World,
  namespace: string,
  name: string,
): { readonly regional: boolean; readonly expirationSeconds: bigint } {
  const serviceAccount = findServiceAccount(world, namespace, name)
  if (serviceAccount !== undefined) {
    return {
      regional: regionalOf(world.flags, serviceAccount),
      expirationSeconds: expirationOf(world.flags, serviceAccount),
    }
  }
  const entry = world.mapping?.[`${namespace}/${name}`]
  if (entry !== undefined) {
    return {
      regional: entry.UseRegionalSTS ?? false,
      expirationSeconds: mappedExpiration(world.flags, entry),
    }
  }
  return { regional: false, expirationSeconds: 86_400n }
}

function webIdentity(world: World, { namespace, pod }: Admission): Injection | undefined {
  const { flags } = world
  const name = pod.spec.serviceAccountName
  const found = roleOf(world, namespace, name)
  if (found === undefined) return undefined
  return {
    regional: found.regional,
    region: flags.awsDefaultRegion,
    pair: [
      { name: 'AWS_ROLE_ARN', value: found.roleArn },
      {
        name: 'AWS_WEB_IDENTITY_TOKEN_FILE',
        value: tokenFile(pod, flags.tokenMountPath, 'token'),
      },
    ],
    volumeName: 'aws-iam-token',
    mountPath: flags.tokenMountPath,
    tokenPath: 'token',
    audience: found.audience,
    expirationSeconds: podExpiration(flags, pod) ?? found.expirationSeconds,
    labels: {},
  }
}

interface Role {
  readonly roleArn: string
  readonly audience: string
  readonly regional: boolean
  readonly expirationSeconds: bigint
}

/** Annotations, then the exact key, then `*`; whichever is first says all. */
function roleOf(world: World, namespace: string, name: string): Role | undefined {
  const { flags, mapping } = world
  const serviceAccount = findServiceAccount(world, namespace, name)
  const annotated = serviceAccount && annotatedRole(flags, serviceAccount)
  if (annotated !== undefined) return annotated
  const entry = mapping?.[`${namespace}/${name}`] ?? mapping?.[`*/${name}`]
  return entry && mappedRole(flags, entry)
}

function annotatedRole(flags: FlagSettings, serviceAccount: ServiceAccount): Role | undefined {
  const roleArn = annotatedRoleArn(flags, serviceAccount)
  if (roleArn === undefined) return undefined
  return {
    roleArn,
    audience: annotationOf(flags, serviceAccount, 'audience') ?? flags.tokenAudience,
    regional: regionalOf(flags, serviceAccount),
    expirationSeconds: expirationOf(flags, serviceAccount),
  }
}

function mappedRole(flags: FlagSettings, entry: MappingEntry): Role | undefined {
  const { RoleARN: roleArn = '', Audience: audience = '', UseRegionalSTS: regional = false } = entry
  if (roleArn === '') return undefined
  return {
    roleArn,
    // A missing audience is the default one.
    audience: audience === '' ? flags.tokenAudience : audience,
    regional,
    expirationSeconds: mappedExpiration(flags, entry),
  }
}

function annotatedRoleArn(flags: FlagSettings, serviceAccount: ServiceAccount): string | undefined {
  const text = annotationOf(flags, serviceAccount, 'role-arn')
  // Nothing is no name.
  if (text === undefined || text === '') return undefined
  if (flags.composed === undefined || text.includes('arn:')) return text
  return `arn:${flags.composed.partition}:iam::${flags.composed.awsAccountId}:role/${text}`
}

// What annotations and the mapping say.

function findServiceAccount(
  world: World,
  namespace: string,
  name: string,
): ServiceAccount | undefined {
  return world.serviceAccounts.find(
    (serviceAccount) => serviceAccount.namespace === namespace && serviceAccount.name === name,
  )
}

function annotationOf(
  flags: FlagSettings,
  serviceAccount: ServiceAccount,
  key: string,
): string | undefined {
  return serviceAccount.annotations[`${flags.annotationPrefix}/${key}`]
}

function regionalOf(flags: FlagSettings, serviceAccount: ServiceAccount): boolean {
  const text = annotationOf(flags, serviceAccount, 'sts-regional-endpoints')
  return (text === undefined ? undefined : parseGoBoolean(text)) ?? flags.stsRegionalEndpoint
}

function expirationOf(flags: FlagSettings, serviceAccount: ServiceAccount): bigint {
  const text = annotationOf(flags, serviceAccount, 'token-expiration')
  return readExpiration(text) ?? atLeast600(flags.tokenExpiration)
}

function podExpiration(flags: FlagSettings, pod: Pod): bigint | undefined {
  return readExpiration(pod.metadata.annotations?.[`${flags.annotationPrefix}/token-expiration`])
}

function readExpiration(text: string | undefined): bigint | undefined {
  const seconds = text === undefined ? undefined : parseGoInteger(text)
  return seconds === undefined ? undefined : atLeast600(seconds)
}

/** Not clamped. */
function mappedExpiration(flags: FlagSettings, entry: MappingEntry): bigint {
  const { TokenExpiration: seconds = 0 } = entry
  return seconds === 0 ? atLeast600(flags.tokenExpiration) : BigInt(seconds)
}

function atLeast600(seconds: bigint): bigint {
  return seconds < 600n ? 600n : seconds
}

function skippedContainers(flags: FlagSettings, pod: Pod): readonly string[] {
  const text = pod.metadata.annotations?.[`${flags.annotationPrefix}/skip-containers`]
  return (text === undefined ? undefined : parseGoCsvRecord(text)) ?? []
}

function tokenFile(pod: Pod, mountPath: string, tokenPath: string): string {
  const path = posix.join(mountPath, tokenPath)
  const { nodeSelector } = pod.spec
  const isWindows =
    nodeSelector?.['kubernetes.io/os'] === 'windows' ||
    nodeSelector?.['beta.kubernetes.io/os'] === 'windows'
  return isWindows ? `C:${path.replaceAll('/', '\\')}` : path
}
