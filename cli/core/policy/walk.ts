/**
 * A chain as IAM sees it: for each hop who calls, which role is asked for, which actions that takes, and what is sent
 * along. What each side has to allow is written from it, and IAM's documents are judged against it.
 */
import { accountOf, parseRoleArn, toProviderArn, toSessionArn } from '../../../iam/arn.ts'
import { neededActions, type SessionRequest } from '../../../iam/assume-role.ts'
import type { Hop } from '../../../sidecar/contract.ts'
import { fitName, renderTemplate, type Hash } from '../../../sidecar/core/chain/template.ts'

/** Whose token begins a chain: an OIDC provider of the first role's AWS account vouches for a service account. */
export interface WebIdentitySource {
  /** URL of the cluster's issuer. */
  readonly issuer: string
  readonly audience: string
  readonly namespace: string
  readonly serviceAccount: string
}

/** One chain with all that it is walked with. */
export interface Chain {
  readonly source: WebIdentitySource
  /** At least one. */
  readonly hops: readonly Hop[]
  /** May contain placeholders. */
  readonly sessionName: string
  /** What is known of the placeholders; others stay as they are written. */
  readonly placeholders?: Readonly<Record<string, string>>
}

/** Key and value. */
export type Tag = readonly [key: string, value: string]

/** A session of the chain as it calls for the hop after it. */
export interface ChainSession {
  readonly roleArn: string
  readonly arn: string
  readonly sourceIdentity: string | undefined
  /** Inherited ones, then its own. */
  readonly tags: readonly Tag[]
  readonly transitiveTagKeys: readonly string[]
  readonly sessionPolicy: string | undefined
}

interface CommonStep {
  /** From 1. */
  readonly hop: number
  readonly roleArn: string
  /** Each has to be allowed. */
  readonly actions: readonly string[]
  readonly request: SessionRequest
  readonly durationSeconds: number
  readonly session: ChainSession
}

/** The first hop: the token is the caller. */
export interface WebIdentityStep extends CommonStep {
  readonly kind: 'web_identity'
  readonly provider: { readonly url: string; readonly name: string; readonly arn: string }
  readonly audience: string
  readonly subject: string
}

/** A later hop: the session of the hop before is the caller. */
export interface AssumeRoleStep extends CommonStep {
  readonly kind: 'assume_role'
  readonly caller: ChainSession
  /** Session tags, the inherited ones too. */
  readonly tags: readonly Tag[]
}

/** One hop as IAM sees it. */
export type Step = WebIdentityStep | AssumeRoleStep

/** STS's own default. */
const DEFAULT_DURATION_SECONDS = 3600

/** The URL of an issuer as an OIDC provider has it: no slash at the end. */
export function toProviderUrl(issuer: string): string {
  return issuer.replace(/\/+$/, '')
}

/** How ARNs and condition keys call the provider of an issuer. */
export function toProviderName(issuer: string): string {
  return toProviderUrl(issuer).replace(/^https:\/\//, '')
}

/** How a token names a service account. */
export function toSubject({ namespace, serviceAccount }: WebIdentitySource): string {
  return `system:serviceaccount:${namespace}:${serviceAccount}`
}

function toSession(
  { roleArn, sessionPolicy }: Hop,
  request: SessionRequest,
  inherited: { readonly tags: readonly Tag[]; readonly transitiveTagKeys: readonly string[] },
): ChainSession {
  const role = parseRoleArn(roleArn) ?? { partition: 'aws', accountId: '', name: roleArn }
  return {
    roleArn,
    arn: toSessionArn(role, request.sessionName),
    sourceIdentity: request.sourceIdentity,
    tags: [...inherited.tags, ...request.tags],
    transitiveTagKeys: [...inherited.transitiveTagKeys, ...request.transitiveTagKeys],
    sessionPolicy,
  }
}

function toRequest(
  { externalId, sourceIdentity, sessionTags = [] }: Hop,
  sessionName: string,
  render: (template: string) => string,
): SessionRequest {
  return {
    sessionName,
    externalId,
    sourceIdentity: sourceIdentity === undefined ? undefined : render(sourceIdentity),
    tags: sessionTags.map(({ key, value }): Tag => [key, render(value)]),
    transitiveTagKeys: sessionTags.filter((tag) => tag.isTransitive === true).map(({ key }) => key),
  }
}

function toWebIdentityStep(hop: Hop, request: SessionRequest, { source }: Chain): WebIdentityStep {
  const name = toProviderName(source.issuer)
  const partition = parseRoleArn(hop.roleArn)?.partition ?? 'aws'
  return {
    kind: 'web_identity',
    hop: 1,
    roleArn: hop.roleArn,
    provider: {
      url: toProviderUrl(source.issuer),
      name,
      arn: toProviderArn({ partition, accountId: accountOf(hop.roleArn), name }),
    },
    audience: source.audience,
    subject: toSubject(source),
    actions: ['sts:AssumeRoleWithWebIdentity'],
    request,
    durationSeconds: hop.durationSeconds ?? DEFAULT_DURATION_SECONDS,
    session: toSession(hop, request, { tags: [], transitiveTagKeys: [] }),
  }
}

/** Tags that a session gives to the one after it. */
function inheritedTags({ tags, transitiveTagKeys }: ChainSession): readonly Tag[] {
  const keys = new Set(transitiveTagKeys.map((key) => key.toLowerCase()))
  return tags.filter(([key]) => keys.has(key.toLowerCase()))
}

function toAssumeRoleStep(hop: Hop, asked: SessionRequest, before: Step): AssumeRoleStep {
  const caller = before.session
  const request = { ...asked, sourceIdentity: asked.sourceIdentity ?? caller.sourceIdentity }
  const inherited = inheritedTags(caller)
  const tags = [...inherited, ...request.tags]
  return {
    kind: 'assume_role',
    hop: before.hop + 1,
    roleArn: hop.roleArn,
    caller,
    tags,
    actions: neededActions({
      hasTags: tags.length > 0,
      hasSourceIdentity: request.sourceIdentity !== undefined,
    }),
    request,
    durationSeconds: hop.durationSeconds ?? DEFAULT_DURATION_SECONDS,
    session: toSession(hop, request, {
      tags: inherited,
      transitiveTagKeys: caller.transitiveTagKeys,
    }),
  }
}

/** Whether a text still has a placeholder, so that it differs from pod to pod. */
export function hasPlaceholder(text: string): boolean {
  return /\{[A-Za-z]+\}/.test(text)
}

/** The steps of a chain. `hash` shortens session names as the sidecar does. */
export function toSteps(chain: Chain, hash: Hash): readonly Step[] {
  const { source, hops, placeholders = {} } = chain
  const known = {
    '{namespace}': source.namespace,
    '{serviceAccount}': source.serviceAccount,
    ...placeholders,
  }
  const render = (template: string) => renderTemplate(template, known)
  const rendered = render(chain.sessionName)
  const sessionName = hasPlaceholder(rendered) ? rendered : fitName(rendered, hash)
  return hops.reduce<readonly Step[]>((steps, hop) => {
    const request = toRequest(hop, sessionName, render)
    const before = steps.at(-1)
    const step =
      before === undefined
        ? toWebIdentityStep(hop, request, chain)
        : toAssumeRoleStep(hop, request, before)
    return [...steps, step]
  }, [])
}
