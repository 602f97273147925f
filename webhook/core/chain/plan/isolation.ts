/**
 * Judges what containers of one pod could take from each other where they may not all use the same targets. It stops
 * mistakes, not attackers: the boundary of a pod is the pod.
 */
import type { Assignment } from '../request/assignment.ts'
import { isObject, objectAt } from '../../formats/json.ts'
import { toContainerList } from '../../formats/name-list.ts'
import type { Container, Pod } from '../../pod/pod.ts'
import type { Finding, Findings } from '../../vocabulary/reasons.ts'

export interface IsolationSources {
  readonly pod: Pod
  readonly assignments: readonly Assignment[]
  /** The sidecar's user; null when the cluster chooses it, for all containers of the pod alike. */
  readonly user: number | null
}

/**
 * Judges each container that may not use every target of the pod; infrastructure that the configuration knows is
 * trusted.
 *
 *   privileged   | process namespace shared, and a way into the sidecar | NET_RAW, and may be root | outcome
 *   ------------ | ---------------------------------------------------- | ------------------------ | -------
 *   yes, lasting | any                                                  | any                      | problem
 *   any          | yes                                                  | any                      | problem
 *   yes, ending  | no                                                   | any                      | warning
 *   no           | no                                                   | yes                      | warning
 *   no           | shared, and the user is not known                    | any                      | warning
 *
 * Ending is an init container that is no native sidecar, such as the `sysctl` of many charts. It runs beside the
 * sidecar, which stands before it so that every init container finds its target. To stand behind it would gain nothing:
 * the kubelet mounts the tokens before the first container starts, and who is privileged can leave the container. But
 * it does one thing and is gone before the containers say anything, and to refuse it would refuse all such charts.
 *
 * Ways into the sidecar: its user; SYS_PTRACE or SYS_ADMIN; SETUID, by which one becomes its user; KILL, by which one
 * ends it and takes its port. Root has the last two unless they are dropped.
 */
export function judgeIsolation({ pod, assignments, user }: IsolationSources): Findings {
  const targets = new Set(assignments.flatMap((assignment) => assignment.targets))
  const isShared = readSharing(pod) !== null
  const sidecar = { user, sharing: readSharing(pod) }
  const problems: Finding[] = []
  const weak: Weak[] = []
  for (const { container, targets: own, isInfrastructure } of assignments) {
    if (isInfrastructure || own.length === targets.size) continue
    const security = readSecurity(pod, container)
    const subject = `container '${container.name}'`
    const found = isolationProblems(subject, security, sidecar)
    problems.push(...found)
    const weakness = found.length > 0 ? null : readWeakness(security, isShared)
    if (weakness !== null) weak.push({ weakness, name: container.name })
  }
  return { problems, warnings: toWarnings(weak) }
}

const PRIVILEGED = 'privileged'

interface Weak {
  readonly weakness: string
  readonly name: string
}

/** One for each fix, and the fix first: a long list of names may be cut at its end. */
function toWarnings(weak: readonly Weak[]): readonly Finding[] {
  const places = (those: readonly Weak[]) =>
    [...Map.groupBy(those, ({ weakness }) => weakness)]
      .map(([weakness, group]) => `${toContainerList(group.map(({ name }) => name))} (${weakness})`)
      .join(' and ')
  const privileged = weak.filter(({ weakness }) => weakness === PRIVILEGED)
  const others = weak.filter(({ weakness }) => weakness !== PRIVILEGED)
  const found = (those: readonly Weak[], message: string): readonly Finding[] =>
    those.length === 0 ? [] : [{ reason: 'isolation_weak', message }]
  return [
    ...found(
      others,
      `who may not use a target could take its credentials all the same; drop NET_RAW and set runAsUser in ${places(others)}`,
    ),
    ...found(
      privileged,
      `until it ends, an init container could take credentials of targets that it may not use; drop privileged if it can do without, in ${places(privileged)}`,
    ),
  ]
}

/** The field that lets containers see the sidecar's processes. Null when they do not. `hostPID` shows them too. */
function readSharing({ spec }: Pod): string | null {
  return ['shareProcessNamespace', 'hostPID'].find((field) => spec[field] === true) ?? null
}

