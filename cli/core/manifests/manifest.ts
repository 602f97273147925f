/** A text with manifests, read: its documents, and the objects in them with the place of each. */
import { parseAllDocuments, type Document } from 'yaml'
import { isObject, objectAt, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'

/** Where something stands in a document: keys and indices. */
export type Path = readonly (string | number)[]

/** One object of Kubernetes in a text. */
export interface ManifestObject {
  /** Index of its document in the text. */
  readonly document: number
  /** Its place in the document: empty, or an item of a List. */
  readonly path: Path
  readonly value: JsonObject
  readonly kind: string
  readonly name: string
  /** Undefined where it names none. */
  readonly namespace: string | undefined
}

/** A text that was read. */
export interface Manifest {
  /** Such as the path of the file. */
  readonly source: string
  readonly text: string
  readonly documents: readonly Document.Parsed[]
  readonly objects: readonly ManifestObject[]
}

/** How the text has to be read: as kubectl does, with `yes` as a boolean, octal numbers, and merge keys. */
export const YAML_OPTIONS = { version: '1.1', merge: true, logLevel: 'error' } as const

/** Whoever needs more than this has not written it by hand. */
const ALIAS_LIMIT = 1000

/** Throws a sentence without the source's name where it is no YAML, or holds something that is no object. */
export function readManifest(source: string, text: string): Manifest {
  const parsed = parseAllDocuments(text, YAML_OPTIONS)
  const documents = Array.isArray(parsed) ? parsed : []
  const objects = documents.flatMap((document, index) => {
    const [error] = document.errors
    if (error !== undefined) throw new Error(error.message.replace(/:\n[^]*$/, ''))
    const value: unknown = toJs(document)
    return value === null || value === undefined ? [] : toObjects(value, { index, path: [] })
  })
  return { source, text, documents, objects }
}

/** The document as plain data. */
export function toJs(document: Document.Parsed): unknown {
  const value: unknown = document.toJS({ maxAliasCount: ALIAS_LIMIT })
  // Through JSON, since an anchor would be one object in several places.
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

/** A List, as kubectl writes several objects, is what is in it. */
function toObjects(
  value: unknown,
  place: { readonly index: number; readonly path: Path },
): readonly ManifestObject[] {
  if (!isObject(value) || textAt(value, 'kind') === '') {
    const where = place.path.length === 0 ? `document ${place.index + 1}` : place.path.join('.')
    throw new Error(`${where} is no object of Kubernetes: it has no kind`)
  }
  const kind = textAt(value, 'kind')
  const { items } = value
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, at) =>
      toObjects(item, { ...place, path: [...place.path, 'items', at] }),
    )
  }
  const metadata = objectAt(value, 'metadata')
  return [
    {
      document: place.index,
      path: place.path,
      value,
      kind,
      name: textAt(metadata, 'name') || textAt(metadata, 'generateName'),
      namespace: textAt(metadata, 'namespace') || undefined,
    },
  ]
}

/** As people name objects: `deployment/web`. */
export function toPlace({ kind, name }: Pick<ManifestObject, 'kind' | 'name'>): string {
  return name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`
}
