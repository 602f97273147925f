/**
 * Turns the sidecar's environment into settings, reporting all problems at once. The only file that knows the env
 * variables.
 */
import {
  CONFIGURATION_VARIABLE,
  DEFAULT_SESSION_NAME,
  endpointTokenFolder,
  PLACEHOLDERS,
  POD_IDENTITY_TOKEN_FILE,
  ROLES_VARIABLE,
  SIDECAR_VARIABLES,
  type SidecarConfiguration,
  STATE_FOLDER,
  STS_TOKEN_FOLDER,
  TOKEN_FILE,
} from './contract.ts'
import { type Parsed, parseSidecarConfiguration } from './core/sidecar-configuration.ts'
import { attestedProblems, withAttestedTags } from './core/attested-tags.ts'
import { type ProfileFiles, toProfileFiles } from './core/profiles.ts'
import { rolesProblems } from './core/roles.ts'
import type { ChainContext, StsSettings } from './core/chain/job.ts'
import { readUrl } from './core/url.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Everything the resident process is composed of. `sts` may hold a proxy password: never logged. */
export interface Settings {
  readonly configuration: SidecarConfiguration
  readonly context: ChainContext
  readonly sts: StsSettings
  readonly stsTokenFile: string
  /** Namespace, name and UID. */
  readonly pod: string
  readonly stateFile: string
  readonly probeSocket: string
  /** By target. */
  readonly endpointTokenFiles: Readonly<Record<string, string>>
  /** Absent when no container has profiles. */
  readonly profileFiles?: ProfileFiles
}

const AGENT_HOSTS: ReadonlySet<string> = new Set(['169.254.170.23', '[fd00:ec2::23]'])
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]'])

/** Reads all settings. Each problem is a sentence that starts with the variable. */
export function readSettings(environment: Environment): Parsed<Settings> {
  const source = environment[CONFIGURATION_VARIABLE]
  const parsed: Parsed<SidecarConfiguration> =
    source === undefined
      ? { kind: 'invalid', problems: [`${CONFIGURATION_VARIABLE}: is not set`] }
      : parseSidecarConfiguration(source)
  const problems = [
    ...(parsed.kind === 'invalid'
      ? parsed.problems
      : [
          ...rolesProblems(parsed.value, environment[ROLES_VARIABLE]),
          ...readMissingNames(parsed.value, environment),
          ...attestedProblems(parsed.value, environment),
          ...agentProblems(parsed.value, environment),
        ]),
    ...readStsProblems(environment),
  ]
  if (parsed.kind === 'invalid' || problems.length > 0) return { kind: 'invalid', problems }
  return {
    kind: 'valid',
    value: toSettings(withAttestedTags(parsed.value, environment), environment),
  }
}

/** Where the resident process listens for probes. Needs no valid settings, so that a probe can always ask. */
export function probeSocketPath(environment: Environment): string {
  return `${rootFolder(environment)}${STATE_FOLDER}/probe.sock`
}

function toSettings(configuration: SidecarConfiguration, environment: Environment): Settings {
  const root = rootFolder(environment)
  const profileFiles = toProfileFiles(configuration, root)
  return {
    configuration,
    context: {
      ...(configuration.source === 'pod-identity' && {
        podIdentity: {
          agentUrl: environment[SIDECAR_VARIABLES.podIdentityAgent] ?? '',
          tokenFile: `${root}${POD_IDENTITY_TOKEN_FILE}`,
        },
      }),
      sessionName: configuration.sessionName ?? DEFAULT_SESSION_NAME,
      placeholders: Object.fromEntries(
        Object.entries(PLACEHOLDERS).map(([name, variable]) => [name, environment[variable] ?? '']),
      ),
    },
    sts: toStsSettings(environment),
    stsTokenFile: `${root}${STS_TOKEN_FOLDER}/${TOKEN_FILE}`,
    pod: toPod(environment),
    stateFile: `${root}${STATE_FOLDER}/state.json`,
    probeSocket: probeSocketPath(environment),
    endpointTokenFiles: Object.fromEntries(
      Object.keys(configuration.targets).map((target) => [
        target,
        `${root}${endpointTokenFolder(target)}/${TOKEN_FILE}`,
      ]),
    ),
    ...(profileFiles && { profileFiles }),
  }
}

function toPod(environment: Environment): string {
  const { podNamespace, podName, podUid } = SIDECAR_VARIABLES
  return [podNamespace, podName, podUid].map((variable) => environment[variable] ?? '').join('/')
}

