/** Makes the chain of a target from its hops: what is sent on which hop, and what STS would refuse. */
import type { Hop, SessionTag } from '../../../../sidecar/contract.ts'
import { toHop } from '../../configuration/hop-schema.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import { readPartition } from '../../formats/limits.ts'
import { shorten } from '../../formats/name-list.ts'
import type { Beginning, FieldLabel } from './field-label.ts'
import { inheritanceProblems, tagCountProblems } from './inheritance.ts'
import type { SourceKind } from '../../vocabulary/keys.ts'

/** Settings that stand beside the list of roles and belong to the chain as a whole. */
export interface ChainSettings {
  readonly externalId?: string | undefined
  readonly sessionTags?: readonly SessionTag[] | undefined
  readonly sourceIdentity?: string | undefined
  readonly sessionPolicy?: string | undefined
  readonly durationSeconds?: number | undefined
}

/** Life that STS gives to a session when it is not asked for another. */
const DEFAULT_DURATION = 3600

/**
 * The chain of role ARNs with what goes on which hop: source identity and transitive tags on the first `AssumeRole`
 * (they are inherited from there), all else on the last hop.
 */
export function placeSettings(
  roleArns: readonly string[],
  settings: ChainSettings,
  source: SourceKind,
): readonly Hop[] {
  const last = roleArns.length - 1
  const firstAssumeRole = source === 'web-identity' ? Math.min(1, last) : 0
  return roleArns.map((roleArn, hop) => {
    const tags =
      settings.sessionTags?.filter(
        ({ isTransitive }) => hop === (isTransitive === true ? firstAssumeRole : last),
      ) ?? []
    return toHop({
      roleArn,
      externalId: hop === last ? settings.externalId : undefined,
      sessionTags: tags.length > 0 ? tags : undefined,
      sourceIdentity: hop === firstAssumeRole ? settings.sourceIdentity : undefined,
      sessionPolicy: hop === last ? settings.sessionPolicy : undefined,
      durationSeconds: hop === last ? settings.durationSeconds : undefined,
    })
  })
}

/**
 * The chain with the last hop's duration filled in from the configuration, and written out only where it is not STS's
 * own default.
 */
export function withDuration(chain: readonly Hop[], configured: number): readonly Hop[] {
  return chain.map((hop, index) => {
    const {
      durationSeconds = index === chain.length - 1 ? configured : DEFAULT_DURATION,
      ...rest
    } = hop
    return durationSeconds === DEFAULT_DURATION ? rest : { ...rest, durationSeconds }
  })
}

/** Far more than AWS accounts have steps between them. Each takes a call to STS at every renewal. */
export const HOP_LIMIT = 50

/** Fills the placeholders of a template with what is known at admission. The others (the node) become empty. */
export type Render = (template: string) => string

/**
 * What STS would refuse about a chain. Values themselves have been checked where they were read, as far as they are
 * literal.
 */
export function chainProblems(
  chain: readonly Hop[],
  {
    label,
    render,
    source,
  }: { readonly label: FieldLabel; readonly render: Render; readonly source: SourceKind },
): readonly Finding[] {
  if (chain.length > HOP_LIMIT) {
    const message = `${label(HOP_LIMIT, 'roleArn')}: the chain has more than ${HOP_LIMIT} hops; leave out roles that only lead to the next`
    return [{ reason: 'bad_value', message }]
  }
  return [
    ...partitionProblems(chain, label),
    ...(source === 'web-identity' ? webIdentityProblems(chain, label) : []),
    ...durationProblems(chain, { label, source }),
    ...inheritanceProblems(chain, label),
    ...tagCountProblems(chain, { label, source }),
    ...selfProblems(chain, label),
    ...chain.flatMap((hop, index) => lengthProblems(hop, (field) => label(index, field), render)),
  ]
}

/** What is wrong with a name that a template makes too short for STS. Null also when the name is not known yet. */
export function shortNameProblem(template: string, render: Render): string | null {
  const isKnown =
    !template.includes('{node}') && (!template.includes('{pod}') || render('{pod}') !== '')
  const rendered = render(template)
  if (rendered === template || !isKnown || rendered.length >= 2) return null
  return `comes out as '${rendered}' for this pod, and STS takes at least 2 characters; write more around the placeholder`
}

/**
 * A rendered session name is cut by the sidecar; these are not, neither here nor there, since policies compare them.
 */
