/** Reads the chain that stands in annotations of its own: `target-role-arn` and what goes with it. */
import type { Hop, SessionTag } from '../../../../sidecar/contract.ts'
import { badValue, type Annotation, type ChainAnnotations } from '../../annotations/annotations.ts'
import { toSessionTags } from '../../configuration/hop-schema.ts'
import { HOP_LIMIT, placeSettings, type FieldLabel } from './hops.ts'
import type { ChainKey } from '../../vocabulary/keys.ts'
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

/** The chain: the base role where there is one, then the named roles, with the other annotations' settings placed on hops. */
export function readFlatChain(
  written: ChainAnnotations,
  annotation: Annotation,
  baseRole: string | null,
): FlatChain {
  const problems: Finding[] = []
  const named = readRoleArns(annotation, problems)
  const text = (key: ChainKey, problemOf: (value: string) => string | null) => {
    const value = written[key]
    const problem = value === undefined ? null : problemOf(value.value)
    if (value !== undefined && problem !== null) problems.push(badValue(value, problem))
    return value?.value
  }
  const duration = text('duration-seconds', (value) =>
    durationProblem(/^\d{1,6}$/.test(value) ? Number(value) : NaN),
  )
  const chain = placeSettings(baseRole === null ? named : [baseRole, ...named], {
    externalId: text('external-id', externalIdProblem),
    sessionTags: readSessionTags(written['session-tags'], problems),
    sourceIdentity: text('source-identity', sourceIdentityProblem),
    sessionPolicy: text('session-policy', sessionPolicyProblem),
    durationSeconds: duration === undefined ? undefined : Number(duration),
  })
  const label: FieldLabel = (_hop, field) => {
    const value = written[FIELD_KEYS[field]]
    return value === undefined ? annotation.label : `${value.label}: '${shorten(value.value)}'`
  }
  return { chain, named, label, problems }
}

/** Role names may contain commas, so only a comma before `arn:` separates. Of too many, just as many as say so. */
function readRoleArns(annotation: Annotation, problems: Finding[]): readonly string[] {
  const arns = annotation.value.split(/,(?=\s*arn:)/, HOP_LIMIT + 1).map((arn) => arn.trim())
  for (const arn of arns) {
    const problem = roleArnProblem(arn)
    if (problem !== null) problems.push(badValue({ ...annotation, value: arn }, problem))
  }
  return arns
}

/** `key=value,…`, each split at its first `=`. */
function readSessionTags(
  annotation: Annotation | undefined,
  problems: Finding[],
): readonly SessionTag[] | undefined {
  if (annotation === undefined) return undefined
  const pairs = annotation.value.split(',').map((pair) => pair.trim())
  const whole = pairs.filter((pair) => pair.includes('='))
  if (whole.length < pairs.length)
    problems.push(badValue(annotation, 'has to be key=value,…, and one part has no ='))
  const read = toSessionTags(
    whole.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  problems.push(
    ...read.problems.map((problem): Finding => ({
      reason: 'bad_value',
      message: `${annotation.label}: ${problem}`,
    })),
  )
  return read.tags
}
