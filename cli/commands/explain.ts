/** `rolechain explain`: who each container will be, and why. */
import { createHash } from 'node:crypto'
import { objectAt, textAt } from '../../webhook/core/formats/json.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { explain, type Explanation } from '../core/explain/explain.ts'
import { readRunning, type Running } from '../core/explain/running.ts'
import { toRefusal } from '../core/explain/refusal.ts'
import { explanationLines } from '../output/explanation-text.ts'
import { judgeWorkload, readWorkloads, type Workload } from '../core/inject/inject.ts'
import type { Manifest } from '../core/manifests/manifest.ts'
import { readManifests, toManifest } from '../files/files.ts'
import { hasProblem, withoutSuppressed } from '../findings/findings.ts'
import { lookUpFor, openJudging, type Judging } from '../installation/judges.ts'
import { fetchIssuer, fetchPods, fetchRefusal, fetchWorkload } from '../installation/workloads.ts'
import { EXIT, usedWrongly } from '../output/exit-codes.ts'
import { findingLines } from '../output/finding-text.ts'
import { printResult } from '../output/print.ts'
import { withProgress } from '../output/progress.ts'
import { newCommand, toExamples, type CreateCommand } from './command.ts'
import {
  clusterOption,
  configOption,
  contextOption,
  filesOption,
  kubeconfigOption,
  kubernetesVersionOption,
  namespaceOption,
  outputOption,
  suppressOption,
} from './options.ts'

/** Stands for the issuer where no cluster tells it. */
const UNKNOWN_ISSUER = 'https://ISSUER-OF-THE-CLUSTER'

/** So that a missing configuration is no finding about the pod. */
const ASSUMED = 'sidecar: { image: rolechain-sidecar }'

export const createExplain: CreateCommand = (context) =>
  newCommand('explain', context)
    .description(
      'Says who each container will be and why: each hop with its role, AWS account, session name, tags and external id, what decided it, and what each side has to allow. For what runs, its last failure and how old its session is.',
    )
    .argument('[workloads...]', 'Such as pod/web or deploy/web, of the cluster.')
    .addOption(filesOption())
    .addOption(configOption())
    .addOption(clusterOption())
    .addOption(kubernetesVersionOption())
    .addOption(namespaceOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addOption(outputOption())
    .addOption(suppressOption())
    .addHelpText(
      'after',
      toExamples(context, {
        'Explains a deployment that runs': 'explain deploy/web -n team-a',
        'Explains a manifest before it is applied': 'explain -f web.yaml',
      }),
    )
    .action(async (references, options) => {
      const { surroundings } = context
      if (references.length === 0 && options.filename === undefined) {
        throw usedWrongly(
          'explain needs something to explain: name workloads such as deploy/web, or files with -f.',
        )
      }
      const isInCluster = references.length > 0
      const explained = await withProgress(surroundings, 'Looking', async () => {
        const judging = await openJudging(
          {
            ...options,
            ...(isInCluster ? { cluster: true } : {}),
            assumed: ASSUMED,
          },
          surroundings,
        )
        const manifests: readonly Manifest[] = [
          ...(options.filename === undefined
            ? []
            : await readManifests(options.filename, surroundings)),
          ...(await Promise.all(references.map((reference) => fetchManifest(judging, reference)))),
        ]
        return explainManifests(manifests, judging, surroundings.nowMs())
      })
      const told = explained.map((one) => ({
        ...one,
        findings: withoutSuppressed(one.findings, options.suppress),
      }))
      printResult(surroundings, options.output, {
        value: { explained: told },
        toText: (colours) =>
          told.length === 0
            ? 'There is no pod in these files.'
            : told
                .map((one) =>
                  [
                    ...explanationLines(one, colours),
                    ...(one.findings.length === 0
                      ? []
                      : ['', ...findingLines(one.findings, colours)]),
                  ].join('\n'),
                )
                .join('\n\n'),
      })
      if (told.some(({ findings }) => hasProblem(findings))) context.exit(EXIT.problems)
    })

type OpenJudging = Awaited<ReturnType<typeof openJudging>>

/** As if it were a file; JSON is YAML. */
async function fetchManifest(
  { cluster, namespace }: OpenJudging,
  reference: string,
): Promise<Manifest> {
  if (cluster === undefined) throw usedWrongly(`${reference} needs a cluster.`)
  const object = await fetchWorkload(cluster, reference, namespace)
  return toManifest(cluster.access.server, JSON.stringify(object))
}

async function explainManifests(
  manifests: readonly Manifest[],
  opened: OpenJudging,
  nowMs: number,
): Promise<readonly (Explanation & { readonly running?: Running })[]> {
  const { cluster, namespace } = opened
  const workloads = manifests.flatMap((manifest) =>
    readWorkloads(manifest, namespace).map((workload) => ({
      workload,
      // What came from the cluster is there; what is in a file may come.
      runs: cluster !== undefined && manifest.source === cluster.access.server,
    })),
  )
  const lookUp = await lookUpFor(
    workloads.map(({ workload }) => workload),
    { ...opened, objects: manifests.flatMap(({ objects }) => objects) },
  )
  const judging: Judging = { ...opened, lookUp }
  const issuer = cluster === undefined ? undefined : await fetchIssuer(cluster)
  return Promise.all(
    workloads.map(async ({ workload, runs }) => {
      const explanation = explain(workload, judgeWorkload(workload, judging), {
        configuration: judging.configuration,
        lookup: lookUp(workload),
        issuer: issuer ?? UNKNOWN_ISSUER,
        placeholders: placeholdersOf(workload),
        hash: (text) => createHash('sha256').update(text).digest('hex'),
      })
      return runs && cluster !== undefined
        ? withRunning(explanation, await fetchRunning(cluster, workload), nowMs)
        : explanation
    }),
  )
}

interface Fetched {
  readonly pods: Awaited<ReturnType<typeof fetchPods>>
  readonly refusal: string | undefined
}

async function fetchRunning(cluster: Cluster, { object, namespace }: Workload): Promise<Fetched> {
  const pods = await fetchPods(cluster, object.value, namespace)
  return { pods, refusal: await fetchRefusal(cluster, object.value, { namespace, pods }) }
}

function withRunning(
  explanation: Explanation,
  { pods, refusal }: Fetched,
  nowMs: number,
): Explanation & { readonly running: Running } {
  const { outcome, place } = explanation
  const read = readRunning(pods, { wantsSidecar: outcome === 'chain', nowMs })
  const refused = refusal === undefined ? [] : [toRefusal(place, refusal)]
  return {
    ...explanation,
    running: read.running,
    findings: [...explanation.findings, ...refused, ...read.findings],
  }
}

/** What a pod that runs has instead of placeholders. */
function placeholdersOf({ object }: Workload): Readonly<Record<string, string>> {
  if (object.kind !== 'Pod') return {}
  const node = textAt(objectAt(object.value, 'spec'), 'nodeName')
  const name = textAt(objectAt(object.value, 'metadata'), 'name')
  return {
    ...(name === '' ? {} : { '{pod}': name }),
    ...(node === '' ? {} : { '{node}': node }),
  }
}
