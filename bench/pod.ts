/**
 * A pod's worth of surroundings for the sidecar: the strict AWS, tokens in their folders, the env that the webhook
 * writes.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import {
  CONFIGURATION_VARIABLE,
  credentialsPath,
  DEFAULT_TARGET,
  endpointTokenFolder,
  HELPER_SOURCE,
  type Profile,
  PROFILES_FOLDER,
  SIDECAR_VARIABLES,
  STATE_FOLDER,
  STS_TOKEN_FOLDER,
  TOKEN_FILE,
} from '../sidecar/contract.ts'
import { askProbeSocket } from '../sidecar/io/probe-socket.ts'
import { parseConfiguration } from '../stand-ins/aws/configuration.ts'
import { startIssuer } from '../stand-ins/aws/issuer.ts'
import { startAws, type Aws } from '../stand-ins/aws/server.ts'
import { findFreePort } from '../stand-ins/ports.ts'
import { readImageEnv } from './image-env.ts'

const ENDPOINT_TOKEN = 'endpoint-token-of-the-bench'

export interface Pod {
  readonly aws: Aws
  readonly env: Readonly<Record<string, string>>
  readonly origin: string
  /** Where the sidecar tells probes how things stand. */
  readonly probeSocket: string
  /** What an SDK sends to get credentials. */
  readonly request: {
    readonly path: string
    readonly method: 'GET'
    readonly headers: Readonly<Record<string, string>>
  }
  /** The endpoint token of the first target, as its file has it now. */
  readToken(): string
  /** As the kubelet does with the endpoint token of the first target. */
  rotateToken(): void
  /** Forgets the sessions, as a new pod has none. */
  clearState(): void
  stop(): Promise<void>
}

/** The most that the helper of the image may have. */
const HELPER_BYTES = 3_000_000

export interface PodOptions {
  /** The first is the default credentials of its one container. */
  readonly targets?: readonly string[]
  /** The container has them as profiles, and all folders are in memory, as those of a pod are. */
  readonly hasProfiles?: boolean
}

/**
 * A chain of two hops for each target. `timeScale` divides the life of sessions: at 1200 an hour's session lasts 3 s.
 */
export async function startPod(
  timeScale: number,
  { targets = [DEFAULT_TARGET], hasProfiles = false }: PodOptions = {},
): Promise<Pod> {
  const root = mkdtempSync(join(hasProfiles ? '/dev/shm' : tmpdir(), 'rolechain-bench-'))
  const issuer = await startIssuer()
  const example = new URL('../stand-ins/aws/example.yaml', import.meta.url)
  const aws = await startAws(parseConfiguration(readFileSync(example, 'utf8')), {
    timeScale,
    issuerLocations: { [issuer.issuer]: issuer.url },
  })
  const stsToken = await issuer.mint({
    namespace: 'reports',
    serviceAccount: 'reporter',
    audience: 'sts.amazonaws.com',
  })
  writeToken(join(root, STS_TOKEN_FOLDER), stsToken)
  for (const target of targets) {
    writeToken(join(root, endpointTokenFolder(target)), `${ENDPOINT_TOKEN}-${target}`)
  }
  const tokenFolder = join(root, endpointTokenFolder(targets[0] ?? DEFAULT_TARGET))
  let rotations = 0
  const stateFolder = join(root, STATE_FOLDER)
  mkdirSync(stateFolder, { recursive: true })
  const helper = join(root, HELPER_SOURCE)
  mkdirSync(dirname(helper), { recursive: true })
  writeFileSync(helper, Buffer.alloc(HELPER_BYTES, 'helper'))
  const port = await findFreePort()
  const chain = ['111111111111:role/cluster-base', '222222222222:role/reports-reader'].map(
    (role) => ({ roleArn: `arn:aws:iam::${role}` }),
  )
  return {
    aws,
    env: {
      ...readImageEnv('sidecar'),
      [CONFIGURATION_VARIABLE]: JSON.stringify({
        targets: Object.fromEntries(targets.map((target) => [target, { chain }])),
        port,
        ...(hasProfiles && { profiles: { app: toProfiles(targets) } }),
      }),
      [SIDECAR_VARIABLES.region]: 'eu-west-1',
      [SIDECAR_VARIABLES.podName]: 'nightly',
      [SIDECAR_VARIABLES.podNamespace]: 'reports',
      [SIDECAR_VARIABLES.podUid]: '11111111-2222-3333-4444-555555555555',
      [SIDECAR_VARIABLES.nodeName]: 'node-1',
      [SIDECAR_VARIABLES.serviceAccount]: 'reporter',
      [SIDECAR_VARIABLES.stsEndpoint]: aws.url,
      [SIDECAR_VARIABLES.allowHttpSts]: 'true',
      [SIDECAR_VARIABLES.rootFolder]: root,
    },
    origin: `http://127.0.0.1:${port}`,
    probeSocket: join(stateFolder, 'probe.sock'),
    request: {
      path: credentialsPath(DEFAULT_TARGET),
      method: 'GET',
      headers: { authorization: `${ENDPOINT_TOKEN}-${DEFAULT_TARGET}` },
    },
    readToken: () => readFileSync(join(tokenFolder, TOKEN_FILE), 'utf8'),
    rotateToken() {
      rotations += 1
      writeToken(tokenFolder, `${ENDPOINT_TOKEN}-${targets[0]}-${rotations}`)
    },
    clearState() {
      rmSync(stateFolder, { recursive: true })
      mkdirSync(stateFolder)
      rmSync(join(root, PROFILES_FOLDER), { recursive: true, force: true })
    },
    async stop() {
      await aws.stop()
      await issuer.stop()
      rmSync(root, { recursive: true })
    },
  }
}

function toProfiles(targets: readonly string[]): Readonly<Record<string, Profile>> {
  return Object.fromEntries(
    targets.map((target, index) => [target, index === 0 ? { isDefault: true } : {}]),
  )
}

/** In one step, as the kubelet does it: nobody reads half of a token. */
function writeToken(folder: string, token: string): void {
  mkdirSync(folder, { recursive: true })
  const next = join(folder, `.${TOKEN_FILE}`)
  writeFileSync(next, token)
  renameSync(next, join(folder, TOKEN_FILE))
}

/** How many sessions of targets there have been so far, by the calls that reached AWS. */
export function countRefreshes({ aws }: Pod): number {
  return aws.trail().filter(({ eventName }) => eventName === 'AssumeRole').length
}

/** The status that `origin`, the pod's endpoint or a peer's, answers. */
export async function ask(origin: string, pod: Pod): Promise<number> {
  const { statusCode, body } = await request(`${origin}${pod.request.path}`, {
    headers: pod.request.headers,
  })
  await body.dump()
  return statusCode
}

/** Until the gate would open. */
export async function waitUntilReady({ probeSocket }: Pod): Promise<void> {
  while (!(await askProbeSocket(probeSocket, 60_000))?.isReady) await delay(2)
}

/** Until the endpoint answers 200; refused connections and 503 are what a start looks like. */
export async function waitForCredentials(pod: Pod): Promise<void> {
  for (;;) {
    const status = await ask(pod.origin, pod).catch(() => undefined)
    if (status === 200) return
    await delay(2)
  }
}
