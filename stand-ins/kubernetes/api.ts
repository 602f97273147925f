/**
 * The least of a Kubernetes API that the webhook needs, with the real protocol: TLS, bearer tokens, paged lists,
 * watches with bookmarks and 410 Gone, metadata-only forms, `Status` errors. Scriptable: what it holds, what breaks,
 * how slow it is.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { makeCertificate } from './certificate.ts'
import { closerOf } from './closing.ts'
import { createConfigMaps, type ConfigMapStore } from './config-maps.ts'
import { createObjects, type ObjectStore } from './objects.ts'
import { toKubeconfig } from './kubeconfig.ts'
import { breakOrAnswer, send, type Fault } from './faults.ts'
import { createStore } from './store.ts'
import type { ApiPart } from './whole-cluster.ts'
import type { NamedServiceAccount } from './store.ts'
import { createWatches } from './watches.ts'
import { failureStatus, readContinueToken, toWire, toWireList, wantsMetadataOnly } from './wire.ts'

export interface SeenRequest {
  /** `write` is whatever is no GET. */
  readonly kind: 'version' | 'list' | 'watch' | 'read' | 'write' | 'other'
  readonly url: string
  readonly accept: string | undefined
}

export interface KubernetesDouble {
  readonly url: string
  /** PEM of the authority that signed its certificate. */
  readonly ca: string
  readonly token: string
  /** Every request so far. */
  readonly requests: readonly SeenRequest[]
  apply(serviceAccount: NamedServiceAccount): void
  remove(namespace: string, name: string): void
  /** Secrets and webhook configurations. */
  readonly objects: ObjectStore
  readonly configMaps: ConfigMapStore
  /** Says another version from now on. */
  upgrade(version: ServerVersion): void
  /** Forgets the history: watches end with 410 Gone, and so does a new one from an old resource version. */
  compact(): void
  /** Breaks every watch connection; returns how many there were. */
  dropWatches(): number
  /** Ends every watch as the API server does after `timeoutSeconds`. */
  endWatches(): number
  /** Sends every watch a bookmark with a resource version of its own, and returns that. */
  bookmark(): string
  /** Breaks the next request of this kind; several calls queue up. */
  break(kind: SeenRequest['kind'], fault: Fault): void
  /** Breaks every request of this kind until the returned function is called. */
  breakAll(kind: SeenRequest['kind'], fault: Fault): () => void
  /** Writes a kubeconfig for this API and returns its path. */
  writeKubeconfig(path: string): string
  stop(): Promise<void>
}

/** As `GET /version` says it. */
export interface ServerVersion {
  readonly major: string
  readonly minor: string
  readonly gitVersion: string
}

export interface DoubleOptions {
  readonly version?: ServerVersion
  readonly serviceAccounts?: readonly NamedServiceAccount[]
  /** Answers what it owns, before all else does. */
  readonly part?: ApiPart
}

