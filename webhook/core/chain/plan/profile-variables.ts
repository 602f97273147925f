/** What variables mean in a container whose targets are profiles, where that is not what they mean in any other. */
import { shorten, toNameList } from '../../formats/name-list.ts'
import type { Variable } from '../../pod/pod.ts'
import { CONFIG_FILE_VARIABLE, isOurs, LOAD_CONFIG_VARIABLE } from '../../vocabulary/names.ts'

/** What shadows the credentials of a target: the beginning of a sentence that says so, and whether it is certain. */
export interface Shadow {
  readonly subject: string
  readonly isCertain: boolean
  /** What is known of one that is not certain. */
  readonly why?: string
}

type Reader = (variable: Variable, profiles: readonly string[]) => Shadow | null

/**
 *   the variable          | its value                        | shadow
 *   --------------------- | -------------------------------- | ------
 *   the config file       | ours                             | none
 *   the config file       | any other, an empty one too      | certain
 *   a profile             | empty, or one of the container's | none
 *   a profile             | not known at admission           | possible
 *   a profile             | any other                        | certain; of .NET's possible
 *   whether SDKs read it  | that they do not                 | possible
 */
const READERS: Readonly<Partial<Record<string, Reader>>> = {
  [CONFIG_FILE_VARIABLE]: (variable, profiles) =>
    isOurs(variable)
      ? null
      : { subject: `${variable.name} in its env hides ${all(profiles)}`, isCertain: true },
  AWS_PROFILE: readProfile,
  AWS_DEFAULT_PROFILE: readProfile,
  AWS__Profile: readNetProfile,
  AWS__PROFILE: readNetProfile,
  [LOAD_CONFIG_VARIABLE]: (variable, profiles) =>
    /^(?:|0|f|F|false|False|FALSE)$/.test(variable.value ?? '1')
      ? unread(variable, profiles)
      : null,
  AWS_SDK_CONFIG_OPT_OUT: (variable, profiles) =>
    variable.value === '' ? null : unread(variable, profiles),
}

/** Undefined where the variable means what it means in any container with a target. */
export function readProfileVariable(
  variable: Variable,
  profiles: readonly string[],
): Shadow | null | undefined {
  return READERS[variable.name]?.(variable, profiles)
}

/** The options of a JVM without the property that names one of the profiles. */
export function withoutProfiles(options: string, profiles: readonly string[]): string {
  return options.replaceAll(/-Daws\.profile=([-a-z0-9]+)(?![^\s"'])/g, (property, name: string) =>
    profiles.includes(name) ? '' : property,
  )
}

/** A value that other variables make up is not known, nor one that is not in the pod. */
function readProfile(variable: Variable, profiles: readonly string[]): Shadow | null {
  const { name, value } = variable
  if (value === '' || (value !== null && profiles.includes(value))) return null
  return value === null || value.includes('$(')
    ? { subject: `${name} in its env may name none of ${all(profiles)}`, isCertain: false }
    : {
        subject: `${name} in its env names '${shorten(value)}', which is none of ${all(profiles)}`,
        isCertain: true,
      }
}

function readNetProfile(variable: Variable, profiles: readonly string[]): Shadow | null {
  const shadow = readProfile(variable, profiles)
  return shadow === null ? null : { ...shadow, isCertain: false }
}

function unread({ name }: Variable, profiles: readonly string[]): Shadow {
  return { subject: `${name} in its env keeps some SDKs from ${all(profiles)}`, isCertain: false }
}

function all(profiles: readonly string[]): string {
  return `its profiles ${toNameList(profiles)}`
}
