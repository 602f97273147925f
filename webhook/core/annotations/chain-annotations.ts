/** Reads chain mode's annotations from the pod and its service account: which stand where, and whether they may. */
import type { Configuration } from '../configuration/configuration.ts'
import { shorten } from '../formats/name-list.ts'
import { CHAIN_KEYS, CHAIN_KEY_NAMES, type ChainKey } from '../vocabulary/keys.ts'
import type { Findings } from '../vocabulary/reasons.ts'
import {
  asksForTarget,
  type AnnotationSources,
  type Annotation,
  type ChainAnnotations,
} from './annotations.ts'
import { readStrayKeys } from './stray-keys.ts'

/** The annotations that count; a wrong place or name is a problem. The pod's operational keys win over its service account's. */
export function readChainAnnotations(
  sources: AnnotationSources,
  configuration: Configuration,
  findings: Findings,
): ChainAnnotations {
  const written: Partial<Record<ChainKey, Annotation>> = {}
  const isSetOnServiceAccount = asksForTarget(sources.serviceAccount, configuration)
  for (const key of CHAIN_KEY_NAMES) {
    const name = configuration.annotationNames[key]
    const onPod = sources.pod[name]
    const onServiceAccount = sources.serviceAccount[name]
    if (onPod !== undefined && isSetOnServiceAccount && CHAIN_KEYS[key].kind === 'chain') {
      findings.problems.push({
        reason: 'set_on_service_account',
        message: `${name}: '${shorten(onPod)}' stands on the pod, but its service account sets the chain; remove it, or use another service account for another chain`,
      })
    }
    if (onPod !== undefined) written[key] = { label: name, value: onPod, isOnPod: true }
    else if (onServiceAccount !== undefined && CHAIN_KEYS[key].place !== 'pod') {
      written[key] = {
        label: `${name} (on the service account)`,
        value: onServiceAccount,
        isOnPod: false,
      }
    }
  }
  tellStrayKeys(sources, configuration, findings)
  return written
}

/** Beside a target, a misspelt setting would be left out in silence; a label beside the annotation that counts misleads nobody. */
function tellStrayKeys(
  sources: AnnotationSources,
  configuration: Configuration,
  { problems, warnings }: Findings,
): void {
  for (const stray of readStrayKeys(sources, configuration)) {
    const isFatal = stray.kind !== 'hint' && stray.reason !== 'misplaced_key'
    if (isFatal) problems.push(stray)
    else warnings.push(stray)
  }
}
