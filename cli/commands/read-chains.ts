/** From files and options to chains as IAM sees them. */
import { createHash } from 'node:crypto'
import { connect } from '../cluster/connect.ts'
import { judgeWorkload, readWorkloads } from '../core/inject/inject.ts'
import { toPlace } from '../core/manifests/manifest.ts'
import { readAsked, toChains, type Association, type NamedChain } from '../core/policy/asked.ts'
import type { Step } from '../core/policy/steps.ts'
import { toSteps } from '../core/policy/walk.ts'
import { readManifests } from '../files/files.ts'
import { toFinding, type CommandFinding } from '../findings/findings.ts'
import { lookUpFor, openJudging } from '../installation/judges.ts'
import { unreachable, usedWrongly } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'
import type { ChainRequest } from '../../webhook/core/chain/request/request.ts'
import {
  createConfiguration,
  PARITY_DEFAULTS,
  type Configuration,
} from '../../webhook/core/configuration/configuration.ts'
import { parseSettings } from '../../webhook/core/configuration/settings-schema.ts'
import { textAt } from '../../webhook/core/formats/json.ts'
import type { ChainKey } from '../../webhook/core/vocabulary/keys.ts'
import { checkAccount, findAssociation, readPodCluster } from './associations.ts'
import type { ChainOptions } from './chain-options.ts'

/** A chain with its steps, and for whom it is. */
export interface WalkedChain extends NamedChain {
  readonly steps: readonly Step[]
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
  const cluster = await connect(options, surroundings)
  try {
    const document = await cluster.read('/.well-known/openid-configuration')
    const issuer = document === null ? '' : textAt(document, 'issuer')
    if (issuer !== '') return issuer
    throw unreachable('The cluster names no issuer of its tokens; give its URL with --issuer.')
  } finally {
    cluster.close()
  }
}

/** Without a target it is the role of the association itself. */
function toAnnotations(
  options: ChainOptions,
  target: string | undefined,
): Readonly<Partial<Record<ChainKey, string>>> {
  const values: Partial<Record<ChainKey, string | undefined>> = {
    'target-role-arn': target,
    source: options.association.size > 0 ? 'pod-identity' : undefined,
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

/** What is asked for, before the issuer is known. */
interface Requested {
  readonly request: ChainRequest
  readonly configuration: Configuration
  /** Undefined: any pod. */
  readonly pod: string | undefined
  /** Who asks. */
  readonly place: string
}

interface Requests {
  readonly requested: readonly Requested[]
  readonly findings: readonly CommandFinding[]
}

/** What the pods of files ask for. What only keeps a pod from its sidecar is no matter of IAM. */
async function readFiles(options: ChainOptions, surroundings: Surroundings): Promise<Requests> {
  if (options.filename === undefined) return { requested: [], findings: [] }
  const manifests = await readManifests(options.filename, surroundings)
  const judging = await openJudging(options, surroundings)
  const { configuration, namespace } = judging
  const workloads = manifests.flatMap((manifest) => readWorkloads(manifest, namespace))
  const objects = manifests.flatMap((manifest) => manifest.objects)
  const lookUp = await lookUpFor(workloads, { ...judging, objects })
  const judged = workloads.map((workload) => {
    const { judgement } = judgeWorkload(workload, { ...judging, lookUp })
    const { request, findings } = judgement
    return { workload, request, problems: request?.problems ?? findings.problems }
  })
  return {
    requested: judged.flatMap(({ workload: { object }, request, problems }) =>
      request === null || problems.length > 0
        ? []
        : [
            {
              request,
              configuration,
              pod: object.kind === 'Pod' ? object.name : options.pod,
              place: toPlace(object),
            },
          ],
    ),
    findings: judged.flatMap(({ workload, problems }) =>
      problems.map(({ reason, message }) =>
        toFinding(reason, { level: 'problem', place: toPlace(workload.object), message }),
      ),
    ),
  }
}

/** What the options name themselves. */
function readNamed(options: ChainOptions): Requests {
  const { serviceAccount, pod, association, baseRole } = options
  const isItself = association.size > 0 && serviceAccount !== undefined
  const targets = options.target.length === 0 && isItself ? [undefined] : options.target
  if (targets.length === 0) return { requested: [], findings: [] }
  if (association.size > 0 && baseRole !== undefined)
    throw usedWrongly(
      'A chain begins with a base role by web identity or with an association of EKS Pod Identity; give --base-role or --association, and not both.',
    )
  if (serviceAccount === undefined)
    throw usedWrongly('Name the service account of the pods with --service-account.')
  const configuration = defaultConfiguration()
  const namespace = options.namespace ?? 'default'
  const requests = targets.map((target) => {
    const annotations = toAnnotations(options, target)
    return readAsked({ namespace, serviceAccount, baseRole, pod, annotations }, configuration)
  })
  const place = `serviceaccount/${serviceAccount}`
  return {
    requested: requests
      .filter(({ problems }) => problems.length === 0)
      .map((request) => ({ request, configuration, pod, place })),
    findings: requests.flatMap(({ problems }) =>
      problems.map(({ reason, message }) =>
        toFinding(reason, { level: 'problem', place, message }),
      ),
    ),
  }
}

function isOfToken({ request: { source } }: Requested): boolean {
  return source.kind === 'web-identity'
}

async function readAssociation(
  { request: { sources }, configuration, place }: Requested,
  options: ChainOptions,
  surroundings: Surroundings,
): Promise<Association> {
  const { namespace, serviceAccount } = sources
  const roleArn = findAssociation(options.association, {
    namespace,
    name: serviceAccount.name,
    place,
  })
  const cluster = await readPodCluster(options, configuration, surroundings)
  checkAccount(cluster, roleArn)
  return { roleArn, cluster, hasTags: options.disableSessionTags !== true }
}

/** Pods of several workloads may have the same chain. */
function unique(chains: readonly WalkedChain[]): readonly WalkedChain[] {
  const byContent = new Map(
    chains.map((chain) => {
      const { source, hops, sessionName, target, placeholders } = chain
      return [JSON.stringify([source, hops, sessionName, target, placeholders]), chain]
    }),
  )
  return [...byContent.values()]
}

/** The chains that files and options name. */
export async function readChains(
  options: ChainOptions,
  surroundings: Surroundings,
): Promise<ReadChains> {
  const asked = [readNamed(options), await readFiles(options, surroundings)]
  const requested = asked.flatMap((one) => one.requested)
  const findings = asked.flatMap((one) => one.findings)
  if (requested.length === 0 && findings.length === 0)
    throw usedWrongly(
      'No chain is named: give manifests whose pods have a target with -f, or --namespace, --service-account and --target (and --base-role where the service account has a role, or --association where it has one of EKS Pod Identity).',
    )
  const issuer = requested.some(isOfToken) ? await findIssuer(options, surroundings) : ''
  const chains: NamedChain[] = []
  for (const one of requested) {
    const association = isOfToken(one)
      ? undefined
      : await readAssociation(one, options, surroundings)
    const { request, configuration, pod } = one
    const { audience } = options
    chains.push(...toChains(request, { issuer, audience, association, configuration, pod }))
  }
  return {
    findings,
    chains: unique(chains.map((chain) => ({ ...chain, steps: toSteps(chain, hashText) }))),
  }
}
