/** The one door to AWS: what is behind it is large, and loaded when it is gone through. */
import type { Failure } from '../../sidecar/core/failures/failure.ts'
import type { Step } from '../core/policy/steps.ts'
import type { LiveReading } from './read-iam.ts'
import type { LiveWalk } from './walk-live.ts'

/** Reads from IAM itself what the steps need, with the credentials of the person. */
export async function readLive(
  steps: readonly Step[],
  profiles: ReadonlyMap<string, string>,
): Promise<LiveReading> {
  const { readIam } = await import('./read-iam.ts')
  return readIam(steps, profiles)
}

/** Really walks a chain with a token; undefined is at its end. */
export async function walkChain(walk: LiveWalk, token: string): Promise<Failure | undefined> {
  const { walkLive } = await import('./walk-live.ts')
  return walkLive(walk, token)
}
