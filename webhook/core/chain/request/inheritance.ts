/** What later hops of a chain inherit from earlier ones, and therefore may not send again, or not in any number. */
import type { Hop } from '../../../../sidecar/contract.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import type { Beginning, FieldLabel } from './field-label.ts'

/** `eks-cluster-arn` and so on: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html */
export const EKS_TAG_COUNT = 6

/** Of a session, with those that it inherits: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
const TAG_LIMIT = 50

/** Each hop that comes to more tags than STS takes, the inherited ones counted. */
export function tagCountProblems(
  chain: readonly Hop[],
  { label, source }: Beginning,
): readonly Finding[] {
  let inherited = source === 'pod-identity' ? EKS_TAG_COUNT : 0
  return chain.flatMap(({ sessionTags = [] }, hop): readonly Finding[] => {
    const count = inherited + sessionTags.length
    const before = inherited
    inherited += sessionTags.filter(({ isTransitive }) => isTransitive === true).length
    if (count <= TAG_LIMIT || sessionTags.length === 0) return []
    const whose = source === 'pod-identity' ? `, ${EKS_TAG_COUNT} of EKS Pod Identity,` : ''
    return [
      {
        reason: 'bad_value',
        message: `${label(hop, 'sessionTags')}: ${sessionTags.length} tags and ${before} that the hop inherits${whose} are ${count}, and STS takes at most ${TAG_LIMIT}; use fewer`,
      },
    ]
  })
}

/** What is sent a second time although it is inherited. */
export function inheritanceProblems(chain: readonly Hop[], label: FieldLabel): readonly Finding[] {
  const inherited = new Set<string>()
  let hasSourceIdentity = false
  return chain.flatMap(({ sessionTags = [], sourceIdentity }, hop) => {
    const found: Finding[] = []
    if (sourceIdentity !== undefined && hasSourceIdentity) {
      found.push({
        reason: 'sent_again',
        message: `${label(hop, 'sourceIdentity')}: an earlier hop sets the source identity, which stays for all later hops; remove it here`,
      })
    }
    hasSourceIdentity ||= sourceIdentity !== undefined
    for (const { key } of sessionTags) {
      if (inherited.has(key.toLowerCase())) {
        found.push({
          reason: 'sent_again',
          message: `${label(hop, 'sessionTags')}: tag '${key}' is transitive on an earlier hop, and STS refuses to have it sent again; remove it here`,
        })
      }
    }
    for (const { key, isTransitive } of sessionTags)
      if (isTransitive === true) inherited.add(key.toLowerCase())
    return found
  })
}
