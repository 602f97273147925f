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

const LIMIT_BYTES = 460
/** A tag, an element of a policy, or a further value of a list, beside its text. */
const BYTES_PER_ITEM = 3

const encoder = new TextEncoder()

function byteLength(text: string): number {
  return encoder.encode(text).length
}

function tagBytes([key, value]: readonly [string, string]): number {
  return byteLength(key) + byteLength(value) + BYTES_PER_ITEM
}

const GRAMMAR_VALUES = new Set(['2012-10-17', '2008-10-17', 'Allow', 'Deny'])

/** Condition keys are text of their author; all other keys are words of the grammar. */
function keyBytes(key: string): number {
  return BYTES_PER_ITEM + (key.includes(':') ? byteLength(key) : 0)
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
  return GRAMMAR_VALUES.has(text) ? 0 : byteLength(text)
}

/** What of a session's packed size its tags and its policy use. */
export interface PackedSize {
  readonly percent: number
  readonly isTooLarge: boolean
}

/**
 * The packed size of a session's policy, as parsed JSON (undefined: it has none), and of its tags, inherited ones
 * included.
 */
export function packedSizeOf(
  policy: unknown,
  tags: Iterable<readonly [key: string, value: string]>,
): PackedSize {
  const bytes =
    (policy === undefined ? 0 : valueBytes(policy)) +
    [...tags].reduce((sum, tag) => sum + tagBytes(tag), 0)
  return { percent: Math.floor((bytes / LIMIT_BYTES) * 100), isTooLarge: bytes > LIMIT_BYTES }
}
