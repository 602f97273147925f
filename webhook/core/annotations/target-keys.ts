/** Which annotations may stand beside which: one asks for a target, and settings of hops stand in one place. */
import { type Annotation, type ChainAnnotations } from './annotations.ts'
import { CHAIN_KEY_NAMES, TARGET_KEYS, type ChainKey } from '../vocabulary/keys.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import { shorten } from '../formats/name-list.ts'

const HOP_KEYS = [
  'external-id',
  'session-tags',
  'source-identity',
  'session-policy',
  'duration-seconds',
] as const satisfies readonly ChainKey[]

/** What is wrong with the set of annotations, apart from their values. */
export function targetKeyProblems(annotations: ChainAnnotations): readonly Finding[] {
  const asked = TARGET_KEYS.flatMap((key) => annotations[key] ?? [])
  const [first, second] = asked
  if (first === undefined) {
    const isOfSource = annotations.source !== undefined
    // What only says how the role gets into the pod may stand beside a source alone.
    const keys = isOfSource ? HOP_KEYS : CHAIN_KEY_NAMES
    const labels = keys.flatMap((key) => annotations[key]?.label ?? [])
    if (labels.length === 0) return []
    return [
      {
        reason: 'no_target',
        message: `${labels.join(', ')}: no role is named; add target-role-arn, targets or target, or remove what is set`,
      },
    ]
  }
  if (second !== undefined) {
    const labels = asked.map(({ label }) => label)
    return [
      {
        reason: 'several_target_keys',
        message: `${labels.join(' and ')} exclude each other; keep one`,
      },
    ]
  }
  return annotations['target-role-arn'] === undefined ? misplacedSettings(annotations, first) : []
}

/** With `targets` and `target`, settings of hops have one place: beside the hop's role. */
function misplacedSettings(annotations: ChainAnnotations, asked: Annotation): readonly Finding[] {
  const keys = annotations.targets === undefined ? HOP_KEYS : [...HOP_KEYS, 'containers' as const]
  const place =
    annotations.targets === undefined ? "the chain's definition in the configuration" : asked.label
  return keys.flatMap((key): readonly Finding[] => {
    const annotation = annotations[key]
    if (annotation === undefined) return []
    return [
      {
        reason: 'belongs_into_targets',
        message: `${annotation.label}: '${shorten(annotation.value)}' has no effect beside ${asked.label}; move it into ${place}`,
      },
    ]
  })
}
