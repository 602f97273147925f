/** What AWS and the other cluster recorded, in the words of the pages: one line a call, each kind of call once. */
import type { TrailEntry } from '../../stand-ins/aws/trail.ts'
import { matchesLine } from './page.ts'

function describeCaller({ userIdentity }: TrailEntry): string {
  const { arn, userName, invokedBy } = userIdentity
  return arn?.replace(/^.*:(?:assumed-role|user)\//, '') ?? userName ?? invokedBy ?? 'nobody'
}

function describeObject({ requestParameters }: TrailEntry): string {
  const names = ['roleArn', 'name', 'clusterName', 'principalArn', 'bucketName', 'key']
  const found = names.flatMap((name) => {
    const value = requestParameters[name]
    return typeof value === 'string' ? [value] : []
  })
  return found.length === 0 ? '' : `: ${found.join('/')}`
}

/** `AssumeRole by ci-base/ci.build: arn:… (AccessDenied)`. */
export function describeCall(entry: TrailEntry): string {
  const error = entry.errorCode === undefined ? '' : ` (${entry.errorCode})`
  return `${entry.eventName} by ${describeCaller(entry)}${describeObject(entry)}${error}`
}

/** An event of an API server's audit log, as far as the pages say it. */
export interface AuditEvent {
  readonly verb: string
  /** Without a name where nobody was let in. */
  readonly user: {
    readonly username?: string
    readonly extra?: { readonly arn?: readonly string[] }
  }
  readonly objectRef?: { readonly resource?: string }
}

/** `list namespaces by ci:deploy.now (arn:…)`: who it is in the cluster, and who it is in AWS. */
export function describeAudit({ verb, user, objectRef }: AuditEvent): string {
  const arn = user.extra?.arn?.[0]
  const who = [user.username ?? 'nobody', ...(arn === undefined ? [] : [`(${arn})`])].join(' ')
  return `${verb} ${objectRef?.resource ?? ''} by ${who}`
}

/** What differs between the calls that were seen and the lines of a page: what only one of them has. */
export function compareCalls(
  expected: readonly string[],
  seen: readonly string[],
): { readonly unexpected: readonly string[]; readonly missing: readonly string[] } {
  const calls = [...new Set(seen)]
  return {
    unexpected: calls.filter((call) => !expected.some((pattern) => matchesLine(pattern, call))),
    missing: expected.filter((pattern) => !calls.some((call) => matchesLine(pattern, call))),
  }
}
