/**
 * Where the first session of a pod's chains comes from: web identity, or the agent of EKS Pod Identity. Who says
 * nothing gets what the pod and its service account show.
 */
import { badValue, type ChainAnnotations } from '../../annotations/annotations.ts'
import type {
  Configuration,
  ParityConfiguration,
  Policy,
} from '../../configuration/configuration.ts'
import { readPodIdentityUrl } from '../../parity/eks-webhook.ts'
import { SOURCES, type SourceKind } from '../../vocabulary/keys.ts'
import type { Finding, Findings } from '../../vocabulary/reasons.ts'
import { POD_IDENTITY_TOKEN_VOLUME } from '../../vocabulary/names.ts'
import type { ChainSources } from './sources.ts'

/** What is decided, and why. */
export interface Source {
  readonly kind: SourceKind
  /** Half a sentence, after "because". */
  readonly why: string
  /** Nobody has said it. */
  readonly isInferred: boolean
}

/** What the decision is taken from. */
export interface SourceFacts {
  readonly annotations: ChainAnnotations
  readonly sources: ChainSources
  /** The role of the service account, or null. */
  readonly baseRole: string | null
}

export type SourceConfiguration = Pick<Policy, 'namedChains'> &
  ParityConfiguration & {
    readonly settings: Pick<Configuration['settings'], 'source'>
  } & Pick<Configuration, 'annotationNames'>

/**
 * The first that holds decides:
 *
 *   1. the annotation `source`
 *   2. the named chain that the annotation `target` asks for
 *   3. `source` in the configuration
 *   4. the service account has a role                      | web identity
 *   5. the file of EKS Pod Identity lists it               | EKS Pod Identity
 *   6. EKS has written its variables into a container, or  | EKS Pod Identity
 *      we have taken them from there before
 *   7. nothing of all this                                 | web identity
 */
export function readSource(
  facts: SourceFacts,
  configuration: SourceConfiguration,
): Findings & { readonly source: Source } {
  const { annotations } = facts
  const asked = annotations.source
  const problems: Finding[] = []
  if (asked !== undefined && !SOURCES.some((kind) => kind === asked.value)) {
    problems.push(badValue(asked, `is not one of ${SOURCES.join(', ')}`))
  }
  const source = readSaid(facts, configuration) ?? infer(facts, configuration)
  return { source, problems, warnings: sourceWarnings(source, facts, configuration) }
}

function said(kind: SourceKind, why: string): Source {
  return { kind, why, isInferred: false }
}

function inferred(kind: SourceKind, why: string): Source {
  return { kind, why, isInferred: true }
}

function readSaid(
  { annotations: { source: asked, target } }: SourceFacts,
  { namedChains, settings }: SourceConfiguration,
): Source | undefined {
  const kind = SOURCES.find((one) => one === asked?.value)
  if (asked !== undefined && kind !== undefined) return said(kind, `${asked.label} says so`)
  const ofChain = target === undefined ? undefined : namedChains.get(target.value)?.source
  if (target !== undefined && ofChain != null) {
    return said(ofChain, `chain '${target.value}' of the configuration says so`)
  }
  return settings.source === null ? undefined : said(settings.source, 'the configuration says so')
}

function infer(
  { sources: { pod, namespace }, baseRole }: SourceFacts,
  configuration: SourceConfiguration,
): Source {
  if (baseRole !== null) return inferred('web-identity', 'the service account has a role')
  if (configuration.podIdentities.has(`${namespace}/${pod.serviceAccountName}`)) {
    return inferred(
      'pod-identity',
      'the service account has no role, and is listed for EKS Pod Identity',
    )
  }
  const isLeftByEks =
    pod.containers.some((container) => readPodIdentityUrl(container, configuration) !== null) ||
    pod.volumes.some(({ name }) => name === POD_IDENTITY_TOKEN_VOLUME)
  return isLeftByEks
    ? inferred(
        'pod-identity',
        'the service account has no role, and EKS gave the pod its variables',
      )
    : inferred('web-identity', 'nothing shows another source')
}

function sourceWarnings(
  { kind, why, isInferred }: Source,
  { baseRole, sources: { serviceAccount } }: SourceFacts,
  { annotationNames, parityAnnotationNames }: SourceConfiguration,
): readonly Finding[] {
  if (kind === 'web-identity') return []
  if (isInferred) {
    const message = `the chain begins with EKS Pod Identity, because ${why}; write ${annotationNames.source}: ${kind} if you mean it, else web-identity`
    return [{ reason: 'source_inferred', message }]
  }
  if (baseRole === null) return []
  const key = parityAnnotationNames['role-arn']
  const message = `${key} of service account ${serviceAccount.name} does not count: the chain begins with EKS Pod Identity, because ${why}; remove one of the two`
  return [{ reason: 'base_role_unused', message }]
}
