/** What `policy` and `verify` share: the options that name chains, and the way from them to chains as IAM sees them. */
import { createHash } from 'node:crypto'
import {
  InvalidArgumentError,
  Option,
  type Command,
  type OptionValues,
} from '@commander-js/extra-typings'
import { readAsked, toChains, type NamedChain } from '../core/policy/asked.ts'
import { toSteps, type Step } from '../core/policy/walk.ts'
import { toFinding, type CommandFinding } from '../findings/findings.ts'
import { unreachable, usedWrongly } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'
import {
  createConfiguration,
  PARITY_DEFAULTS,
  type Configuration,
} from '../../webhook/core/configuration/configuration.ts'
import { parseSettings } from '../../webhook/core/configuration/settings-schema.ts'
import { textAt } from '../../webhook/core/formats/json.ts'
import type { ChainKey } from '../../webhook/core/vocabulary/keys.ts'
import { contextOption, kubeconfigOption, namespaceOption } from './options.ts'

/** Values of the options that name chains. */
export interface ChainOptions {
  readonly namespace?: string | undefined
  readonly serviceAccount?: string | undefined
  readonly baseRole?: string | undefined
  readonly target: readonly string[]
  readonly externalId?: string | undefined
  readonly sessionName?: string | undefined
  readonly sessionTags?: string | undefined
  readonly sourceIdentity?: string | undefined
  readonly sessionPolicy?: string | undefined
  readonly durationSeconds?: string | undefined
  readonly pod?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
}

/** A chain with its steps, and for whom it is. */
export interface WalkedChain extends NamedChain {
  readonly steps: readonly Step[]
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function readIssuer(text: string): string {
  if (/^https:\/\/[^/?#\s]+[^?#\s]*$/.test(text)) return text
  throw new InvalidArgumentError('Write the URL of the issuer, such as https://oidc.example/kit.')
}

/** Adds the options that name chains. */
export function withChainOptions<Args extends unknown[], Opts extends OptionValues>(
  command: Command<Args, Opts>,
) {
  return command
    .addOption(namespaceOption())
    .option('--service-account <name>', 'Service account of the pods.')
    .option(
      '--base-role <arn>',
      'Role of the service account (eks.amazonaws.com/role-arn); without it the first target is assumed by web identity.',
    )
    .addOption(
      new Option(
        '--target <arn,…>',
        'The roles of a chain in their order, as in the annotation target-role-arn; may be repeated.',
      )
        .argParser(collect)
        .default([] as readonly string[], 'none'),
    )
    .option('--external-id <id>', 'As the annotation of that name.')
    .option('--session-name <name>', 'As the annotation of that name.')
    .option('--session-tags <key=value,…>', 'As the annotation of that name.')
    .option('--source-identity <name>', 'As the annotation of that name.')
    .option('--session-policy <json>', 'As the annotation of that name.')
    .option('--duration-seconds <seconds>', 'As the annotation of that name.')
    .option('--pod <name>', 'A pod, where names or tags have {pod} in them.')
    .addOption(
      new Option(
        '--issuer <url>',
        'Issuer of the tokens of the cluster; the cluster of the kubeconfig is asked unless given.',
      ).argParser(readIssuer),
    )
    .option('--audience <audience>', 'Audience of the tokens; sts.amazonaws.com unless given.')
    .addOption(kubeconfigOption())
    .addOption(contextOption())
}

/** As the sidecar hashes session names. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What pods are judged by where nobody has configured anything. */
function defaultConfiguration(): Configuration {
  const parsed = parseSettings({})
  if (parsed.kind !== 'settings') throw new Error('The defaults are settings.')
  return createConfiguration(
    {
      settings: parsed.settings,
      parity: PARITY_DEFAULTS,
      chainAnnotationPrefix: 'rolechain.io',
      kubernetesVersion: null,
      // Of no matter: it is for the stamp, which is not written here.
      version: '',
    },
    hashText,
  )
}

/** The issuer that the API server itself names; only asked where nobody named one. */
async function findIssuer(options: ChainOptions, surroundings: Surroundings): Promise<string> {
  if (options.issuer !== undefined) return options.issuer
  const { openCluster } = await import('../cluster/cluster.ts')
  const cluster = openCluster(options, surroundings)
  try {
    const document = await cluster.read('/.well-known/openid-configuration')
    const issuer = document === null ? '' : textAt(document, 'issuer')
    if (issuer !== '') return issuer
    throw unreachable('The cluster names no issuer of its tokens; give its URL with --issuer.')
  } finally {
    cluster.close()
  }
}

function toAnnotations(
  options: ChainOptions,
  target: string,
): Readonly<Partial<Record<ChainKey, string>>> {
  const values: Partial<Record<ChainKey, string | undefined>> = {
    'target-role-arn': target,
    'external-id': options.externalId,
    'session-name': options.sessionName,
    'session-tags': options.sessionTags,
    'source-identity': options.sourceIdentity,
    'session-policy': options.sessionPolicy,
    'duration-seconds': options.durationSeconds,
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** Chains that were asked for, or what is wrong with them in the words of admission. */
export interface ReadChains {
  readonly chains: readonly WalkedChain[]
  readonly findings: readonly CommandFinding[]
}

/** The chains that the options name. */
export async function readChains(
  options: ChainOptions,
  surroundings: Surroundings,
): Promise<ReadChains> {
  const { serviceAccount, target: targets, pod, audience } = options
  if (serviceAccount === undefined || targets.length === 0)
    throw usedWrongly(
      'Name a chain: --namespace, --service-account and --target, with --base-role where the service account has a role.',
    )
  const issuer = await findIssuer(options, surroundings)
  const configuration = defaultConfiguration()
  const namespace = options.namespace ?? 'default'
  const requests = targets.map((target) =>
    readAsked(
      {
        namespace,
        serviceAccount,
        baseRole: options.baseRole,
        pod,
        annotations: toAnnotations(options, target),
      },
      configuration,
    ),
  )
  const place = `serviceaccount/${serviceAccount}`
  return {
    findings: requests.flatMap(({ problems }) =>
      problems.map(({ reason, message }) =>
        toFinding(reason, { level: 'problem', place, message }),
      ),
    ),
    chains: requests
      .filter(({ problems }) => problems.length === 0)
      .flatMap((request) => toChains(request, { issuer, configuration, audience, pod }))
      .map((chain) => ({ ...chain, steps: toSteps(chain, hashText) })),
  }
}
