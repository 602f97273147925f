/**
 * The world of one SDK, in its network namespace: the strict AWS, the cluster's issuer, and pods with the real sidecar.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRoles, toCloud } from '../../demo/cloud.ts'
import { createJournal, type Journal } from '../../demo/journal.ts'
import { initialisePod, type RunningPod } from '../../demo/kubelet/pod-runner.ts'
import type { Mint } from '../../demo/kubelet/volumes.ts'
import type { Pod } from '../../demo/pod.ts'
import { startIssuer } from '../../stand-ins/aws/issuer.ts'
import { startAws, type Aws } from '../../stand-ins/aws/server.ts'
import { AWS_PORT, MISSING_ROLE, REGION } from './places.ts'
import { readManifest, type PodName } from './pods.ts'

export interface Scene {
  readonly aws: Aws
  /** What sidecars say. */
  readonly journal: Journal
  readonly folder: string
  mintFor(pod: Pod): Mint
  /** Starts its sidecar and leaves the application to the caller. */
  startPod(pod: Pod): Promise<RunningPod>
  stop(): Promise<void>
}

export interface SceneOptions {
  /** Lifetimes of sessions are divided by it. */
  readonly timeScale?: number
  readonly now?: () => number
  /** The manifest whose roles there are; absent: `granted`. */
  readonly rolesOf?: PodName
  /** The helper of the sidecar's image; only containers with profiles need it. */
  readonly helper?: string
}

/** How an SDK is led to the strict AWS: as to any endpoint of one's own. */
export const PLUMBING = { AWS_ENDPOINT_URL: `http://127.0.0.1:${AWS_PORT}` } as const

const exists = (arn: string) => arn !== MISSING_ROLE

export async function startScene({
  timeScale = 1,
  now = Date.now,
  rolesOf = 'granted',
  helper,
}: SceneOptions = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-sdk-'))
  const issuer = await startIssuer({ now })
  const roles = readRoles(await readManifest(rolesOf))
  const existing = roles
    .filter(({ arn }) => exists(arn))
    .map((role) => ({ ...role, callers: role.callers.filter(exists) }))
  const aws = await startAws(toCloud(existing, { issuer: issuer.issuer, region: REGION }), {
    port: AWS_PORT,
    timeScale,
    now,
    issuerLocations: { [issuer.issuer]: issuer.url },
  })
  const journal = createJournal()
  const pods: RunningPod[] = []
  const mintFor = ({ metadata: { name, namespace, uid }, spec }: Pod): Mint => {
    const serviceAccount = spec.serviceAccountName
    return ({ audience = 'https://kubernetes.default.svc', expirationSeconds }) =>
      issuer.mint({
        namespace,
        serviceAccount,
        audience,
        expiresInSeconds: expirationSeconds,
        pod: { name, uid },
      })
  }
  return {
    aws,
    journal,
    folder,
    mintFor,
    async startPod(pod) {
      const { running } = await initialisePod(pod, {
        folder: join(folder, String(pods.length)),
        mint: mintFor(pod),
        plumbing: PLUMBING,
        helper,
        journal,
      })
      pods.push(running)
      return running
    },
    async stop() {
      for (const pod of pods) await pod.stop()
      await aws.stop()
      await issuer.stop()
      await rm(folder, { recursive: true, maxRetries: 5 })
    },
  }
}