interface Sidecar {
  readonly user: number | null
  readonly sharing: string | null
}

function isolationProblems(
  subject: string,
  security: Security,
  sidecar: Sidecar,
): readonly Finding[] {
  const found: Finding[] = []
  if (security.isPrivileged && !security.endsEarly) {
    found.push({
      reason: 'privileged',
      message: `${subject}: it is privileged, and could take the credentials of targets that it may not use; give all containers the same target, or drop privileged`,
    })
  }
  const danger = sidecar.sharing === null ? null : readDanger(sidecar.user, security)
  if (danger !== null) {
    found.push({
      reason: 'shared_process_namespace',
      message: `${subject}: with ${sidecar.sharing} it could ${danger.does}; give all containers the same target, ${danger.fix}, or drop ${sidecar.sharing}`,
    })
  }
  return found
}

/** What a container could do to a sidecar whose processes it sees, and how to take that away. */
function readDanger(
  sidecarUser: number | null,
  security: Security,
): { readonly does: string; readonly fix: string } | null {
  const memory = "read the sidecar's memory"
  const isRoot = security.user === 0
  if (security.isPrivileged && security.endsEarly) {
    return { does: `${memory}, being privileged`, fix: 'drop privileged' }
  }
  if (security.canTrace) {
    return { does: `${memory} by SYS_PTRACE`, fix: 'drop SYS_PTRACE and SYS_ADMIN' }
  }
  if (canPretendToBe(sidecarUser, security)) {
    return { does: `${memory} as the same user`, fix: 'run it as another user' }
  }
  if (security.canBecomeOthers) {
    const how = isRoot ? 'as root, who can become its user' : 'by SETUID'
    return { does: `${memory} ${how}`, fix: 'run it as another user that is not root' }
  }
  if (security.canKill) {
    const how = isRoot ? 'as root' : 'by KILL'
    return { does: `end the sidecar ${how} and take its port`, fix: 'drop KILL' }
  }
  return null
}

function readWeakness(security: Security, isShared: boolean): string | null {
  if (security.isPrivileged) return PRIVILEGED
  if (security.keepsNetRaw && security.mayBeRoot) return 'root with NET_RAW reads the loopback'
  return isShared && security.user === null ? 'its user may be that of the sidecar' : null
}

interface Security {
  /** An init container that is no native sidecar: it has ended when the containers start. */
  readonly endsEarly: boolean
  readonly isPrivileged: boolean
  readonly canTrace: boolean
  readonly canBecomeOthers: boolean
  readonly canKill: boolean
  readonly keepsNetRaw: boolean
  readonly mayBeRoot: boolean
  readonly user: number | null
}

function readSecurity({ spec }: Pod, { raw, list, isNativeSidecar }: Container): Security {
  const own = objectAt(raw, 'securityContext')
  const shared = objectAt(spec, 'securityContext')
  const capabilities = objectAt(own, 'capabilities')
  const added = capabilityNames(capabilities['add'])
  const dropped = capabilityNames(capabilities['drop'])
  const holds = (name: string, isDefault: boolean) =>
    added.has(name) || added.has('ALL') || (isDefault && !dropped.has(name) && !dropped.has('ALL'))
  const user = own['runAsUser'] ?? shared['runAsUser']
  const isNonRoot = (own['runAsNonRoot'] ?? shared['runAsNonRoot']) === true
  return {
    endsEarly: list === 'initContainers' && !isNativeSidecar,
    isPrivileged: own['privileged'] === true,
    canTrace: holds('SYS_PTRACE', false) || holds('SYS_ADMIN', false),
    canBecomeOthers: holds('SETUID', user === 0),
    canKill: holds('KILL', user === 0),
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
 * The one user and group that all containers of a pod run as, by the pod's own words; null where they differ, are not
 * said, or are root. As this user the sidecar leaves the kubelet no reason to make token files readable for everybody.
 */
export function readUserOfPod(
  pod: Pod,
): { readonly user: number; readonly group: number | null } | null {
  const { spec, containers } = pod
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
  if (users.length !== 1 || typeof user !== 'number' || user === 0 || readSharing(pod) !== null)
    return null
  return { user, group: groups.length === 1 && typeof groups[0] === 'number' ? groups[0] : null }
}
