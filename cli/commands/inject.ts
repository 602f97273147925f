/** `rolechain inject`: manifests as the webhook would make them. */
import { injectManifest, readWorkloads } from '../core/inject/inject.ts'
import { readManifests } from '../files/files.ts'
import { lookUpFor, openJudging } from '../installation/judges.ts'
import { withProgress } from '../output/progress.ts'
import { newCommand, toExamples, type CreateCommand } from './command.ts'
import { neededFiles, printChanged } from './manifests.ts'
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

export const createInject: CreateCommand = (context) =>
  newCommand('inject', context)
    .description(
      'Prints manifests as the webhook would make their pods. Comments and order survive. Service accounts come from the same files, or with --cluster from the cluster. Where a pod would be refused, nothing is printed.',
    )
    .addOption(filesOption())
    .option('--diff', 'Prints what changes, instead of the manifests.')
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
        'Shows what the webhook would change': 'inject -f app/ --config config.yaml --diff',
        'Judges with the configuration and service accounts of the cluster':
          'inject -f app.yaml --cluster | kubectl apply -f -',
      }),
    )
    .action(async (options) => {
      const { surroundings } = context
      const manifests = await readManifests(neededFiles(options.filename, 'inject'), surroundings)
      const injected = await withProgress(surroundings, 'Judging pods', async () => {
        const judging = await openJudging(options, surroundings)
        const read = manifests.map((manifest) => ({
          manifest,
          workloads: readWorkloads(manifest, judging.namespace),
        }))
        const lookUp = await lookUpFor(
          read.flatMap(({ workloads }) => workloads),
          { ...judging, objects: manifests.flatMap(({ objects }) => objects) },
        )
        return read.map(({ manifest, workloads }) => ({
          source: manifest.source,
          before: manifest.text,
          ...injectManifest(manifest, workloads, { ...judging, lookUp }),
        }))
      })
      const findings = injected.flatMap((one) => one.findings)
      printChanged(context, { changed: injected, findings }, options)
    })