/** Starts the double on a free port of the loopback. */
export async function startKubernetes(options: DoubleOptions = {}): Promise<KubernetesDouble> {
  let version: ServerVersion = options.version ?? { major: '1', minor: '34', gitVersion: 'v1.34.0' }
  const certificate = await makeCertificate()
  const token = 'token-of-the-webhook'
  const store = createStore()
  for (const serviceAccount of options.serviceAccounts ?? []) store.apply(serviceAccount)
  const objects = createObjects()
  const configMaps = createConfigMaps()
  const watches = createWatches(store)
  const requests: SeenRequest[] = []
  const queued: { kind: SeenRequest['kind']; fault: Fault }[] = []
  const standing = new Set<{ kind: SeenRequest['kind']; fault: Fault }>()

  function takeFault(kind: SeenRequest['kind']): Fault | undefined {
    const index = queued.findIndex((entry) => entry.kind === kind)
    if (index >= 0) return queued.splice(index, 1)[0]?.fault
    return [...standing].find((entry) => entry.kind === kind)?.fault
  }

  const isKnown = ({ headers }: IncomingMessage) => headers.authorization === `Bearer ${token}`

  function answer({ request, response, url, kind }: Call): void {
    if (!isKnown(request)) {
      return send(response, 401, failureStatus(401, 'Unauthorized', 'Unauthorized'))
    }
    if (options.part?.owns(url) === true) {
      return void options.part.answer(request, response, url)
    }
    if (objects.owns(url.pathname)) return void objects.answer(request, response, url.pathname)
    if (configMaps.owns(url.pathname)) return configMaps.answer(response, url)
    return answerServiceAccounts({ request, response, url, kind })
  }

  function answerServiceAccounts({ request, response, url, kind }: Call): void {
    const isMetadataOnly = wantsMetadataOnly(request.headers.accept)
    if (kind === 'version') return send(response, 200, version)
    if (kind === 'watch') return watches.open({ response, url, isMetadataOnly })
    if (kind === 'list') return answerList(response, url, isMetadataOnly)
    const [, namespace = '', name = ''] =
      /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)$/.exec(url.pathname) ?? []
    const object = store.read(namespace, name)
    if (object !== undefined) return send(response, 200, toWire(object, isMetadataOnly))
    return send(
      response,
      404,
      failureStatus(404, 'NotFound', `serviceaccounts "${name}" not found`),
    )
  }

  function answerList(response: ServerResponse, url: URL, isMetadataOnly: boolean): void {
    const all = store.list()
    const from = url.searchParams.get('continue')
    const start = from === null ? { at: 0, version: store.version() } : readContinueToken(from)
    if (store.eventsSince(start.version) === undefined) {
      const message = 'The provided continue parameter is too old to display a consistent list.'
      return send(response, 410, failureStatus(410, 'Expired', message))
    }
    const limit = Number(url.searchParams.get('limit') ?? 0)
    const end = limit > 0 ? Math.min(start.at + limit, all.length) : all.length
    const next = end < all.length ? end : undefined
    const page = {
      items: all.slice(start.at, end),
      version: start.version,
      next,
      remaining: all.length - end,
    }
    return send(response, 200, toWireList(page, isMetadataOnly))
  }

  const server = createServer({ cert: certificate.certificate, key: certificate.key })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'https://localhost')
    const kind = request.method === 'GET' ? kindOf(url) : 'write'
    const call: Call = { request, response, url, kind }
    requests.push({ kind: call.kind, url: request.url ?? '', accept: request.headers.accept })
    breakOrAnswer(takeFault(call.kind), call, answer)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    if (isKnown(request)) options.part?.upgrade(request, socket)
    else socket.destroy()
  })
  const close = closerOf(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}`

  return {
    url,
    ca: certificate.ca,
    token,
    requests,
    apply: store.apply,
    remove: store.remove,
    objects,
    configMaps,
    upgrade: (to) => {
      version = to
    },
    compact: () => {
      store.compact()
      watches.expire()
    },
    dropWatches: watches.drop,
    endWatches: watches.end,
    bookmark: watches.bookmark,
    break: (kind, fault) => queued.push({ kind, fault }),
    breakAll: (kind, fault) => {
      const entry = { kind, fault }
      standing.add(entry)
      return () => standing.delete(entry)
    },
    writeKubeconfig: (path) => {
      writeFileSync(path, toKubeconfig({ url, ca: certificate.ca, token }), { mode: 0o600 })
      return path
    },
    stop: close,
  }
}

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly kind: SeenRequest['kind']
}

function kindOf(url: URL): SeenRequest['kind'] {
  if (url.pathname === '/version') return 'version'
  if (url.pathname === '/api/v1/serviceaccounts') {
    return url.searchParams.get('watch') === 'true' ? 'watch' : 'list'
  }
  return url.pathname.startsWith('/api/v1/namespaces/') ? 'read' : 'other'
}
