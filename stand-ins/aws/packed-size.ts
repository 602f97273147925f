/**
 * How much of a session's packed size its tags and its policy use. AWS documents that there is a limit ("Passing
 * session tags in AWS STS": session policies and tags are packed into a binary format with a limit of its own), but
 * neither the format nor the limit. Both are worked out here from what AWS answered to others:
 *
 *   packed | what was sent                                              | reported by
 *   ------ | ---------------------------------------------------------- | --------------------------------------------
 *   498 %  | 9 tags: keys of 2 characters, values of 250 times the      | aws-actions/configure-aws-credentials#1898
 *          | same one                                                   |
 *   61 %   | the 6 tags of EKS Pod Identity, all transitive: keys of    | aws-samples/amazon-eks-security-immersion-day
 *          | 114 characters, values of 149                              | (CloudTrail event)
 *   74 %   | the same 6 with longer values; other tags of 37 %; 112 %   | aws/containers-roadmap#2413
 *          | for both                                                   |
 *   6 %    | a policy of one statement that allows s3:* on *            | AWS STS API Reference, "AssumeRole"
 *
 * So tags are not compressed at all: the same character 250 times costs 250 bytes, and two sets cost their sum. Of all
 * whole numbers only a limit of 460 bytes and 3 bytes a tag beside its text, rounded down, fit the first three rows. Of
 * a policy the words of the grammar cost little, and the rest is taken to cost its length, as that of a tag does (AWS's
 * advice where a policy is too large is "use wildcard characters to limit duplication"): that is an estimate.
 */
import { AwsError } from './aws-error.ts'

const LIMIT_BYTES = 460
/** A tag, an element of a policy, or a further value of a list, beside its text. */
const BYTES_PER_ITEM = 3

function tagBytes([key, value]: readonly [string, string]): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value) + BYTES_PER_ITEM
}

const GRAMMAR_VALUES = new Set(['2012-10-17', '2008-10-17', 'Allow', 'Deny'])

/** Condition keys are text of their author; all other keys are words of the grammar. */
function keyBytes(key: string): number {
  return BYTES_PER_ITEM + (key.includes(':') ? Buffer.byteLength(key) : 0)
}

function valueBytes(value: unknown): number {
  if (Array.isArray(value))
    return value.reduce<number>(
      (sum, item) => sum + valueBytes(item),
      BYTES_PER_ITEM * Math.max(value.length - 1, 0),
    )
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).reduce(
      (sum, [key, item]) => sum + keyBytes(key) + valueBytes(item),
      0,
    )
  const text = String(value)
  return GRAMMAR_VALUES.has(text) ? 0 : Buffer.byteLength(text)
}

/**
 * Percent of the packed size that a session's policy (JSON) and tags use, inherited tags included. Throws
 * PackedPolicyTooLarge above 100.
 */
export function decidePackedSize(
  policy: string | undefined,
  tags: ReadonlyMap<string, string>,
): number {
  const bytes =
    (policy === undefined ? 0 : valueBytes(JSON.parse(policy))) +
    [...tags].reduce((sum, tag) => sum + tagBytes(tag), 0)
  const percent = Math.floor((bytes / LIMIT_BYTES) * 100)
  if (bytes > LIMIT_BYTES)
    throw new AwsError(
      'PackedPolicyTooLarge',
      policy === undefined
        ? `Packed size of session tags consumes ${percent}% of allotted space.`
        : `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    )
  return percent
}