function toStsSettings(environment: Environment): StsSettings {
  const text = <Name extends string>(
    name: Name,
    variable: string,
  ): Partial<Record<Name, string>> =>
    environment[variable] ? ({ [name]: environment[variable] } as Record<Name, string>) : {}
  return {
    ...text('region', SIDECAR_VARIABLES.region),
    ...text('endpoint', SIDECAR_VARIABLES.stsEndpoint),
    allowsHttp: environment[SIDECAR_VARIABLES.allowHttpSts] === 'true',
    usesFips: environment[SIDECAR_VARIABLES.useFipsEndpoint] === 'true',
    usesDualstack: environment[SIDECAR_VARIABLES.useDualstackEndpoint] === 'true',
    ...text('httpsProxy', SIDECAR_VARIABLES.httpsProxy),
    ...text('noProxy', SIDECAR_VARIABLES.noProxy),
    ...text('caBundle', SIDECAR_VARIABLES.caBundle),
  }
}

/**
 * Placeholders that the configuration uses although the variable behind them is not set: STS would get a name with a
 * hole.
 */
function readMissingNames(
  configuration: SidecarConfiguration,
  environment: Environment,
): readonly string[] {
  const hops = Object.values(configuration.targets).flatMap((target) => target.chain)
  const templates = [
    configuration.sessionName ?? DEFAULT_SESSION_NAME,
    ...hops.map((hop) => hop.sourceIdentity ?? ''),
    ...hops.flatMap((hop) => (hop.sessionTags ?? []).map((tag) => tag.value)),
  ]
  return Object.entries(PLACEHOLDERS)
    .filter(([name, variable]) => !environment[variable] && templates.some((t) => t.includes(name)))
    .map(
      ([name, variable]) =>
        `${variable}: is not set, and a name that STS is to get contains ${name}; set it from the downward API`,
    )
}

/** The token of EKS Pod Identity is sent to no other host than its agent: the addresses are fixed, in each node. */
function agentProblems(
  { source }: SidecarConfiguration,
  environment: Environment,
): readonly string[] {
  if (source === undefined) return []
  const url = environment[SIDECAR_VARIABLES.podIdentityAgent] ?? ''
  const hostname = readUrl(url, ['http:'])?.hostname ?? ''
  if (AGENT_HOSTS.has(hostname)) return []
  const isForTests = environment[SIDECAR_VARIABLES.allowHttpSts] === 'true'
  if (isForTests && LOOPBACK_HOSTS.has(hostname)) return []
  return [
    `${SIDECAR_VARIABLES.podIdentityAgent}: ${JSON.stringify(url)} is no URL of the agent of EKS Pod Identity, which is http://169.254.170.23/v1/credentials, or http://[fd00:ec2::23]/v1/credentials where the cluster has IPv6`,
  ]
}

function readStsProblems(environment: Environment): readonly string[] {
  const check = (variable: string, isValid: (value: string) => boolean, rule: string): string[] => {
    const value = environment[variable]
    return !value || isValid(value) ? [] : [`${variable}: ${rule}`]
  }
  const shown = (variable: string): string => JSON.stringify(environment[variable])
  const allowsHttp = environment[SIDECAR_VARIABLES.allowHttpSts] === 'true'
  const flags = [
    SIDECAR_VARIABLES.useFipsEndpoint,
    SIDECAR_VARIABLES.useDualstackEndpoint,
    SIDECAR_VARIABLES.allowHttpSts,
  ]
  return [
    ...check(
      SIDECAR_VARIABLES.region,
      (value) => /^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/.test(value),
      `${shown(SIDECAR_VARIABLES.region)} is not a region, such as eu-west-1`,
    ),
    ...check(
      SIDECAR_VARIABLES.stsEndpoint,
      (value) => readUrl(value, allowsHttp ? ['https:', 'http:'] : ['https:']) !== undefined,
      `${shown(SIDECAR_VARIABLES.stsEndpoint)} is not an https URL; the STS token travels in the request, so http is for tests only`,
    ),
    ...flags.flatMap((flag) =>
      check(
        flag,
        (value) => value === 'true' || value === 'false',
        `${shown(flag)} is neither true nor false`,
      ),
    ),
    ...check(
      SIDECAR_VARIABLES.httpsProxy,
      (value) => readUrl(value, ['http:', 'https:']) !== undefined,
      'is not a URL, such as http://egress.internal:3128 (the value is not shown: it may hold a password)',
    ),
    ...check(
      SIDECAR_VARIABLES.caBundle,
      (value) => value.includes('-----BEGIN CERTIFICATE-----'),
      'holds no PEM certificate',
    ),
  ]
}

function rootFolder(environment: Environment): string {
  return environment[SIDECAR_VARIABLES.rootFolder] ?? ''
}
