/**
 * A chain as IAM sees it: its steps. What each side has to allow is written from them, and IAM's documents are judged
 * against them.
 */
import { neededActions, type SessionRequest } from '../../../iam/assume-role.ts'
import type { Hop } from '../../../sidecar/contract.ts'
import { fitName, renderTemplate, type Hash } from '../../../sidecar/core/chain/template.ts'
import {
  DEFAULT_DURATION_SECONDS,
  toPodIdentityStep,
  toSession,
  toWebIdentityStep,
} from './first-step.ts'
import type { ChainSource } from './source.ts'
import type { AssumeRoleStep, ChainSession, Step, Tag } from './steps.ts'

/** One chain with all that it is walked with. */
export interface Chain {
  readonly source: ChainSource
  /** At least one; with EKS Pod Identity the role of the association is the first. */
  readonly hops: readonly Hop[]
  /** May contain placeholders. */
  readonly sessionName: string
  /** What is known of the placeholders; others stay as they are written. */
  readonly placeholders?: Readonly<Record<string, string>>
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

/** Tags that a session gives to the one after it. */
function inheritedTags({ tags, transitiveTagKeys }: ChainSession): readonly Tag[] {
  const keys = new Set(transitiveTagKeys.map((key) => key.toLowerCase()))
  return tags.filter(([key]) => keys.has(key.toLowerCase()))
}

function toAssumeRoleStep(hop: Hop, asked: SessionRequest, before: Step): AssumeRoleStep {
  const caller = before.session
  const request = { ...asked, sourceIdentity: asked.sourceIdentity ?? caller.sourceIdentity }
  const session = toSession(hop, request, {
    tags: inheritedTags(caller),
    transitiveTagKeys: caller.transitiveTagKeys,
  })
  return {
    kind: 'assume_role',
    hop: before.hop + 1,
    roleArn: hop.roleArn,
    caller,
    actions: neededActions({
      hasTags: session.tags.length > 0,
      hasSourceIdentity: request.sourceIdentity !== undefined,
    }),
    request,
    durationSeconds: hop.durationSeconds ?? DEFAULT_DURATION_SECONDS,
    session,
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
  const toFirstStep = (hop: Hop): Step =>
    source.kind === 'pod-identity'
      ? toPodIdentityStep(hop, source, placeholders)
      : toWebIdentityStep(hop, toRequest(hop, sessionName, render), source)
  return hops.reduce<readonly Step[]>((steps, hop) => {
    const before = steps.at(-1)
    const step =
      before === undefined
        ? toFirstStep(hop)
        : toAssumeRoleStep(hop, toRequest(hop, sessionName, render), before)
    return [...steps, step]
  }, [])
}
