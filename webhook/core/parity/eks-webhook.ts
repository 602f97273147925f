/**
 * Recognises what EKS's webhook (or our own parity mode) added to a pod before it asked for a target: in a chain pod it
 * would shadow the endpoint, so it is taken away. What somebody wrote by hand is not touched: it differs in the role or
 * the path.
 */
import { PARITY_DEFAULTS, type ParityConfiguration } from '../configuration/configuration.ts'
import type { Container, Mount, Pod, Variable } from '../pod/pod.ts'
import { findVariable } from '../pod/pod.ts'
import {
  FULL_URI_VARIABLE,
  TOKEN_FILE_VARIABLE,
  ROLE_VARIABLE,
  WEB_IDENTITY,
  WEB_IDENTITY_FILE_VARIABLE,
} from '../vocabulary/names.ts'
import { joinPath } from '../formats/paths.ts'

/** What is removed from one container. */
export interface ManagedParts {
  readonly variables: readonly Variable[]
  readonly mounts: readonly Mount[]
}

const EKS_TOKEN_FILE = joinPath(PARITY_DEFAULTS.tokenMountPath, WEB_IDENTITY.file)

/** EKS Pod Identity, as EKS's own webhook writes it. */
const EKS_POD_IDENTITY = PARITY_DEFAULTS.containerCredentials
/** Its agent on nodes of IPv6 clusters: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html */
const EKS_POD_IDENTITY_IPV6 = 'http://[fd00:ec2::23]/v1/credentials'
const EKS_POD_IDENTITY_FILE = joinPath(EKS_POD_IDENTITY.tokenMountPath, EKS_POD_IDENTITY.tokenPath)

const NONE: ManagedParts = { variables: [], mounts: [] }

/** The URL of the agent, where EKS's webhook wrote EKS Pod Identity into a container; else null. */
export function readPodIdentityUrl(
  container: Container,
  configuration: ParityConfiguration,
): string | null {
  if (!hasPodIdentity(container, configuration)) return null
  return findVariable(container.variables, FULL_URI_VARIABLE)?.value ?? null
}

/** The parts of a container that EKS's webhook wrote. Its region and STS variables may stay: they shadow nothing. */
export function readManagedParts(
  container: Container,
  baseRole: string | null,
  configuration: ParityConfiguration,
): ManagedParts {
  const { parity, tokenFiles } = configuration
  const ours = parity.containerCredentials
  const folders = [PARITY_DEFAULTS.tokenMountPath, parity.tokenMountPath]
  const files = [EKS_TOKEN_FILE, tokenFiles.linux]
  const webIdentity = hasPair(
    container,
    [ROLE_VARIABLE, [baseRole ?? '']],
    [WEB_IDENTITY_FILE_VARIABLE, files],
  )
    ? partsOf(container, {
        names: [ROLE_VARIABLE, WEB_IDENTITY_FILE_VARIABLE],
        volumes: [WEB_IDENTITY.volume],
        folders,
      })
    : NONE
  const podIdentity = hasPodIdentity(container, configuration)
    ? partsOf(container, {
        names: [FULL_URI_VARIABLE, TOKEN_FILE_VARIABLE],
        volumes: [EKS_POD_IDENTITY.tokenVolumeName, ours.tokenVolumeName],
        folders: [EKS_POD_IDENTITY.tokenMountPath, ours.tokenMountPath],
      })
    : NONE
  return {
    variables: [...webIdentity.variables, ...podIdentity.variables],
    mounts: [...webIdentity.mounts, ...podIdentity.mounts],
  }
}

function hasPodIdentity(
  container: Container,
  { parity: { containerCredentials }, podIdentityTokenFiles }: ParityConfiguration,
): boolean {
  const { fullUri } = containerCredentials
  return hasPair(
    container,
    [FULL_URI_VARIABLE, [EKS_POD_IDENTITY.fullUri, EKS_POD_IDENTITY_IPV6, fullUri]],
    [TOKEN_FILE_VARIABLE, [EKS_POD_IDENTITY_FILE, podIdentityTokenFiles.linux]],
  )
}

/**
 * The URL of the agent as the sidecar gets it: by what EKS has written into a container, or we from there into a
 * sidecar that stands; else the setting's.
 */
export function decideAgentUrl(pod: Pod, configuration: ParityConfiguration): string {
  const { fullUri } = configuration.parity.containerCredentials
  const ofEks = pod.containers.flatMap((one) => readPodIdentityUrl(one, configuration) ?? [])
  const ofSidecar = pod.sidecars.flatMap(
    ({ variables }) => findVariable(variables, FULL_URI_VARIABLE)?.value ?? [],
  )
  const known = [fullUri, EKS_POD_IDENTITY.fullUri, EKS_POD_IDENTITY_IPV6]
  const found = [...ofEks, ...ofSidecar].map(toPlainUri)
  return known.find((url) => found.includes(toPlainUri(url))) ?? fullUri
}

/** Indices of the volumes that no container mounts any more once the parts are gone. Those in `kept` stay. */
export function unusedVolumes(
  pod: Pod,
  removed: ReadonlyMap<Container, ManagedParts>,
  kept: ReadonlySet<string>,
): readonly number[] {
  const freed = new Set(
    [...removed.values()].flatMap(({ mounts }) => mounts.map(({ volume }) => volume)),
  )
  const stillUsed = new Set(
    pod.containers.flatMap((container) => {
      const gone = new Set(removed.get(container)?.mounts)
      return container.mounts.filter((mount) => !gone.has(mount)).map(({ volume }) => volume)
    }),
  )
  return pod.volumes
    .filter(({ name }) => freed.has(name) && !stillUsed.has(name) && !kept.has(name))
    .map(({ index }) => index)
}

type Expected = readonly [name: string, values: readonly string[]]

function hasPair({ variables }: Container, ...pair: readonly Expected[]): boolean {
  return pair.every(([name, values]) => {
    const value = findVariable(variables, name)?.value
    if (value == null || value === '') return false
    return values.includes(value) || values.map(toPlainUri).includes(toPlainUri(value))
  })
}

/** Longest that is read as a URI: those of EKS are far shorter, and reading costs. */
const URI_LENGTH = 128

/**
 * One spelling of equal URIs: an IPv6 address has many, a port of 80 may be left out. What is no URI of HTTP stays as
 * it is.
 */
function toPlainUri(value: string): string {
  if (value.length > URI_LENGTH || !/^http:/i.test(value)) return value
  return URL.parse(value)?.href ?? value
}

function partsOf(
  { variables, mounts }: Container,
  {
    names,
    volumes,
    folders,
  }: {
    readonly names: readonly string[]
    readonly volumes: readonly string[]
    readonly folders: readonly string[]
  },
): ManagedParts {
  return {
    variables: variables.filter(({ name }) => names.includes(name)),
    mounts: mounts.filter(({ volume, path }) => volumes.includes(volume) && folders.includes(path)),
  }
}
