/**
 * What comes before the endpoint in some SDK's order, in variables or files: with it the application would be somebody
 * else.
 */
import type { Assignment } from '../request/assignment.ts'
import type { ManagedParts } from '../../parity/eks-webhook.ts'
import { isObject } from '../../formats/json.ts'
import type { Container, Mount, Pod, Variable } from '../../pod/pod.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { readProfileVariable, withoutProfiles, type Shadow } from './profile-variables.ts'
import { hasProfiles, profileNames } from './profiles.ts'
import { findSdkSetting, setsShadowingProperty, type SdkSetting } from './sdk-settings.ts'
import { createSharedFileJudge, type SharedFileJudge } from './shared-files.ts'
import { shorten } from '../../formats/name-list.ts'
import { isOurs } from '../../vocabulary/names.ts'

/** What makes the application somebody else, and what may. */
export interface Conflicts {
  readonly certain: readonly Finding[]
  readonly possible: readonly Finding[]
}

/** Everything that shadows the endpoint in containers with a target, except what EKS's webhook has added. */
export function findConflicts(
  {
    pod,
    assignments,
    managed,
  }: {
    readonly pod: Pod
    readonly assignments: readonly Assignment[]
    readonly managed: ReadonlyMap<Container, ManagedParts>
  },
  /** The annotation that admits conflicts. Null when they are admitted. */
  onConflict: string | null,
): Conflicts {
  const fix =
    onConflict === null
      ? 'remove it, or leave the container out'
      : `remove it, leave the container out, or set ${onConflict} to warn`
  const judgeMount = createSharedFileJudge(pod.volumes)
  const found = assignments
    .filter(({ targets }) => targets.length > 0)
    .flatMap((assignment) => {
      const { container } = assignment
      return [
        ...readVariables(assignment, managed.get(container)),
        ...readFiles(container, judgeMount),
      ].map((shadow) => ({ container, ...shadow }))
    })
  const tell = (isCertain: boolean) =>
    found
      .filter((shadow) => shadow.isCertain === isCertain)
      .map(({ container, subject, why = '' }): Finding => ({
        reason: isCertain ? 'conflict' : 'conflict_possible',
        message: `container '${container.name}': ${subject}${why}; ${isCertain ? fix : 'remove it, unless this is what you want'}`,
      }))
  return { certain: tell(true), possible: tell(false) }
}

function readVariables(
  assignment: Assignment,
  managed: ManagedParts | undefined,
): readonly Shadow[] {
  const { container } = assignment
  const read = readerFor(assignment)
  const removed = new Set(managed?.variables)
  const shadows = new Map<string, Shadow>()
  for (const variable of container.variables) {
    const setting = findSdkSetting(variable.name)
    if (setting === undefined || removed.has(variable)) continue
    const shadow = read(variable, setting)
    // Of a family of variables one is enough.
    const name = setting.names.includes(variable.name) ? variable.name : setting.names.join()
    if (shadow !== null && !(shadows.get(name)?.isCertain ?? false)) shadows.set(name, shadow)
  }
  return [...shadows.values()]
}

function readerFor(assignment: Assignment): typeof readVariable {
  if (!hasProfiles(assignment)) return readVariable
  const profiles = profileNames(assignment)
  return (variable, setting) => {
    const shadow = readProfileVariable(variable, profiles)
    if (shadow !== undefined) return shadow
    const { value } = variable
    return setting.kind === 'jvm' && value !== null
      ? readVariable({ ...variable, value: withoutProfiles(value, profiles) }, setting)
      : readVariable(variable, setting)
  }
}

/** One for all mounts that are certain, and one for those that are possible. */
function readFiles({ mounts }: Container, judgeMount: SharedFileJudge): readonly Shadow[] {
  const byCertainty = Map.groupBy(mounts, judgeMount)
  const certain = byCertainty.get('certain') ?? []
  const possible = byCertainty.get('possible') ?? []
  return [
    ...certain.slice(0, 1).map(() => ({
      subject: `its mount at ${toPlace(certain)} brings a file that SDKs read before the credentials of its target`,
      isCertain: true,
    })),
    ...possible.slice(0, 1).map(() => ({
      subject: `its mount at ${toPlace(possible)} may bring a file that SDKs read before the credentials of its target`,
      isCertain: false,
    })),
  ]
}

function toPlace([first, ...others]: readonly Mount[]): string {
  return `${shorten(first?.path ?? '')}${others.length === 0 ? '' : ` (and ${others.length} more)`}`
}

/**
 *   setting  | value                                               | shadow
 *   -------- | --------------------------------------------------- | ------
 *   any      | ours, or what we take away                          | none
 *   own      | any other                                           | certain
 *   harmless | any                                                 | none
 *   any      | empty                                               | none
 *   file     | /dev/null                                           | none
 *   jvm      | sets no property that shadows, or cannot be seen    | none
 *   warning  | any other                                           | possible
 *   conflict | from a source that may be missing                   | possible
 *   conflict | any other                                           | certain
 */
function readVariable(variable: Variable, setting: SdkSetting): Shadow | null {
  const { name } = variable
  const subject = `${name} in its env comes before the credentials of its target`
  if (isOurs(variable)) return null
  if (setting.kind === 'own') return { subject, isCertain: true }
  if (setting.outcome === 'harmless' || saysNothing(variable, setting)) return null
  if (setting.outcome === 'warning') {
    return {
      subject: `${name} in its env may come before the credentials of its target`,
      why: `: it ${setting.why}`,
      isCertain: false,
    }
  }
  if (setting.kind === 'jvm') {
    return {
      subject: `${name} in its env sets a property of Java SDKs that comes before the credentials of its target`,
      isCertain: true,
    }
  }
  return mayBeMissing(variable)
    ? { subject: `where its source is there, ${subject}`, isCertain: false }
    : { subject, isCertain: true }
}

function saysNothing({ value }: Variable, { kind }: SdkSetting): boolean {
  if (kind === 'jvm') return value === null || !setsShadowingProperty(value)
  return value === '' || (kind === 'file' && value === '/dev/null')
}

/** An optional key of a Secret or ConfigMap, which leaves the variable unset where it is not there. */
function mayBeMissing({ source }: Variable): boolean {
  return (
    source !== null &&
    Object.values(source).some((reference) => isObject(reference) && reference['optional'] === true)
  )
}
