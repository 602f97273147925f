/** `rolechain uninject`: manifests without what the webhook, or `inject`, has added. */
import { injectedBy, uninjectPod } from '../core/inject/uninject.ts'
import { readWorkloads } from '../core/inject/inject.ts'
import { changeManifest } from '../core/manifests/change.ts'
import { readManifests } from '../files/files.ts'
import { lookUpFor, openJudging } from '../installation/judges.ts'
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

export const createUninject: CreateCommand = (context) =>
  newCommand('uninject', context)
    .description(
      'Prints manifests without what the webhook or inject has added to their pods. With the same --config as inject had, regions and pull secrets are told from those of the pod.',
    )
    .addOption(filesOption())
    .option('--diff', 'Prints what changes, instead of the manifests.')
    .addOption(configOption())
    .addOption(clusterOption())
    .addOption(kubernetesVersionOption().hideHelp())
    .addOption(namespaceOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addOption(outputOption())
    .addOption(suppressOption())
    .addHelpText(
      'after',
      toExamples(context, {
        'Makes a manifest of a pod that runs': 'uninject -f - < <(kubectl get pod web -o yaml)',
        'Takes back what inject did': 'uninject -f injected.yaml --config config.yaml',
      }),
    )
    .action(async (options) => {
      const { surroundings } = context
      const manifests = await readManifests(neededFiles(options.filename, 'uninject'), surroundings)
      const judging = await openJudging(options, surroundings)
      const objects = manifests.flatMap((manifest) => manifest.objects)
      const changed = await Promise.all(
        manifests.map(async (manifest) => {
          const workloads = readWorkloads(manifest, judging.namespace)
          const lookUp = await lookUpFor(workloads, { ...judging, objects })
          const changes = workloads.map((workload) => ({
            ...workload,
            pod: uninjectPod(workload.template.pod, injectedBy(workload, { ...judging, lookUp })),
          }))
          const { source, text: before } = manifest
          return { source, before, ...changeManifest(manifest, changes) }
        }),
      )
      printChanged(context, { changed, findings: [] }, options)
    })
