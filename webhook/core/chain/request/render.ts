/** Fills the placeholders of templates, as far as admission knows what they stand for. */
import type { ChainSources } from './sources.ts'
import type { Render } from './hops.ts'
import { textAt } from '../../formats/json.ts'

/** Longest name of a pod that Kubernetes takes. */
const NAME_LENGTH = 253

/** The API server adds five characters to a generated name, and keeps 63 in all. */
export function renderFor({ pod, namespace, serviceAccount }: ChainSources): Render {
  const generated = textAt(pod.metadata, 'generateName')
  const name =
    textAt(pod.metadata, 'name').slice(0, NAME_LENGTH) ||
    (generated === '' ? '' : `${generated.slice(0, 58)}00000`)
  return (template) =>
    template
      .replaceAll('{namespace}', () => namespace)
      .replaceAll('{pod}', () => name)
      .replaceAll('{serviceAccount}', () => serviceAccount.name)
      .replaceAll('{node}', '')
}
