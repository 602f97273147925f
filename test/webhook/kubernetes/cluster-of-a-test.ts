/** The Kubernetes double with a client of the webhook on it, and a way to wait for what comes over the network. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'node:test'
import { createKubernetesApi } from '../../../webhook/kubernetes/kubernetes-api.ts'
import type { KubernetesApi } from '../../../webhook/kubernetes/kubernetes-api.ts'
import { createLog } from '../../../log/log.ts'
import { EVENTS, type Log } from '../../../webhook/log/events.ts'
import { startKubernetes } from '../../../stand-ins/kubernetes/api.ts'
import type { DoubleOptions, KubernetesDouble } from '../../../stand-ins/kubernetes/api.ts'

export interface ClusterOfATest {
  readonly kubernetes: KubernetesDouble
  readonly api: KubernetesApi
  readonly log: Log
  /** Of which the webhook keeps whether service accounts have it. */
  readonly chainLabel: string
  readonly logged: { readonly level: string; readonly message: string }[]
}

/** Ends with the test. */
export async function startCluster(
  context: TestContext,
  options: DoubleOptions = {},
): Promise<ClusterOfATest> {
  const kubernetes = await startKubernetes(options)
  const { url, ca, token } = kubernetes
  const headers = { authorization: `Bearer ${token}` }
  const api = createKubernetesApi({
    server: url,
    readOptions: () => Promise.resolve({ ca, headers }),
  })
  const logged: { level: string; message: string }[] = []
  const log = createLog(EVENTS, {
    write: (line) => logged.push(JSON.parse(line) as { level: string; message: string }),
    nowMs: Date.now,
    level: 'debug',
  })
  context.after(async () => {
    api.stop()
    await kubernetes.stop()
  })
  return { kubernetes, api, log, chainLabel: 'rolechain.io/chain', logged }
}

/** Long enough for a program to start on a machine that is busy. */
const PATIENCE_MS = 30_000
/** After one wait in vain: what is broken is broken, and the rest of the file is to end soon. */
const SHORT_PATIENCE_MS = 500

let patienceMs = PATIENCE_MS

/** Resolves when the condition holds; rejects with its text when it does not for too long, from then on sooner. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > deadline) {
      patienceMs = SHORT_PATIENCE_MS
      throw new Error(`Waited in vain for ${String(condition)}.`)
    }
    await sleep(20)
  }
}
