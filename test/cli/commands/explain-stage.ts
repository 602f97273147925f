/** A deployment of a team as it stands in files, and as it runs in a cluster. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { startCluster, type ClusterOfObjects } from '../cluster-of-objects.ts'
import { fixture } from '../golden.ts'
import { runCommand, type Ended } from '../run.ts'

export const config = ['--config', fixture('config.yaml')]
export const reports = readFileSync(fixture('reports.yaml'), 'utf8')
const [account, deployment] = parseAllDocuments(reports).map(
  (document) => document.toJS() as Record<string, object>,
)

export function explain(args: readonly string[], stdin = reports): Promise<Ended> {
  return runCommand(['explain', ...args], { stdin })
}

export const refreshed = {
  time: '2029-12-31T23:48:00.123Z',
  event: 'refreshed',
  target: 'default',
  expiration: '2030-01-01T00:48:00Z',
}

const NAMESPACE = '/api/v1/namespaces/team-a'

/** The pod of the deployment as it runs. */
export function podThatRuns(status: object): Record<string, unknown> {
  const template = (
    deployment as unknown as { spec: { template: { metadata: object; spec: object } } }
  ).spec.template
  return {
    kind: 'Pod',
    metadata: { ...template.metadata, name: 'web-1', namespace: 'team-a' },
    spec: {
      ...template.spec,
      nodeName: 'node-1',
      initContainers: [{ name: 'rolechain-sidecar', image: 'localhost/rolechain-sidecar:0.1.0' }],
    },
    status: { initContainerStatuses: [{ name: 'rolechain-sidecar', restartCount: 0, ...status }] },
  }
}

/** Puts the deployment, its one pod and the log of its sidecar into the cluster. */
export function put(
  { objects }: ClusterOfObjects,
  pod: Record<string, unknown>,
  { log = [], own = {} }: { readonly log?: readonly object[]; readonly own?: object } = {},
): void {
  objects.set(`${NAMESPACE}/serviceaccounts/reports`, account)
  objects.set('/apis/apps/v1/namespaces/team-a/deployments/web', {
    ...deployment,
    spec: { ...deployment?.['spec'], selector: { matchLabels: { app: 'web' } } },
    ...own,
  })
  objects.set(`${NAMESPACE}/pods`, { kind: 'PodList', items: [pod] })
  objects.set(`${NAMESPACE}/pods/web-1`, pod)
  objects.set(`${NAMESPACE}/pods/web-1/log`, log.map((line) => JSON.stringify(line)).join('\n'))
}

/** A cluster of its own, with what ends it and its files. */
export async function openStage(): Promise<{
  readonly cluster: ClusterOfObjects
  readonly folder: string
  readonly close: () => void
}> {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-explain-'))
  const cluster = await startCluster(folder)
  const close = () => {
    cluster.close()
    rmSync(folder, { recursive: true })
  }
  return { cluster, folder, close }
}
