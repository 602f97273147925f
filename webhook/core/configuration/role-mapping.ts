/**
 * Roles that a ConfigMap gives to service accounts: upstream's `--watch-config-map`, with patterns of namespaces
 * besides.
 */
import { parseGoObject, readGoField } from '../formats/go-json.ts'
import { isObject, type JsonObject } from '../formats/json.ts'
import { toMatcher, type Matcher } from '../formats/name-patterns.ts'
import { exactNumber } from '../formats/token-expiration.ts'

/** What a key of the ConfigMap gives. */
export interface MappedRole {
  /** Empty means none, and nothing less exact counts either. */
  readonly roleArn: string
  /** Empty means the default. */
  readonly audience: string
  readonly useRegionalSts: boolean
  /** A number, or a raw JSON number; null means the default. Not raised to the minimum: upstream does not either. */
  readonly expirationSeconds: unknown
}

/** The mapping of a cluster. */
export interface RoleMapping {
  readonly size: number
  /** By the key `namespace/name` only. */
  readonly findExact: (namespace: string, name: string) => MappedRole | undefined
  /** By that key; else by a pattern of namespaces, the one with more letters first; else by `*`. */
  readonly find: (namespace: string, name: string) => MappedRole | undefined
}

/**
 * What a text gave.
 *
 *   mapping  | it is to be used; `problems` are of keys that were left out
 *   unusable | what was known before stays in use
 */
export type ParsedMapping =
  | {
      readonly kind: 'mapping'
      readonly mapping: RoleMapping
      readonly problems: readonly string[]
    }
  | { readonly kind: 'unusable'; readonly problems: readonly string[] }

interface Pattern {
  readonly namespaces: string
  readonly matches: Matcher
  readonly role: MappedRole
}

/** Nobody has a role by it. */
export const NO_ROLES: RoleMapping = toMapping([])

/** Reads the ConfigMap's `config`; undefined where it has none. */
export function parseRoleMapping(text: string | undefined): ParsedMapping {
  if (text === undefined) return unusable(['there is no key config'])
  const parsed = parseGoObject(text)
  return typeof parsed === 'string'
    ? unusable([`config ${parsed}`])
    : toParsed(Object.entries(parsed))
}

function unusable(problems: readonly string[]): ParsedMapping {
  return { kind: 'unusable', problems }
}

/**
 * A value of a wrong type makes Go refuse the whole; a null or a key without a slash makes upstream end, and here only
 * itself not count.
 */
function toParsed(entries: readonly (readonly [string, unknown])[]): ParsedMapping {
  const roles: [string, MappedRole][] = []
  const problems: string[] = []
  const wrong: string[] = []
  for (const [key, value] of entries) {
    if (value === null) problems.push(`${key}: the value is null, so the key has no effect`)
    else if (!key.includes('/')) problems.push(`${key}: write <namespace>/<service account>`)
    const role = value === null ? null : readRole(value)
    if (typeof role === 'string') wrong.push(`${key}: ${role}`)
    else if (role !== null && key.includes('/')) roles.push([key, role])
  }
  if (wrong.length > 0) return unusable(wrong)
  return { kind: 'mapping', mapping: toMapping(roles), problems }
}

/** The role, or what is wrong with it. */
function readRole(value: unknown): MappedRole | string {
  if (!isObject(value)) return 'is not a JSON object'
  const { RoleARN, Audience, UseRegionalSTS, TokenExpiration } = readFields(value)
  if (typeof RoleARN !== 'string') return 'RoleARN is not a text'
  if (typeof Audience !== 'string') return 'Audience is not a text'
  if (typeof UseRegionalSTS !== 'boolean') return 'UseRegionalSTS is not true or false'
  if (typeof TokenExpiration !== 'bigint' || BigInt.asIntN(64, TokenExpiration) !== TokenExpiration)
    return 'TokenExpiration is not a whole number'
  return {
    roleArn: RoleARN,
    audience: Audience,
    useRegionalSts: UseRegionalSTS,
    expirationSeconds: TokenExpiration === 0n ? null : exactNumber(TokenExpiration),
  }
}

function readFields(value: JsonObject) {
  return {
    RoleARN: readGoField(value, 'RoleARN') ?? '',
    Audience: readGoField(value, 'Audience') ?? '',
    UseRegionalSTS: readGoField(value, 'UseRegionalSTS') ?? false,
    TokenExpiration: readGoField(value, 'TokenExpiration') ?? 0n,
  }
}

function toMapping(roles: readonly (readonly [string, MappedRole])[]): RoleMapping {
  const exact = new Map<string, MappedRole>()
  const patterns = new Map<string, Pattern[]>()
  for (const [key, role] of roles) {
    // Upstream reads no further than a second slash.
    const [namespaces = '', name = ''] = key.split('/')
    if (namespaces.includes('*')) {
      const pattern = { namespaces, matches: toMatcher([namespaces]), role }
      patterns.set(name, [...(patterns.get(name) ?? []), pattern].sort(byExactness))
    } else exact.set(`${namespaces}/${name}`, role)
  }
  const findExact = (namespace: string, name: string) => exact.get(`${namespace}/${name}`)
  return {
    size: roles.length,
    findExact,
    find: (namespace, name) =>
      findExact(namespace, name) ??
      patterns.get(name)?.find(({ matches }) => matches(namespace))?.role,
  }
}

/**
 * The more letters a pattern has, the fewer namespaces it means; among equals the order is that of letters, the same on
 * every replica.
 */
function byExactness(left: Pattern, right: Pattern): number {
  const letters = ({ namespaces }: Pattern) => namespaces.replaceAll('*', '').length
  return letters(right) - letters(left) || (left.namespaces < right.namespaces ? -1 : 1)
}