function lengthProblems(
  { sourceIdentity = '', sessionTags = [] }: Hop,
  label: (field: keyof Hop) => string,
  render: Render,
): readonly Finding[] {
  const templates = [
    { field: 'sourceIdentity', text: sourceIdentity, limit: 64 } as const,
    ...sessionTags.map(({ value }) => ({ field: 'sessionTags', text: value, limit: 256 }) as const),
  ]
  const short = shortNameProblem(sourceIdentity, render)
  const found: readonly Finding[] =
    short === null ? [] : [{ reason: 'bad_value', message: `${label('sourceIdentity')}: ${short}` }]
  const long = templates.flatMap(({ field, text, limit }): readonly Finding[] => {
    const rendered = render(text)
    const { length } = rendered
    if (rendered === text || length <= limit) return []
    return [
      {
        reason: 'bad_value',
        message: `${label(field)}: for this pod it comes out as '${shorten(rendered)}', ${length} characters long, and STS takes at most ${limit}; use fewer placeholders or shorter names`,
      },
    ]
  })
  return [...found, ...long]
}

/**
 * A hop from a role to itself. If it sends nothing of its own, its session equals the one before, and few roles allow
 * it.
 */
function selfAssumed(
  chain: readonly Hop[],
): readonly { readonly hop: number; readonly isIdle: boolean }[] {
  return chain.flatMap(
    ({ roleArn, externalId, sessionTags, sourceIdentity, sessionPolicy }, hop) => {
      if (hop === 0 || chain[hop - 1]?.roleArn !== roleArn) return []
      const own = [externalId, sessionTags, sourceIdentity, sessionPolicy]
      return [{ hop, isIdle: own.every((value) => value === undefined || value.length === 0) }]
    },
  )
}

function selfProblems(chain: readonly Hop[], label: FieldLabel): readonly Finding[] {
  return selfAssumed(chain)
    .filter(({ isIdle }) => isIdle)
    .map(({ hop }) => ({
      reason: 'assumes_itself',
      message: `${label(hop, 'roleArn')}: ${chain[hop]?.roleArn} is the role of the hop before (the base role, or the one named before it), so that role would assume itself; to use just that role, remove it here`,
    }))
}

/** With settings of its own such a hop has a purpose; that the role has to trust itself is easily forgotten. */
export function selfWarnings(chain: readonly Hop[], label: FieldLabel): readonly Finding[] {
  return selfAssumed(chain)
    .filter(({ isIdle }) => !isIdle)
    .map(({ hop }) => ({
      reason: 'assumes_itself',
      message: `${chain[hop]?.roleArn} assumes itself (hop ${hop + 1}), so its trust policy has to allow sts:AssumeRole to itself; name another role in ${label(hop, 'roleArn')} if that is not meant`,
    }))
}

function partitionProblems(chain: readonly Hop[], label: FieldLabel): readonly Finding[] {
  const partitions = chain.map(({ roleArn }) => readPartition(roleArn))
  const other = partitions.findIndex(
    (partition) => partition !== null && partition !== partitions[0],
  )
  if (other < 1 || partitions[0] === null) return []
  return [
    {
      reason: 'mixed_partitions',
      message: `${label(other, 'roleArn')}: ${chain[other]?.roleArn} is in partition ${partitions[other]}, but the chain begins with ${chain[0]?.roleArn}; no role can be assumed across partitions, use one of ${partitions[0]}`,
    },
  ]
}

function webIdentityProblems(chain: readonly Hop[], label: FieldLabel): readonly Finding[] {
  const [first] = chain
  const fields = ['externalId', 'sessionTags', 'sourceIdentity'] as const
  return fields
    .filter((field) => first?.[field] !== undefined)
    .map((field) => ({
      reason: 'not_with_web_identity',
      message: `${label(0, field)}: ${first?.roleArn} is assumed by web identity, which takes no external id, session tags or source identity; remove it, or give the service account a base role that assumes this one`,
    }))
}

function durationProblems(chain: readonly Hop[], { label, source }: Beginning): readonly Finding[] {
  if (chain.length === 1 && source === 'web-identity') return []
  return chain.flatMap(({ durationSeconds }, hop) =>
    durationSeconds === undefined || durationSeconds <= 3600
      ? []
      : [
          {
            reason: 'bad_value' as const,
            message: `${label(hop, 'durationSeconds')}: '${durationSeconds}' is over 3600, the limit that AWS sets for role chaining; use at most 3600`,
          },
        ],
  )
}
