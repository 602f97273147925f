/** Refuses tags and a session policy that are too large together; how they are measured is in `iam/packed-size.ts`. */
import { packedSizeOf } from '../../iam/packed-size.ts'
import { AwsError } from './aws-error.ts'

/**
 * Percent of the packed size that a session's policy (JSON) and tags use, inherited tags included. Throws
 * PackedPolicyTooLarge above 100.
 */
export function decidePackedSize(
  policy: string | undefined,
  tags: ReadonlyMap<string, string>,
): number {
  const parsed: unknown = policy === undefined ? undefined : JSON.parse(policy)
  const { percent, isTooLarge } = packedSizeOf(parsed, tags)
  if (isTooLarge)
    throw new AwsError(
      'PackedPolicyTooLarge',
      policy === undefined
        ? `Packed size of session tags consumes ${percent}% of allotted space.`
        : `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    )
  return percent
}
