/**
 * Chain mode, first stage: what pod and service account ask for, from annotations to targets and to the containers that
 * are to have them.
 */
import { labelWarnings } from '../../annotations/chain-label.ts'
import { readChainAnnotations } from '../../annotations/chain-annotations.ts'
import type {
  AnnotationNames,
  Configuration,
  KnownContainers,
  ParityConfiguration,
  Policy,
} from '../../configuration/configuration.ts'
import { readWebIdentity, type WebIdentity } from '../../parity/web-identity.ts'
import { joinFindings, type Findings } from '../../vocabulary/reasons.ts'
import { assignTargets, type Assignment } from './assignment.ts'
import { renderFor } from './render.ts'
import { readSettings, type PodSettings } from './pod-settings.ts'
import { readSource, type Source } from './source.ts'
import type { ChainSources } from './sources.ts'
import { readTargets, type TargetRequest } from './targets.ts'

/** What is asked for, with all problems. After a problem, the rest is only there to find further problems. */
export interface ChainRequest extends Findings {
  readonly sources: ChainSources
  readonly settings: PodSettings
  /** Where the chains begin. */
  readonly source: Source
  /** The service account's role, or null; chains begin with it where the source is web identity. */
  readonly identity: WebIdentity | null
  readonly targets: readonly TargetRequest[]
  readonly sessionName: string
  readonly assignments: readonly Assignment[]
}

/** What the request reads of the configuration. */
export type RequestConfiguration = AnnotationNames &
  Policy &
  ParityConfiguration &
  KnownContainers &
  Pick<Configuration, 'settings'>

export function readChainRequest(
  sources: ChainSources,
  configuration: RequestConfiguration,
): ChainRequest {
  const { pod, namespace, serviceAccount } = sources
  const read = readChainAnnotations(
    { pod: pod.annotations, labels: pod.labels, serviceAccount: serviceAccount.annotations },
    configuration,
  )
  const { annotations } = read
  const operational = readSettings(annotations, pod.annotations, configuration)
  const { settings } = operational
  const identity = readWebIdentity(sources, configuration)
  const baseRole = identity?.roleArn ?? null
  const decided = readSource({ annotations, sources, baseRole }, configuration)
  const { source } = decided
  const asked = readTargets({
    annotations,
    baseRole: source.kind === 'web-identity' ? baseRole : null,
    source: source.kind,
    requester: { namespace, serviceAccount: serviceAccount.name },
    render: renderFor(sources),
    containers: settings.containers,
    configuration,
  })
  const { targets, sessionName } = asked
  const assigned = assignTargets({ pod, targets, skipped: settings.skipped }, configuration)
  return {
    sources,
    settings,
    source,
    identity,
    targets,
    sessionName,
    assignments: assigned.assignments,
    ...joinFindings(read, operational, decided, asked, assigned, {
      warnings: labelWarnings(serviceAccount, configuration),
    }),
  }
}
