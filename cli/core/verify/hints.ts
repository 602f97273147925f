/** What mends a refusal: exactly what to allow, or which annotation to set. */
import type { Explanation, Mismatch } from '../../../iam/decision.ts'
import { callerOf, type Step } from '../policy/steps.ts'

/** Whose documents a side is: the role that is asked for, or the one that asks. */
export function subjectOf(step: Step, side: Explanation['side']): string {
  return side === 'trust_policy' || step.kind !== 'assume_role' ? step.roleArn : step.caller.roleArn
}

/** What a side has to allow. */
export function hintFor(step: Step, side: Explanation['side'], action: string): string {
  if (side === 'trust_policy')
    return `Allow ${action} to ${callerOf(step)} in the trust policy of ${step.roleArn}.`
  const place = {
    identity_policy: 'a permission policy',
    session_policy: 'the session policy that the chain sends for',
    permissions_boundary: 'the permissions boundary',
  }[side]
  const of = side === 'session_policy' ? '' : ' of'
  return `Allow ${action} on ${step.roleArn} in ${place}${of} ${subjectOf(step, side)}.`
}

/** By key of a condition: the annotation whose value it compares. */
const SENT_BY: Readonly<Record<string, string>> = {
  'sts:externalid': 'external-id',
  'sts:rolesessionname': 'session-name',
  'sts:sourceidentity': 'source-identity',
  'aws:sourceidentity': 'source-identity',
  'aws:tagkeys': 'session-tags',
  'sts:transitivetagkeys': 'session-tags',
}

/** The keys of tags that EKS attests: no annotation may set one. */
const ATTESTED = /^aws:requesttag\/(eks|kubernetes)-/

function sentBy(key: string): string | undefined {
  const lowerCase = key.toLowerCase()
  if (ATTESTED.test(lowerCase)) return undefined
  return (
    SENT_BY[lowerCase] ?? (lowerCase.startsWith('aws:requesttag/') ? 'session-tags' : undefined)
  )
}

/** By placeholder; the first of several that a value has counts. */
const PLACEHOLDER_HINTS: readonly (readonly [placeholder: string, hint: string])[] = [
  [
    '{uuid}',
    "EKS names each of its sessions anew: compare sts:RoleSessionName by StringLike with 'eks-*', or leave it out.",
  ],
  ['{cluster', 'Name the EKS cluster of the pods, by --cluster-arn.'],
  ['{pod}', 'Name the pod, by --pod.'],
]

/** What has to be told so that a condition can be judged. */
export function placeholderHint(mismatches: readonly Mismatch[]): string {
  const seen = mismatches.flatMap((mismatch) => mismatch.seen).join(' ')
  const found = PLACEHOLDER_HINTS.find(([placeholder]) => seen.includes(placeholder))
  return found?.[1] ?? 'Only the pod that runs has the value; leave the condition out, or try it.'
}

/** A condition is met from either side. */
export function conditionHint(
  mismatches: readonly Mismatch[],
  subject: string,
): string | undefined {
  const found = mismatches.find((mismatch) => mismatch.element === 'Condition')
  if (found === undefined) return undefined
  const { key } = found.condition
  const annotation = sentBy(key)
  const change = `change the condition on ${key} in the policy of ${subject}`
  return annotation === undefined
    ? `${change.replace('c', 'C')}.`
    : `Set the annotation ${annotation} to what the statement wants, or ${change}.`
}
