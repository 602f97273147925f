/** Secrets for the registry of the sidecar's image, beside those that the pod has. */
import type { Operation } from 'fast-json-patch'
import { objectsAt } from '../../formats/json.ts'
import { changeArray } from '../../pod/operations.ts'
import type { Pod } from '../../pod/pod.ts'
import type { SidecarConfiguration } from './sidecar-container.ts'

/**
 * Adds those that the pod does not name yet, at the end. Nothing is lost of what the service account names: its
 * admission plugin, which gives them to pods without any, runs before webhooks.
 */
export function pullSecretOperations(
  { spec }: Pod,
  { settings }: SidecarConfiguration,
): readonly Operation[] {
  const standing = new Set(objectsAt(spec, 'imagePullSecrets').map(([, { name }]) => name))
  const names = settings.sidecar.imagePullSecrets.map((secret) =>
    typeof secret === 'string' ? secret : secret.name,
  )
  const missing = [...new Set(names)].filter((name) => !standing.has(name))
  return changeArray('/spec', 'imagePullSecrets', {
    parent: spec,
    appended: missing.map((name) => ({ name })),
  })
}
