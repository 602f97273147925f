/** The one door to AWS: what is behind it is large, and loaded when it is gone through. */
import type { Step } from '../core/policy/steps.ts'
import type { LiveReading } from './read-iam.ts'

/** Reads from IAM itself what the steps need, with the credentials of the person. */
export async function readLive(
  steps: readonly Step[],
  profiles: ReadonlyMap<string, string>,
): Promise<LiveReading> {
  const { readIam } = await import('./read-iam.ts')
  return readIam(steps, profiles)
}
