/** The operations of parity mode for a whole pod. */
import type { Operation } from 'fast-json-patch'
import { badValue } from '../annotations/annotations.ts'
import type { ParityConfiguration } from '../configuration/configuration.ts'
import { containerOperations, needsVolume, tokenVolume, type CredentialSource } from './parity.ts'
import { insertInto, setMetadata } from '../pod/operations.ts'
import type { Pod } from '../pod/pod.ts'
import type { Finding } from '../vocabulary/reasons.ts'
import { readCsvRecord } from '../annotations/skip-list.ts'
import { POD_IDENTITY_LABEL } from '../vocabulary/names.ts'

/**
 * What every container gains that is included and that the pod does not skip, the volume, and EKS Pod Identity's label.
 * An unreadable list skips nothing, as upstream has it.
 */
export function parityOperations(
  pod: Pod,
  {
    source,
    included,
  }: { readonly source: CredentialSource; readonly included: ReadonlySet<string> | null },
  { parityAnnotationNames }: ParityConfiguration,
): { readonly operations: readonly Operation[]; readonly warnings: readonly Finding[] } {
  const label = parityAnnotationNames['skip-containers']
  const value = pod.annotations[label]
  const skipped = value === undefined ? [] : readCsvRecord(value)
  const skippedNames = new Set(skipped)
  const containers = pod.containers.filter(
    ({ name }) => !skippedNames.has(name) && included?.has(name) !== false,
  )
  const volume = needsVolume(pod, source)
    ? [
        insertInto('/spec', 'volumes', {
          parent: pod.spec,
          index: 0,
          value: tokenVolume(source),
        }),
      ]
    : []
  return {
    operations: [
      ...containers.flatMap((container) => containerOperations(container, source)),
      ...volume,
      ...(source.kind === 'container_credentials' ? labelOperations(pod) : []),
    ],
    warnings: skipped === null && value !== undefined ? [unreadable(label, value)] : [],
  }
}

function labelOperations({ metadata, hasMetadata }: Pod): readonly Operation[] {
  return [
    ...(hasMetadata ? [] : [{ op: 'add', path: '/metadata', value: {} } as const]),
    ...setMetadata(metadata, 'labels', [POD_IDENTITY_LABEL]),
  ]
}

function unreadable(label: string, value: string): Finding {
  const finding = badValue(
    { label, value, isOnPod: true },
    'is not a CSV record, so no container is skipped; separate names by commas',
  )
  return { ...finding, reason: 'skip_containers_unreadable' }
}
