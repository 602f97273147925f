/** The rules of the boundary for pods, and how a pod is forged against one. */
import jsonPatch from 'fast-json-patch'

/** The rules of the boundary for pods, each by words that only its message has. */
export const RULES = {
  irsa: 'IAM roles for service accounts',
  mounts: 'only the container rolechain-sidecar may mount',
  sidecar: 'needs the init container rolechain-sidecar',
  image: 'the image of rolechain-sidecar is not one',
  restart: 'has to have restartPolicy',
  fields: 'runs nothing but its image',
  probe: 'the startup probe of',
  resources: 'no other resources',
  security: 'the securityContext of',
  termination: 'its termination message elsewhere',
  variables: 'a variable that the webhook does not give',
  fromPod: "from the pod's own fields",
  literals: 'attested tags of rolechain-sidecar are not',
  values: 'as plain values',
  sidecarMounts: 'has a mount that is not',
  tokenVolume: 'the volume rolechain-sts-token has to hold',
  stateVolume: 'the volume rolechain-state holds sessions',
  profilesVolume: 'the volume rolechain-profiles holds',
  profilesMounts: 'rolechain-profiles is for containers',
  profilesPlace: 'nothing else may be mounted at or below',
  agent: 'may send it to nobody but',
  podIdentityVolume: 'the volume rolechain-pod-identity-token has to hold',
  endpointVolume: 'a volume rolechain-token-',
  host: 'may not use the node',
  processes: 'may not share its process namespace',
  written: 'has to hold the ARNs of its chains',
  roles: 'the policy of this cluster does not let',
} as const

export type Rule = keyof typeof RULES

/** Those that are tried with {@link severalTargets}. */
export const PROFILE_RULES = ['profilesVolume', 'profilesMounts', 'profilesPlace'] as const

export type ProfileRule = (typeof PROFILE_RULES)[number]

/** Says whether a rule is one of {@link PROFILE_RULES}. */
export function isProfileRule(rule: string): rule is ProfileRule {
  return PROFILE_RULES.some((name) => name === rule)
}

/** The annotation of a pod whose containers have several targets, one of them named as a single one is. */
export function severalTargets(roleArn: string): Readonly<Record<string, string>> {
  const chain = `chain: [{roleArn: '${roleArn}'}]`
  return { 'rolechain.io/targets': `{default: {${chain}}, other: {${chain}}}` }
}

/** Those that are tried with {@link ASSOCIATED}. */
export const POD_IDENTITY_RULES = ['agent', 'podIdentityVolume'] as const

export type PodIdentityRule = (typeof POD_IDENTITY_RULES)[number]

/** Says whether a rule is one of {@link POD_IDENTITY_RULES}. */
export function isPodIdentityRule(rule: string): rule is PodIdentityRule {
  return POD_IDENTITY_RULES.some((name) => name === rule)
}

/** The annotation of a pod that begins with EKS Pod Identity, and ends with it. */
export const ASSOCIATED = { 'rolechain.io/source': 'pod-identity' } as const

/** One operation of a JSON patch; a segment `=name` of its path is the element of that name. */
export type Change =
  readonly ['add' | 'replace', path: string, value: unknown] | readonly ['remove', path: string]

/** By what is forged: how. */
export type Forgeries = Readonly<Record<string, readonly Change[]>>

/** The forged pod. */
export function forged(pod: object, changes: readonly Change[]): object {
  return changes.reduce<object>((before, [op, path, value]) => {
    const copy = structuredClone(before)
    const operation = { op, path: toPointer(copy, path), value } as jsonPatch.Operation
    return jsonPatch.applyPatch(copy, [operation], true).newDocument
  }, pod)
}

/** Puts indices in the place of names. */
function toPointer(document: unknown, path: string): string {
  let value = document
  const segments = path.split('/').slice(1)
  const pointer = segments.map((segment) => {
    const key =
      segment.startsWith('=') && Array.isArray(value)
        ? String(value.findIndex(({ name }: { name?: string }) => name === segment.slice(1)))
        : segment
    value = (value as Record<string, unknown> | undefined)?.[key]
    return key
  })
  return `/${pointer.join('/')}`
}
