/** The last look at a pod, when all webhooks have been over it: is it still what we would make of it? */
import type { Configuration } from './configuration/configuration.ts'
import { toNameList } from './formats/name-list.ts'
import { mutate, type PodAdmission } from './mutate.ts'
import { readAnnotations } from './pod/pod.ts'
import { denied } from './review/verdicts.ts'
import type { Verdict } from './review/verdict.ts'
import type { ServiceAccountLookup } from './vocabulary/service-account.ts'

/**
 * Judges a pod that has our volumes. What we would add to it now, or change, is there already, field by field, or the
 * pod is denied; what the API server and a LimitRange put there counts as ours. Our stamp and label do not matter any
 * more, but for this: while a rollout goes on, a webhook of another version or configuration may have made the pod, and
 * its stamp says so. What that one has made differs from what we would make, with nothing wrong. Whoever creates a pod
 * cannot choose the stamp, since a webhook writes its own over it; and the policies of the API server judge the pod in
 * any case.
 *
 *   what `mutate` makes of it | verdict
 *   ------------------------- | -------
 *   a denial                  | that
 *   a chain, nothing to do    | allowed, and nothing is told again
 *   a chain, something to do  | denied, with each place; allowed where the stamp is another's
 *   anything else             | denied: our volumes are for pods with a chain
 */
export function verify(
  admission: PodAdmission,
  lookup: ServiceAccountLookup,
  configuration: Configuration,
): Verdict {
  const verdict = mutate(admission, lookup, configuration)
  if (verdict.kind === 'denied') return verdict
  if (verdict.mode !== 'chain') {
    return changed(
      'the pod has volumes of rolechain, and asks for no target, or to be left alone; remove the volumes and the sidecar',
    )
  }
  const stamp = readAnnotations(admission.pod)[configuration.stampName]
  const isOfAnother = typeof stamp === 'string' && stamp !== configuration.stamp
  const places = verdict.kind === 'patched' ? placesOf(verdict.patch.map(({ path }) => path)) : []
  return places.length === 0 || isOfAnother
    ? { ...verdict, kind: 'allowed', warnings: [] }
    : changed(
        `something changed what the webhook had made of the pod, at ${toNameList(places)}: a later webhook, or whoever wrote the pod; let it leave alone what is rolechain's`,
      )
}

function changed(message: string): Verdict {
  return denied([{ reason: 'changed_after_injection', message }], [])
}

/** As people write them: `spec.initContainers[0]`. */
function placesOf(pointers: readonly string[]): readonly string[] {
  const places = pointers
    .filter((pointer) => !pointer.startsWith('/metadata'))
    .map((pointer) =>
      pointer
        .slice(1)
        .replaceAll(/\/(\d+)/g, '[$1]')
        .replaceAll(/\/-$/g, '')
        .replaceAll('/', '.'),
    )
  return [...new Set(places)]
}
