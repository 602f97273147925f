/** The pods in which SDKs run: manifests of `pods/`, each as the real webhook leaves it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { admit } from '../../demo/api-server.ts'
import { createJournal } from '../../demo/journal.ts'
import { parseManifest } from '../../demo/manifest.ts'
import type { Pod } from '../../demo/pod.ts'
import { startWebhook } from '../../demo/webhook-process.ts'
import { startKubernetes } from '../../stand-ins/kubernetes/api.ts'
import { AWS_PORT, METRICS_PORT, REGION } from './places.ts'

const NAMES = ['granted', 'refused', 'beside-eks', 'profiles'] as const

export type PodName = (typeof NAMES)[number]
export type Pods = Readonly<Record<PodName, Pod>>

/** Has all of them admitted. Throws when one is denied. */
export async function admitPods(): Promise<Pods> {
  const manifests = await Promise.all(NAMES.map(readManifest))
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-sdks-'))
  const kubernetes = await startKubernetes({
    serviceAccounts: manifests
      .flatMap(({ serviceAccounts }) => serviceAccounts.slice(0, 1))
      .slice(0, 1),
  })
  try {
    const webhook = await startWebhook({
      folder,
      kubeconfig: kubernetes.writeKubeconfig(join(folder, 'kubeconfig')),
      region: REGION,
      configuration: {
        region: REGION,
        sidecar: {
          image: 'example.com/rolechain-sidecar:1',
          stsEndpoint: `http://127.0.0.1:${AWS_PORT}`,
          allowHttpSts: true,
          metricsPort: METRICS_PORT,
        },
      },
      journal: createJournal(),
    })
    const admitted = await Promise.all(manifests.map((manifest) => admit(manifest, webhook)))
    await webhook.stop()
    return Object.fromEntries(
      admitted.map((admission, index) => {
        if (admission.kind === 'admitted') return [NAMES[index], admission.pod]
        throw new Error(`The webhook denies the pod ${NAMES[index]}: ${admission.message}`)
      }),
    ) as Pods
  } finally {
    await kubernetes.stop()
    await rm(folder, { recursive: true })
  }
}

/** A manifest of `pods/`, as it is before the webhook. */
export async function readManifest(name: PodName) {
  return parseManifest(await readFile(new URL(`pods/${name}.yaml`, import.meta.url), 'utf8'))
}
