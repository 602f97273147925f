/**
 * Secrets and webhook configurations of the API double: read, made, replaced and patched over HTTP, with resource
 * versions that refuse whoever is late.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { failureStatus } from './wire.ts'

export interface StoredObject {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string }
  readonly [key: string]: unknown
}

interface WebhookConfiguration extends StoredObject {
  readonly webhooks: readonly {
    readonly name: string
    readonly clientConfig: Readonly<Record<string, unknown>>
  }[]
}

export interface ObjectStore {
  /** By the path of its URL. */
  read(path: string): StoredObject | undefined
  /** Makes or replaces it, whatever its resource version. */
  apply(path: string, object: StoredObject): void
  remove(path: string): void
}

export interface Objects extends ObjectStore {
  /** Whether requests for this path are answered here. */
  owns(path: string): boolean
  answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>
}

const ownPath =
  /^\/(api\/v1\/namespaces\/[^/]+\/secrets|apis\/admissionregistration\.k8s\.io\/v1\/(mutating|validating)webhookconfigurations)(\/[^/]+)?$/

class Refusal extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export function createObjects(): Objects {
  const objects = new Map<string, StoredObject>()
  let version = 0

  function put(path: string, object: StoredObject): StoredObject {
    version += 1
    const metadata = { ...object.metadata, resourceVersion: String(version) }
    const stored = { ...object, metadata }
    objects.set(path, stored)
    return stored
  }

  function readFor(path: string, wanted?: StoredObject): StoredObject {
    const held = objects.get(path)
    if (held === undefined) throw new Refusal(404, `${path} not found`)
    const seen = wanted?.metadata.resourceVersion
    if (seen !== undefined && seen !== held.metadata.resourceVersion) {
      throw new Refusal(409, 'the object has been modified')
    }
    return held
  }

  async function change(request: IncomingMessage, path: string): Promise<StoredObject> {
    if (request.method === 'GET') return readFor(path)
    const body = (await json(request)) as StoredObject
    const type = request.headers['content-type']
    if (request.method === 'POST') {
      const created = `${path}/${body.metadata.name}`
      if (objects.has(created)) throw new Refusal(409, `${created} already exists`)
      return put(created, body)
    }
    if (request.method === 'PUT')
      return put(path, { ...body, metadata: readFor(path, body).metadata })
    if (request.method !== 'PATCH' || type !== 'application/strategic-merge-patch+json') {
      throw new Refusal(415, `${request.method} as ${type} is not possible`)
    }
    return put(path, mergeWebhooks(readFor(path, body) as WebhookConfiguration, body))
  }

  return {
    owns: (path) => ownPath.test(path),
    read: (path) => objects.get(path),
    apply: (path, object) => void put(path, object),
    remove: (path) => void objects.delete(path),
    answer: async (request, response, path) => {
      const answer = await change(request, path).then(
        (object) => ({ code: request.method === 'POST' ? 201 : 200, body: object as object }),
        (error: unknown) => {
          if (!(error instanceof Refusal)) throw error
          return { code: error.code, body: failureStatus(error.code, 'Refused', error.message) }
        },
      )
      response.writeHead(answer.code, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer.body))
    },
  }
}

/** As the strategic merge of an API server: webhooks by name, their clientConfig by key. */
function mergeWebhooks(held: WebhookConfiguration, patch: StoredObject): WebhookConfiguration {
  const { webhooks = [] } = patch as Partial<WebhookConfiguration>
  return {
    ...held,
    webhooks: held.webhooks.map((webhook) => {
      const found = webhooks.find(({ name }) => name === webhook.name)
      return { ...webhook, clientConfig: { ...webhook.clientConfig, ...found?.clientConfig } }
    }),
  }
}
