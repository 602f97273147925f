/**
 * Reads what the webhook wrote into the sidecar's configuration variable. It checks the shape, not the webhook's
 * decisions.
 */
import {
  CONFIGURATION_VARIABLE,
  DEFAULT_TARGET,
  type Hop,
  LOG_LEVELS,
  RESERVED_TARGET_NAME,
  ROLE_ARN_PATTERN,
  type SidecarConfiguration,
  TARGET_NAME,
} from '../contract.ts'
import {
  type Check,
  dictionary,
  integer,
  isRecord,
  list,
  oneOf,
  optional,
  record,
  text,
} from './shape.ts'

/** The value, or everything that is wrong with it: one sentence a problem, starting with where it is. */
export type Parsed<T> =
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** Of a role that is assumed with the session of another (STS: role chaining). */
const LONGEST_CHAINED_SECONDS = 3600

const anyText = text(/^[^]+$/, 'a text')

/** What EKS attests, and the sidecar itself where it does: nobody else says it. */
const sessionTag = record({
  key: text(
    /^(?!eks-|kubernetes-)[^]+$/i,
    'a key of a tag that does not begin with eks- or kubernetes-',
  ),
  value: text(/^[^]*$/, 'a text'),
  isTransitive: optional(oneOf([true])),
})

const hop = record({
  roleArn: text(new RegExp(ROLE_ARN_PATTERN), 'the ARN of a role'),
  externalId: optional(anyText),
  sessionTags: optional(list(sessionTag, 0)),
  sourceIdentity: optional(anyText),
  sessionPolicy: optional(anyText),
  durationSeconds: optional(integer(900, 43_200)),
})

const port = integer(1024, 65_535)

const targetName: Check = (name, path) =>
  name === RESERVED_TARGET_NAME
    ? [`${path}: the name is reserved`]
    : text(TARGET_NAME, 'a name of a target')(name, path)

const anyTargets = dictionary(
  targetName,
  record({ chain: list(hop, 0), isOptional: optional(oneOf([true])) }),
)

/** Becomes a file's name. */
const containerName = text(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'a name of a container')

const profile = record({
  region: optional(text(/^[a-z0-9-]{1,64}$/, 'a region')),
  isDefault: optional(oneOf([true])),
})

const shape = record({
  targets: (value, path) =>
    isRecord(value) && Object.keys(value).length === 0
      ? [`${path}: names no target`]
      : anyTargets(value, path),
  port,
  sessionName: optional(anyText),
  source: optional(oneOf(['pod-identity'])),
  profiles: optional(dictionary(containerName, dictionary(targetName, profile))),
  logLevel: optional(oneOf(LOG_LEVELS)),
  metricsPort: optional(port),
})

/** Reads the text of {@link CONFIGURATION_VARIABLE}, reporting all problems at once. Never throws. */
export function parseSidecarConfiguration(source: string): Parsed<SidecarConfiguration> {
  const value = parseJson(source)
  if (value === undefined) return invalid([`${CONFIGURATION_VARIABLE}: is not JSON`])
  const problems = shape(value, '').map((problem) => `${CONFIGURATION_VARIABLE}: ${problem}`)
  if (problems.length > 0) return invalid(problems)
  const configuration = value as SidecarConfiguration
  const contradictions = [
    ...portProblems(configuration),
    ...chainProblems(configuration),
    ...profileProblems(configuration),
  ]
  return contradictions.length > 0
    ? invalid(contradictions.map((problem) => `${CONFIGURATION_VARIABLE}: ${problem}`))
    : { kind: 'valid', value: configuration }
}

function isLong({ durationSeconds = 0 }: Hop): boolean {
  return durationSeconds > LONGEST_CHAINED_SECONDS
}

/** Without a source there is a first hop; with one there is none by web identity, which may last for hours. */
function chainProblems({ targets, source }: SidecarConfiguration): readonly string[] {
  return Object.entries(targets).flatMap(([name, { chain }]) => {
    const path = `targets.${name}.chain`
    if (source === undefined) return chain.length === 0 ? [`${path}: the list is empty`] : []
    return chain.some(isLong)
      ? [`${path}: no hop after EKS Pod Identity lasts longer than an hour (durationSeconds)`]
      : []
  })
}

function portProblems({ port: own, metricsPort }: SidecarConfiguration): readonly string[] {
  return metricsPort === own ? ['metricsPort: is the same as port'] : []
}

/** What would be a file that names credentials which nobody gives. */
function profileProblems({ targets, profiles = {} }: SidecarConfiguration): readonly string[] {
  return Object.entries(profiles).flatMap(([container, own]) => {
    const path = `profiles.${container}`
    const names = Object.keys(own)
    const defaults = names.filter((name) => own[name]?.isDefault)
    return [
      ...(names.length === 0 ? [`${path}: names no target`] : []),
      ...names
        .filter((name) => !Object.hasOwn(targets, name))
        .map((name) => `${path}.${name}: is no target of the pod`),
      ...(defaults.length > 1 ? [`${path}: has several defaults, ${defaults.join(' and ')}`] : []),
      ...(Object.hasOwn(own, DEFAULT_TARGET) && !defaults.includes(DEFAULT_TARGET)
        ? [`${path}.${DEFAULT_TARGET}: has the name of the default and is not it`]
        : []),
      ...defaults
        .filter((name) => Object.hasOwn(targets, name) && targets[name]?.isOptional)
        .map((name) => `${path}.${name}: is the default, and its target is optional`),
    ]
  })
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    return undefined
  }
}

function invalid(problems: readonly string[]): Parsed<never> {
  return { kind: 'invalid', problems }
}
