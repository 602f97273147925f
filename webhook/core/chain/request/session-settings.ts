/** How the sessions of a pod's chains are called, and what its author is told about their life and tags. */
import { DEFAULT_SESSION_NAME, type Hop } from '../../../../sidecar/contract.ts'
import { badValue, type ChainAnnotations } from '../../annotations/annotations.ts'
import { sessionNameProblem } from '../../formats/limits.ts'
import type { SourceKind } from '../../vocabulary/keys.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { shortNameProblem, type Render } from './hops.ts'
import { EKS_TAG_COUNT } from './inheritance.ts'

/**
 * Life under which a session has at times less than 15 minutes left: it is renewed when 45 to 65 % of it are left, or
 * some tries later.
 */
const SHORT_SESSION_SECONDS = 2400

/** What is asked of a target here. */
interface NamedChain {
  readonly name: string
  readonly chain: readonly Hop[]
}

/** What is valid, and still may surprise. */
export function sessionWarnings(
  targets: readonly NamedChain[],
  source: SourceKind,
): readonly Finding[] {
  return [...targets.flatMap(shortSessionWarnings), ...tightWarnings(source, targets)]
}

/** The annotation, or what the configuration says. */
export function readSessionName({
  annotations,
  configuration,
  render,
}: {
  readonly annotations: ChainAnnotations
  readonly configuration: { readonly settings: { readonly sessionName: string } }
  readonly render: Render
}): {
  readonly sessionName: string
  readonly problems?: readonly Finding[]
} {
  const annotation = annotations['session-name']
  if (annotation === undefined) return { sessionName: configuration.settings.sessionName }
  const problem = sessionNameProblem(annotation.value) ?? shortNameProblem(annotation.value, render)
  return problem === null
    ? { sessionName: annotation.value }
    : { sessionName: DEFAULT_SESSION_NAME, problems: [badValue(annotation, problem)] }
}

function sendsMore({ chain }: NamedChain): boolean {
  return chain.some(
    ({ sessionTags = [], sessionPolicy }) => sessionTags.length > 0 || sessionPolicy !== undefined,
  )
}

function shortSessionWarnings({ name, chain }: NamedChain): readonly Finding[] {
  const seconds = chain.at(-1)?.durationSeconds ?? SHORT_SESSION_SECONDS
  if (seconds >= SHORT_SESSION_SECONDS) return []
  return [
    {
      reason: 'short_session',
      message: `target '${name}': sessions of ${seconds} s are at times under the 15 minutes below which several SDKs ask on every call; use at least ${SHORT_SESSION_SECONDS}`,
    },
  ]
}

/** EKS's session tags leave little room. */
function tightWarnings(kind: SourceKind, targets: readonly NamedChain[]): readonly Finding[] {
  if (kind === 'web-identity' || !targets.some(sendsMore)) return []
  return [
    {
      reason: 'session_tags_tight',
      message: `EKS's ${EKS_TAG_COUNT} session tags take about three quarters of what STS packs together; with the pod's tags or session policy the call may fail (PackedPolicyTooLarge): keep them short, or turn session tags off on the association`,
    },
  ]
}
