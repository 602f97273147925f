/**
 * Judges what containers of one pod could take from each other where they may not all use the same targets. It stops mistakes, not
 * attackers: the boundary of a pod is the pod.
 */
import type { Assignment } from './assignment.ts'
import { isObject, objectAt, type JsonObject } from './json.ts'
import { toContainerList } from './name-list.ts'
import type { Pod } from './pod.ts'
import type { Finding, Findings } from './reasons.ts'

export interface IsolationSources {
  readonly pod: Pod
  readonly assignments: readonly Assignment[]
  /** The sidecar's user; null when the cluster chooses it, for all containers of the pod alike. */
  readonly user: number | null
}

/**
 * Judges each container that may not use every target of the pod; infrastructure that the configuration knows is trusted.
 *
 *   privileged | process namespace shared, and the sidecar's user or SYS_PTRACE | NET_RAW, and may be root | outcome
 *   ---------- | -------------------------------------------------------------- | ------------------------ | -------
 *   yes        | any                                                            | any                      | problem
 *   any        | yes                                                            | any                      | problem
 *   no         | no                                                             | yes                      | warning
 *   no         | shared, and the user is not known                              | any                      | warning
 */
export function judgeIsolation(
  { pod, assignments, user }: IsolationSources,
  { problems, warnings }: Findings,
): void {
  const targets = new Set(assignments.flatMap(({ target }) => target ?? []))
  const isShared = pod.spec['shareProcessNamespace'] === true
  const weak: { readonly weakness: string; readonly name: string }[] = []
  for (const { container, target, isInfrastructure } of assignments) {
    if (isInfrastructure || [...targets].every((name) => name === target)) continue
    const security = readSecurity(pod, container.raw)
    const subject = `container '${container.name}'`
    const found = isolationProblems(subject, security, isShared ? { user } : null)
    problems.push(...found)
    const weakness = found.length > 0 ? null : readWeakness(security, isShared)
    if (weakness !== null) weak.push({ weakness, name: container.name })
  }
  if (weak.length > 0) warnings.push(toWarning(weak))
}

/** One for the whole pod, and the fix first: a long list of names may be cut at its end. */
function toWarning(weak: readonly { readonly weakness: string; readonly name: string }[]): Finding {
  const places = [...Map.groupBy(weak, ({ weakness }) => weakness)].map(
    ([weakness, group]) => `${toContainerList(group.map(({ name }) => name))} (${weakness})`,
  )
  return {
    reason: 'isolation_weak',
    message: `who may not use a target could take its credentials all the same; drop NET_RAW and set runAsUser in ${places.join(' and ')}`,
  }
}

/** `shared` is the sidecar as seen in a shared process namespace; null without one. */
function isolationProblems(
  subject: string,
  security: Security,
  shared: { readonly user: number | null } | null,
): readonly Finding[] {
  const found: Finding[] = []
  if (security.isPrivileged) {
    found.push({
      reason: 'privileged',
      message: `${subject}: it is privileged, and could take the credentials of targets that it may not use; give all containers the same target, or drop privileged`,
    })
  }
  if (shared !== null && (canPretendToBe(shared.user, security) || security.canTrace)) {
    found.push({
      reason: 'shared_process_namespace',
      message: `${subject}: with shareProcessNamespace it could read the sidecar's memory${security.canTrace ? ' by SYS_PTRACE' : ' as the same user'}; give all containers the same target, run it as another user, or drop shareProcessNamespace`,
    })
  }
  return found
}

function readWeakness(security: Security, isShared: boolean): string | null {
  if (security.keepsNetRaw && security.mayBeRoot) return 'root with NET_RAW reads the loopback'
  return isShared && security.user === null ? 'its user may be that of the sidecar' : null
}

interface Security {
  readonly isPrivileged: boolean
  readonly canTrace: boolean
  readonly keepsNetRaw: boolean
  readonly mayBeRoot: boolean
  readonly user: number | null
}

function readSecurity({ spec }: Pod, container: JsonObject): Security {
  const own = objectAt(container, 'securityContext')
  const shared = objectAt(spec, 'securityContext')
  const capabilities = objectAt(own, 'capabilities')
  const added = capabilityNames(capabilities['add'])
  const dropped = capabilityNames(capabilities['drop'])
  const holds = (name: string, isDefault: boolean) =>
    added.has(name) || added.has('ALL') || (isDefault && !dropped.has(name) && !dropped.has('ALL'))
  const user = own['runAsUser'] ?? shared['runAsUser']
  const isNonRoot = (own['runAsNonRoot'] ?? shared['runAsNonRoot']) === true
  return {
    isPrivileged: own['privileged'] === true,
    canTrace: holds('SYS_PTRACE', false) || holds('SYS_ADMIN', false),
    keepsNetRaw: holds('NET_RAW', true),
    mayBeRoot: user === 0 || (typeof user !== 'number' && !isNonRoot),
    user: typeof user === 'number' ? user : null,
  }
}

/** Where the cluster chooses the users, it gives all containers of a pod the same one. */
function canPretendToBe(sidecarUser: number | null, { user }: Security): boolean {
  return sidecarUser === null ? user === null : user === sidecarUser
}

function capabilityNames(value: unknown): ReadonlySet<string> {
  const names = Array.isArray(value)
    ? value.filter((name: unknown) => typeof name === 'string')
    : []
  return new Set(names.map((name) => name.toUpperCase().replace(/^CAP_/, '')))
}

/**
 * The one user and group that all containers of a pod run as, by the pod's own words; null where they differ, are not said, or are
 * root. As this user the sidecar leaves the kubelet no reason to make token files readable for everybody.
 */
export function readUserOfPod({
  spec,
  containers,
}: Pod): { readonly user: number; readonly group: number | null } | null {
  const shared = objectAt(spec, 'securityContext')
  const ids = (field: string) =>
    new Set(
      containers.map(
        ({ raw }) =>
          (isObject(raw['securityContext']) ? raw['securityContext'][field] : undefined) ??
          shared[field],
      ),
    )
  const users = [...ids('runAsUser')]
  const groups = [...ids('runAsGroup')]
  const [user] = users
  if (
    users.length !== 1 ||
    typeof user !== 'number' ||
    user === 0 ||
    spec['shareProcessNamespace'] === true
  )
    return null
  return { user, group: groups.length === 1 && typeof groups[0] === 'number' ? groups[0] : null }
}
