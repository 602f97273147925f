/** Manifests as the webhook would make them: the same decisions, written into the text that a person wrote. */
import jsonPatch from 'fast-json-patch'
import { missingRequests } from '../../../webhook/core/chain/plan/pod-level.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { objectAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { readServiceAccountName } from '../../../webhook/core/pod/pod.ts'
import { readWorkload } from '../../../webhook/core/pod/workload-template.ts'
import { readKeysOfWorkload } from '../../../webhook/core/annotations/stray-keys.ts'
import type { Reason } from '../../../webhook/core/vocabulary/reasons.ts'
import type { ServiceAccountLookup } from '../../../webhook/core/vocabulary/service-account.ts'
import { toFinding, type CommandFinding } from '../../findings/findings.ts'
import { judgePod, type Judgement } from '../judgement/judgement.ts'
import { toPlace, type Manifest, type ManifestObject } from '../manifests/manifest.ts'
import { readPodTemplate, type PodTemplate } from '../manifests/pod-template.ts'
import { changeManifest, type Changed } from '../manifests/change.ts'

/** An object with pods, and what has to be known of their service account. */
export interface Workload {
  readonly object: ManifestObject
  readonly template: PodTemplate
  readonly namespace: string
  readonly serviceAccountName: string
}

/** `namespace` is for objects that name none. */
export function readWorkloads(
  { objects }: Pick<Manifest, 'objects'>,
  namespace: string,
): readonly Workload[] {
  return objects.flatMap((object) => {
    const template = readPodTemplate(object)
    if (template === undefined) return []
    const serviceAccountName = readServiceAccountName(template.pod)
    return [{ object, template, namespace: object.namespace ?? namespace, serviceAccountName }]
  })
}

/** By code. */
export type Hints = Readonly<Partial<Record<Reason, { readonly hint: string }>>>

/** What is judged by: the configuration, and a service account for each workload. */
export interface Judges {
  readonly configuration: Configuration
  /** Fixes that fit better than the general ones, where files and not a cluster are judged. */
  readonly hints?: Hints
  readonly lookUp: (workload: Workload) => ServiceAccountLookup
}

/** What the webhook makes of the pods, and what is to be told of them and of the workload itself. */
export function judgeWorkload(
  workload: Workload,
  { configuration, lookUp, hints = {} }: Judges,
): { readonly judgement: Judgement; readonly findings: readonly CommandFinding[] } {
  const { object, template, namespace } = workload
  const judgement = judgePod({ namespace, pod: template.pod }, lookUp(workload), configuration)
  const { problems, warnings } = judgement.findings
  const advice =
    object.kind === 'Pod'
      ? []
      : readKeysOfWorkload(
          { ...readWorkload(object.kind, object.value), pod: judgement.pod },
          configuration,
        )
  const place = toPlace(object)
  const findings = [
    ...problems.map((finding) => ({ ...finding, level: 'problem' as const })),
    ...[...warnings, ...advice].map((finding) => ({ ...finding, level: 'warning' as const })),
  ]
  return {
    judgement,
    findings: findings.map(({ reason, message, level }) =>
      toFinding(reason, { level, place, message, ...hints[reason] }),
    ),
  }
}

/** The manifest with the pods of all its workloads as the webhook would make them. A pod that is refused stays. */
export function injectManifest(
  manifest: Manifest,
  workloads: readonly Workload[],
  judges: Judges,
): Changed & { readonly findings: readonly CommandFinding[] } {
  const judged = workloads.map((workload) => ({ workload, ...judgeWorkload(workload, judges) }))
  const changed = changeManifest(
    manifest,
    judged.flatMap(({ workload: { object, template }, judgement }) =>
      judgement.verdict.kind === 'patched'
        ? [{ object, template, pod: patched(template.pod, judgement.verdict.patch, judgement) }]
        : [],
    ),
  )
  return { ...changed, findings: judged.flatMap(({ findings }) => findings) }
}

function patched(
  pod: JsonObject,
  patch: readonly jsonPatch.Operation[],
  judgement: Judgement,
): JsonObject {
  const operations = JSON.parse(JSON.stringify(patch)) as jsonPatch.Operation[]
  const copy = JSON.parse(JSON.stringify(pod)) as JsonObject
  return withRequests(jsonPatch.applyPatch(copy, operations, true).newDocument, judgement)
}

/** Where the sidecar comes into it, a pod keeps the requests that the API server would have written without it. */
function withRequests(pod: JsonObject, { pod: before, plan }: Judgement): JsonObject {
  const missing = before === null || plan === null ? {} : missingRequests(before)
  if (Object.keys(missing).length === 0) return pod
  const spec = objectAt(pod, 'spec')
  const resources = objectAt(spec, 'resources')
  const requests = { ...objectAt(resources, 'requests'), ...missing }
  return { ...pod, spec: { ...spec, resources: { ...resources, requests } } }
}
