/** Which variables of a container the webhook has added: it appends them, in one order. */
import {
  isOurs,
  LOAD_CONFIG_VARIABLE,
  METADATA_VARIABLE,
  PROFILE_VARIABLES,
  REGION_VARIABLES,
  REGIONAL_STS_VARIABLE,
} from '../../../webhook/core/vocabulary/names.ts'
import { findVariable, type Container, type Variable } from '../../../webhook/core/pod/pod.ts'

/** What is known of the pod that the container is in. */
export interface AddedTo {
  /** What parity mode gives. */
  readonly managed: readonly Variable[]
  /** Those that the webhook may have written. */
  readonly regions: readonly string[]
}

const NO_PROXIES = ['NO_PROXY', 'no_proxy'] as const
const LOOPBACK = '127.0.0.1'

/** The entries of `env` that stay, changed back where the webhook has changed them. */
export function withoutAddedVariables(container: Container, added: AddedTo): readonly unknown[] {
  const written = container.raw['env']
  if (!Array.isArray(written)) return []
  const { variables } = container
  const managed = new Set(added.managed)
  const isPair = (variable: Variable) => managed.has(variable) || isOurs(variable)
  const lastOfPair = variables.findLastIndex(isPair)
  if (lastOfPair < 0) return written
  const gone = new Set([
    ...variables.filter(isPair),
    ...addedBehind(variables, lastOfPair),
    ...addedBefore(variables, variables.findIndex(isPair), added.regions),
  ])
  const isProxyOurs = NO_PROXIES.some((name) =>
    [...gone].some((variable) => variable.name === name),
  )
  return written.flatMap((entry: unknown, index) => {
    const variable = variables.find((candidate) => candidate.index === index)
    if (variable === undefined) return [entry]
    if (gone.has(variable)) return []
    return [isProxyOurs || hasBoth(variables) ? withoutLoopback(entry, variable) : entry]
  })
}

/** Behind the endpoint, and the profiles. */
const BEHIND: readonly string[] = [
  LOAD_CONFIG_VARIABLE,
  ...PROFILE_VARIABLES,
  METADATA_VARIABLE,
  ...NO_PROXIES,
]

/** `NO_PROXY` only in the spelling that was missing. */
function addedBehind(variables: readonly Variable[], lastOfPair: number): readonly Variable[] {
  const behind = variables.slice(lastOfPair + 1)
  return behind.every(({ name }) => BEHIND.includes(name)) ? behind : []
}

/** Before it: the endpoint of STS, then the region. What only follows from a variable before it is ours too. */
function addedBefore(
  variables: readonly Variable[],
  firstOfPair: number,
  regions: readonly string[],
): readonly Variable[] {
  const before = variables.slice(0, firstOfPair)
  const kept = before.findLastIndex(
    (variable, index) =>
      !isRegionalSts(variable) && !isAddedRegion(variable, before.slice(0, index), regions),
  )
  return before.slice(kept + 1)
}

function isRegionalSts({ name, value }: Variable): boolean {
  return name === REGIONAL_STS_VARIABLE && value === 'regional'
}

function isAddedRegion(
  { name, value }: Variable,
  before: readonly Variable[],
  regions: readonly string[],
): boolean {
  // An empty one is nobody's but a person's.
  if (value === null || value === '' || !isNameOfRegion(name)) return false
  return (
    regions.includes(value) ||
    before.some(
      (other) =>
        isNameOfRegion(other.name) &&
        other.name !== name &&
        (other.value === value || value === `$(${other.name})`),
    )
  )
}

function isNameOfRegion(name: string): boolean {
  return (REGION_VARIABLES as readonly string[]).includes(name)
}

function hasBoth(variables: readonly Variable[]): boolean {
  return NO_PROXIES.every((name) => findVariable(variables, name) !== undefined)
}

function withoutLoopback(entry: unknown, { name, value }: Variable): unknown {
  if (!(NO_PROXIES as readonly string[]).includes(name) || value === null) return entry
  const hosts = value.split(',')
  if (hosts.at(-1) !== LOOPBACK) return entry
  return { ...(entry as object), value: hosts.slice(0, -1).join(',') }
}
