/** Reads the chain that stands in annotations of its own: `target-role-arn` and what goes with it. */
import type { Hop, SessionTag } from '../../../../sidecar/contract.ts'
import { badValue, type Annotation, type ChainAnnotations } from '../../annotations/annotations.ts'
import { toSessionTags } from '../../configuration/hop-schema.ts'
import type { FieldLabel } from './field-label.ts'
import { HOP_LIMIT, placeSettings } from './hops.ts'
import type { ChainKey, SourceKind } from '../../vocabulary/keys.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
import {
  durationProblem,
  externalIdProblem,
  roleArnProblem,
  sessionPolicyProblem,
  sourceIdentityProblem,
} from '../../formats/limits.ts'
import { shorten } from '../../formats/name-list.ts'

export interface FlatChain {
  readonly chain: readonly Hop[]
  /** The role ARNs that the annotation itself names. */
  readonly named: readonly string[]
  readonly label: FieldLabel
  readonly problems: readonly Finding[]
}

const FIELD_KEYS = {
  roleArn: 'target-role-arn',
  externalId: 'external-id',
  sessionTags: 'session-tags',
  sourceIdentity: 'source-identity',
  sessionPolicy: 'session-policy',
  durationSeconds: 'duration-seconds',
} as const satisfies Readonly<Record<keyof Hop, ChainKey>>

/**
 * The chain: the base role where there is one, then the named roles, with the other annotations' settings placed on
 * hops.
 */
export function readFlatChain(
  annotations: ChainAnnotations,
  annotation: Annotation,
  { baseRole, source }: { readonly baseRole: string | null; readonly source: SourceKind },
): FlatChain {
  const named = readRoleArns(annotation)
  const tags = readSessionTags(annotations['session-tags'])
  const valueOf = (key: ChainKey) => annotations[key]?.value
  const duration = valueOf('duration-seconds')
  const settings = {
    externalId: valueOf('external-id'),
    sessionTags: tags.tags,
    sourceIdentity: valueOf('source-identity'),
    sessionPolicy: valueOf('session-policy'),
    durationSeconds: duration === undefined ? undefined : Number(duration),
  }
  const chain = placeSettings(baseRole === null ? named : [baseRole, ...named], settings, source)
  const label: FieldLabel = (_hop, field) => {
    const value = annotations[FIELD_KEYS[field]]
    return value === undefined ? annotation.label : `${value.label}: '${shorten(value.value)}'`
  }
  const problemsOf = (key: ChainKey, problemOf: (value: string) => string | null) =>
    valueProblems(annotations[key], problemOf)
  return {
    chain,
    named,
    label,
    problems: [
      ...named.flatMap((arn) => valueProblems({ ...annotation, value: arn }, roleArnProblem)),
      ...problemsOf('duration-seconds', (value) =>
        durationProblem(/^\d{1,6}$/.test(value) ? Number(value) : NaN),
      ),
      ...problemsOf('external-id', externalIdProblem),
      ...tags.problems,
      ...problemsOf('source-identity', sourceIdentityProblem),
      ...problemsOf('session-policy', sessionPolicyProblem),
    ],
  }
}

function valueProblems(
  annotation: Annotation | undefined,
  problemOf: (value: string) => string | null,
): readonly Finding[] {
  const problem = annotation === undefined ? null : problemOf(annotation.value)
  return annotation === undefined || problem === null ? [] : [badValue(annotation, problem)]
}

/** Role names may contain commas, so only a comma before `arn:` separates. Of too many, just as many as say so. */
function readRoleArns({ value }: Annotation): readonly string[] {
  return value.split(/,(?=\s*arn:)/, HOP_LIMIT + 1).map((arn) => arn.trim())
}

/** `key=value,…`, each split at its first `=`. */
function readSessionTags(annotation: Annotation | undefined): {
  readonly tags: readonly SessionTag[] | undefined
  readonly problems: readonly Finding[]
} {
  if (annotation === undefined) return { tags: undefined, problems: [] }
  const pairs = annotation.value.split(',').map((pair) => pair.trim())
  const whole = pairs.filter((pair) => pair.includes('='))
  const { tags, problems } = toSessionTags(
    whole.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  return {
    tags,
    problems: [
      ...(whole.length < pairs.length
        ? [badValue(annotation, 'has to be key=value,…, and one part has no =')]
        : []),
      ...problems.map((problem): Finding => ({
        reason: 'bad_value',
        message: `${annotation.label}: ${problem}`,
      })),
    ],
  }
}
