/** Reads chain mode's annotations from the pod and its service account: which stand where, and whether they may. */
import type { AnnotationNames } from '../configuration/configuration.ts'
import { shorten } from '../formats/name-list.ts'
import { CHAIN_KEYS, CHAIN_KEY_NAMES, type ChainKey } from '../vocabulary/keys.ts'
import { joinFindings, type Finding, type Findings } from '../vocabulary/reasons.ts'
import {
  asksForTarget,
  type AnnotationSources,
  type Annotation,
  type ChainAnnotations,
} from './annotations.ts'
import { readStrayKeys, type StrayKey } from './stray-keys.ts'

/**
 * The annotations that count; a wrong place or name is a problem. The pod's operational keys win over its service
 * account's.
 */
export function readChainAnnotations(
  sources: AnnotationSources,
  names: AnnotationNames,
): Findings & { readonly annotations: ChainAnnotations } {
  const annotations: Partial<Record<ChainKey, Annotation>> = {}
  const problems: Finding[] = []
  const isSetOnServiceAccount = asksForTarget(sources.serviceAccount, names)
  for (const key of CHAIN_KEY_NAMES) {
    const name = names.annotationNames[key]
    const onPod = sources.pod[name]
    const onServiceAccount = sources.serviceAccount[name]
    if (onPod !== undefined && isSetOnServiceAccount && CHAIN_KEYS[key].kind === 'chain') {
      problems.push({
        reason: 'set_on_service_account',
        message: `${name}: '${shorten(onPod)}' stands on the pod, but its service account sets the chain; remove it, or use another service account for another chain`,
      })
    }
    if (onPod !== undefined) annotations[key] = { label: name, value: onPod, isOnPod: true }
    else if (onServiceAccount !== undefined && CHAIN_KEYS[key].place !== 'pod') {
      annotations[key] = {
        label: `${name} (on the service account)`,
        value: onServiceAccount,
        isOnPod: false,
      }
    }
  }
  return { annotations, ...joinFindings({ problems }, strayFindings(sources, names)) }
}

/**
 * Beside a target, a misspelt setting would have no effect without a word. A label beside the same annotation does no
 * harm.
 */
function strayFindings(sources: AnnotationSources, names: AnnotationNames): Findings {
  const strays = readStrayKeys(sources, names)
  return {
    problems: strays.filter(isFatal),
    warnings: strays.filter((stray) => !isFatal(stray)),
  }
}

function isFatal({ kind, reason }: StrayKey): boolean {
  return kind !== 'hint' && reason !== 'misplaced_key'
}
