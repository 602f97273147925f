/** Charts that people install for their AWS roles, out of the Go modules that hold them. */
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { downloadModule } from '../sdks/go-module.ts'
import { run } from './command.ts'
import type { KubernetesObject } from './suite.ts'
import { ROLES } from './world.ts'

/** A chart, with how it takes the annotations of its service account and of its pods. */
export interface PublicChart {
  readonly name: string
  /** In its module. */
  readonly folder: string
  readonly values: object
}

const annotations = {
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': ROLES.base } },
  podAnnotations: { 'rolechain.io/target-role-arn': ROLES.reports },
}

/** Each is in one of the modules of `public-charts.sum`. */
export const CHARTS: readonly PublicChart[] = [
  { name: 'external-dns', folder: 'charts/external-dns', values: annotations },
  {
    name: 'karpenter',
    folder: 'charts/karpenter',
    values: { ...annotations, settings: { clusterName: 'ci' } },
  },
]

async function findChart({ name, folder }: PublicChart): Promise<string> {
  const locks = await readFile(join(import.meta.dirname, 'public-charts.sum'), 'utf8')
  const lock = locks.split('\n').find((line) => line.includes(name)) ?? ''
  return join(await downloadModule(lock, tmpdir()), folder)
}

/** Pods that mount no token of the API server: the name of that volume is another one each time. */
function withoutToken(object: KubernetesObject): KubernetesObject {
  const { template, ...spec } = (object['spec'] ?? {}) as { readonly template?: { spec: object } }
  if (template === undefined) return object
  const podSpec = { ...template.spec, automountServiceAccountToken: false }
  return { ...object, spec: { ...spec, template: { ...template, spec: podSpec } } }
}

/** The objects of a chart that a person applies to this namespace. */
export async function renderChart(
  chart: PublicChart,
  namespace: string,
): Promise<readonly KubernetesObject[]> {
  const command = ['helm', 'template', 'public', await findChart(chart), '--no-hooks']
  const text = await run([...command, `--namespace=${namespace}`, '--values=-'], {
    input: JSON.stringify(chart.values),
  })
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .flatMap((object) => (object === null ? [] : [withoutToken(object)]))
}
