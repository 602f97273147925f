/**
 * Turns hops of the contract into what is sent to STS, and checks what comes back. It decides neither what belongs on
 * which hop (the webhook did) nor when a chain is walked.
 */
import { partitionOf, partitionOfArn, type Hop, type Target } from '../../contract.ts'
import type { FailureCode } from '../failures/errors.ts'
import type { ChainContext } from './job.ts'
import type { Failure } from '../failures/failure.ts'
import type { Session } from '../session.ts'
import type { TokenClaims } from '../failures/token-claims.ts'
import { fitName, type Hash, isName, isTagValue, renderTemplate } from './template.ts'

/** STS's own default for both kinds of hop. */
export const DEFAULT_DURATION_SECONDS = 3600

/** Characters of a rendered text in a sentence. */
const SHOWN = 80

/** What is sent to STS for one hop, in the words of its API. The sender adds the token of the first hop. */
export interface StsInput {
  readonly RoleArn: string
  readonly RoleSessionName: string
  readonly DurationSeconds: number
  readonly ExternalId?: string
  readonly SourceIdentity?: string
  readonly Policy?: string
  readonly Tags?: { readonly Key: string; readonly Value: string }[]
  readonly TransitiveTagKeys?: string[]
}

/** One hop to walk. */
export interface StsCall {
  /** 1 for the first of the chain. */
  readonly hop: number
  readonly input: StsInput
  /** The STS token for a web identity hop, the session of the hop before for any other. */
  readonly identity: string | Session
  /** Whether the first session is of EKS Pod Identity, whose session tags every hop inherits. */
  readonly isOfPodIdentity?: boolean
  /** Of the token, for sentences. */
  readonly claims?: TokenClaims
  /** Whether the chain has no other hop. */
  readonly isOnlyHop?: boolean
}

/** How a hop ended. */
export type StsOutcome =
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly retryAfterMs?: number }

/** An input, or why the pod's templates make none. */
export type RenderedHop =
  | { readonly kind: 'input'; readonly input: StsInput }
  | { readonly kind: 'invalid'; readonly code: FailureCode; readonly detail: string }

/**
 * Renders the templates of a hop. `hash` shortens names that are too long; the result is the same for the life of a
 * pod.
 */
export function toStsInput(hop: Hop, context: ChainContext, hash: Hash): RenderedHop {
  const render = (template: string): string => renderTemplate(template, context.placeholders)
  const sessionName = fitName(render(context.sessionName), hash)
  if (!isName(sessionName)) return invalid('session_name_invalid', show(sessionName))
  const problem = findUnfit(hop, render)
  if (problem !== undefined) return problem
  return {
    kind: 'input',
    input: {
      RoleArn: hop.roleArn,
      RoleSessionName: sessionName,
      DurationSeconds: hop.durationSeconds ?? DEFAULT_DURATION_SECONDS,
      ...(hop.externalId !== undefined && { ExternalId: hop.externalId }),
      ...(hop.sourceIdentity !== undefined && { SourceIdentity: render(hop.sourceIdentity) }),
      ...(hop.sessionPolicy !== undefined && { Policy: hop.sessionPolicy }),
      ...tagsOf(hop, render),
    },
  }
}

/**
 * What comes out otherwise than STS takes it. It is not made to fit: policies and audit logs compare it, and a cut one
 * would be another.
 */
function findUnfit(
  { sourceIdentity, sessionTags = [] }: Hop,
  render: (template: string) => string,
): RenderedHop | undefined {
  if (sourceIdentity !== undefined && !isName(render(sourceIdentity))) {
    return invalid('source_identity_invalid', show(render(sourceIdentity)))
  }
  const tag = sessionTags.find(({ value }) => !isTagValue(render(value)))
  return tag && invalid('session_tag_invalid', `tag ${tag.key}: ${show(render(tag.value))}`)
}

function invalid(code: FailureCode, detail: string): RenderedHop {
  return { kind: 'invalid', code, detail }
}

/** Long enough to be recognised, with the length that may be what is wrong. */
function show(text: string): string {
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text
  return `${JSON.stringify(shown)} (${String(text.length)} characters)`
}

function tagsOf(
  hop: Hop,
  render: (template: string) => string,
): Pick<StsInput, 'Tags' | 'TransitiveTagKeys'> {
  const tags = hop.sessionTags ?? []
  if (tags.length === 0) return {}
  const transitive = tags.filter((tag) => tag.isTransitive === true).map((tag) => tag.key)
  return {
    Tags: tags.map((tag) => ({ Key: tag.key, Value: render(tag.value) })),
    ...(transitive.length > 0 && { TransitiveTagKeys: transitive }),
  }
}

/**
 * The key under which a session of these hops is held: that of another chain, session name or pod has another. It holds
 * no secret, and is no hash, since the resident process would have to load node:crypto for it (1 MB).
 */
export function toChainKey(chain: readonly Hop[], context: ChainContext): string {
  const names = Object.entries(context.placeholders).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([chain, context.sessionName, names])
}

/** Of no chain: {@link toChainKey} begins with a bracket. */
const POD_IDENTITY_KEY = 'pod-identity'

/**
 * The key of a target's base session, which equal first hops share; undefined when the one hop is the target role
 * itself. The session of EKS Pod Identity is that of all chains.
 */
export function toBaseKey(target: Target, context: ChainContext): string | undefined {
  if (context.podIdentity !== undefined) return POD_IDENTITY_KEY
  return target.chain.length > 1 ? toChainKey(target.chain.slice(0, 1), context) : undefined
}

/**
 * The region whose STS is asked for a role: the one given when it is of the role's partition, else the partition's
 * first.
 */
export function toStsRegion(roleArn: string, region: string | undefined): string {
  const partition = partitionOfArn(roleArn)
  if (region === undefined || region === '') return partition.defaultRegion
  return partitionOf(region) === partition ? region : partition.defaultRegion
}

/**
 * Whether `arn:aws:sts::222222222222:assumed-role/reports-reader/name` is a session, of that name, of the role asked
 * for. A role's path is not part of such an ARN, so that the last part of the role's name is what counts.
 */
export function isSessionOf(assumedRoleArn: string, input: StsInput): boolean {
  const [, partition, , , accountId, ...name] = input.RoleArn.split(':')
  const roleName = name.join(':').split('/').at(-1) ?? ''
  const session = `assumed-role/${roleName}/${input.RoleSessionName}`
  return assumedRoleArn === `arn:${partition ?? ''}:sts::${accountId ?? ''}:${session}`
}

/** The AWS account in an ARN; empty when there is none. */
export function accountIdOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}
