/** Writes changed pods into the text of a manifest. What has not changed stays as it was written. */
import type { JsonObject } from '../../../webhook/core/formats/json.ts'
import { editDocument } from './edit.ts'
import { toJs, type Manifest, type ManifestObject, type Path } from './manifest.ts'
import { withPod, type PodTemplate } from './pod-template.ts'

export interface PodChange {
  readonly object: ManifestObject
  readonly template: PodTemplate
  /** As it is to be. */
  readonly pod: JsonObject
}

/** A manifest, changed. */
export interface Changed {
  readonly text: string
  /** All of its objects, in their order, those of Lists each on its own. */
  readonly objects: readonly JsonObject[]
}

export function changeManifest(manifest: Manifest, changes: readonly PodChange[]): Changed {
  const values = new Map(
    changes.map(({ object, template, pod }) => [object, withPod(object.value, template, pod)]),
  )
  const texts = manifest.documents.map((document, index) => {
    const changed = [...values].filter(([object]) => object.document === index)
    const text = textOf(manifest, index)
    if (changed.length === 0) return text
    const wanted = changed.reduce<unknown>(
      (value, [{ path }, object]) => withAt(value, path, object),
      toJs(document),
    )
    return editDocument(text, wanted)
  })
  return {
    text: texts.join('') || manifest.text,
    objects: manifest.objects.map((object) => values.get(object) ?? object.value),
  }
}

/** The lines of one document, with its marker and the comments before the first. */
function textOf({ text, documents }: Manifest, index: number): string {
  const from = index === 0 ? 0 : documents[index]?.range[0]
  return text.slice(from, documents[index + 1]?.range[0])
}

function withAt(value: unknown, [first, ...rest]: Path, inner: unknown): unknown {
  if (first === undefined) return inner
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === first ? withAt(item, rest, inner) : item))
  }
  const object = value as JsonObject
  return { ...object, [first]: withAt(object[first], rest, inner) }
}
