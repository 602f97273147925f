/**
 * ConfigMaps of the API double: listed and watched by the name in a field selector, with resource versions and 410
 * Gone.
 */
import type { ServerResponse } from 'node:http'
import { failureStatus } from './wire.ts'

interface StoredConfigMap {
  readonly metadata: {
    readonly namespace: string
    readonly name: string
    readonly resourceVersion: string
  }
  readonly data?: Readonly<Record<string, string>>
}

export interface ConfigMapStore {
  /** Creates or replaces it; without data it has none at all, as an API server leaves out what is empty. */
  apply(namespace: string, name: string, data?: Readonly<Record<string, string>>): void
  remove(namespace: string, name: string): void
  /** Breaks the connections of all watches; returns how many there were. */
  readonly dropWatches: () => number
  /** Tells all watches that their resource version is too old, and ends them. */
  readonly expireWatches: () => void
  readonly bookmark: () => void
}

export interface ConfigMaps extends ConfigMapStore {
  owns(path: string): boolean
  answer(response: ServerResponse, url: URL): void
}

interface OpenWatch {
  readonly response: ServerResponse
  readonly isMine: (object: StoredConfigMap) => boolean
}

function tell(response: ServerResponse, type: string, object: object): void {
  response.write(`${JSON.stringify({ type, object })}\n`)
}

const ownPath = /^\/api\/v1\/namespaces\/([^/]+)\/configmaps$/

export function createConfigMaps(): ConfigMaps {
  const held = new Map<string, StoredConfigMap>()
  const events: { readonly type: string; readonly version: number; object: StoredConfigMap }[] = []
  const watches = new Set<OpenWatch>()
  let version = 5000

  function change(type: string, object: StoredConfigMap): void {
    events.push({ type, version, object })
    for (const { response, isMine } of watches) if (isMine(object)) tell(response, type, object)
  }

  function expire(open: OpenWatch): void {
    const { response } = open
    watches.delete(open)
    tell(response, 'ERROR', failureStatus(410, 'Expired', 'too old resource version'))
    response.end()
  }

  function watch(open: OpenWatch, from: number): void {
    open.response.writeHead(200, { 'content-type': 'application/json' })
    open.response.flushHeaders()
    for (const { type, version: at, object } of events) {
      if (at > from && open.isMine(object)) tell(open.response, type, object)
    }
    watches.add(open)
    open.response.on('close', () => watches.delete(open))
  }

  return {
    apply: (namespace, name, data) => {
      version += 1
      const key = `${namespace}/${name}`
      const type = held.has(key) ? 'MODIFIED' : 'ADDED'
      const metadata = { namespace, name, resourceVersion: String(version) }
      const object = { metadata, ...(data === undefined ? {} : { data }) }
      held.set(key, object)
      change(type, object)
    },
    remove: (namespace, name) => {
      version += 1
      const object = held.get(`${namespace}/${name}`)
      if (object === undefined) throw new Error(`There is no ConfigMap ${namespace}/${name}.`)
      held.delete(`${namespace}/${name}`)
      const metadata = { ...object.metadata, resourceVersion: String(version) }
      change('DELETED', { ...object, metadata })
    },
    dropWatches: () => {
      const open = [...watches]
      for (const { response } of open) response.socket?.destroy()
      return open.length
    },
    expireWatches: () => [...watches].forEach(expire),
    bookmark: () => {
      const object = { kind: 'ConfigMap', metadata: { resourceVersion: String(version) } }
      for (const { response } of watches) tell(response, 'BOOKMARK', object)
    },
    owns: (path) => ownPath.test(path),
    answer: (response, url) => {
      const namespace = ownPath.exec(url.pathname)?.[1]
      const selector = url.searchParams.get('fieldSelector')
      const isMine = ({ metadata }: StoredConfigMap) =>
        metadata.namespace === namespace &&
        (selector === null || selector === `metadata.name=${metadata.name}`)
      if (url.searchParams.get('watch') === 'true') {
        return watch({ response, isMine }, Number(url.searchParams.get('resourceVersion')))
      }
      response.writeHead(200, { 'content-type': 'application/json' })
      const items = [...held.values()].filter(isMine)
      response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items }))
    },
  }
}
