/** Step 3: the pod starts, as processes, from what the webhook returned and nothing else. */
import { join } from 'node:path'
import { startPod, type RunningPod } from '../kubelet/pod-runner.ts'
import { isSidecar } from '../kubelet/images.ts'
import { PodFailure } from '../kubelet/containers.ts'
import type { Mint } from '../kubelet/volumes.ts'
import type { Pod } from '../pod.ts'
import { readExpectations, type Expectation } from '../expectation.ts'
import type { Stage } from '../stage.ts'
import type { CloudAndCluster } from './aws.ts'

/** Something that a container of the running pod is; one with profiles is several. */
export interface RunningContainer {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly expectation: Expectation
}

/** One that has a target. */
export type TargetContainer = RunningContainer & { readonly expectation: { kind: 'target' } }

export function hasTarget(container: RunningContainer): container is TargetContainer {
  return container.expectation.kind === 'target'
}

/** As the demo calls it. */
export function toTitle({ name, expectation }: RunningContainer): string {
  const profile = toProfile(expectation)
  return profile === undefined ? name : `${name}, by its profile ${profile},`
}

/** The profile that an identity is, or nothing where it needs none. */
export function toProfile(expectation: Expectation): string | undefined {
  return expectation.kind === 'target' ? expectation.profile : undefined
}

export interface StartedPod {
  readonly running: RunningPod
  readonly containers: readonly RunningContainer[]
}

const API_AUDIENCE = 'https://kubernetes.default.svc'

/** Returns the running pod, or nothing where it did not start. */
export async function showStart(
  stage: Stage,
  { aws, issuer }: CloudAndCluster,
  pod: Pod,
): Promise<StartedPod | undefined> {
  const { narrator, folder, journal, defer } = stage
  const { name, namespace, uid } = pod.metadata
  narrator.step('The pod starts')
  narrator.say(
    [
      'Each container is a process; its env, mounts and tokens are those of the patched pod and nothing else.',
      ...(pod.spec.initContainers.some(isSidecar) ? ['The sidecar is the real one.'] : []),
      'The application is an AWS SDK with its default credential chain. All that is added',
      'are two variables that lead it to the AWS of this machine.',
      '',
    ].join('\n'),
  )
  const mint: Mint = ({ audience = API_AUDIENCE, expirationSeconds }) =>
    issuer.mint({
      namespace,
      serviceAccount: pod.spec.serviceAccountName,
      audience,
      expiresInSeconds: expirationSeconds,
      pod: { name, uid },
    })
  const startedAt = performance.now()
  const tell = (line: string) =>
    narrator.show(`${((performance.now() - startedAt) / 1000).toFixed(1)} s  ${line}`)
  const silence = journal.listen(({ from, line }) => {
    if (from === 'kubelet') tell(line)
  })
  try {
    const running = await startPod(pod, {
      folder: join(folder, 'pod'),
      mint,
      // A node's metadata service is AWS too; without the second one an SDK might find a real one.
      plumbing: { AWS_ENDPOINT_URL: aws.url, AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url },
      journal,
    })
    defer(() => running.stop())
    const containers = pod.spec.containers.flatMap(({ name: container }) => {
      const environment = running.environmentOf(container)
      const subject = { name: container, environment, root: running.rootOf(container) }
      return readExpectations(pod, subject).map((expectation) => ({ ...subject, expectation }))
    })
    return { running, containers }
  } catch (error) {
    if (!(error instanceof PodFailure)) throw error
    narrator.check(false, 'The pod starts.', error.message)
    return undefined
  } finally {
    silence()
  }
}
