/**
 * Asking the API server of the cluster that is meant: answers as values, whole lists, objects that may be missing. It
 * knows no kinds of objects. This room alone loads the client library of Kubernetes, so commands import it lazily.
 */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { unreachable } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'
import { isObject, objectAt, textAt, type JsonObject } from '../../webhook/core/formats/json.ts'
import { readAccess, type Access, type ClusterChoice } from './kubeconfig.ts'

export interface ClusterRequest {
  /** Path and query. */
  readonly path: string
  readonly method?: 'GET' | 'POST'
  /** Sent as JSON. */
  readonly body?: unknown
}

/** An answer of the API server, of whatever status. */
export interface ClusterAnswer {
  readonly status: number
  /** Undefined where it is no JSON. */
  readonly body: unknown
  readonly text: string
  /** Texts of the headers `Warning`: what admission warns of. */
  readonly warnings: readonly string[]
}

export interface Cluster {
  readonly access: Access
  /** Throws only where no API server answers. */
  readonly ask: (request: ClusterRequest) => Promise<ClusterAnswer>
  /** Null where there is none; throws {@link RefusedError} for any other answer than success. */
  readonly read: (path: string) => Promise<JsonObject | null>
  /** All objects of a list, page by page; an API that the cluster does not have counts as none. */
  readonly list: (path: string) => Promise<readonly JsonObject[]>
  readonly close: () => void
}

/** The API server refuses, or fails: it answered, so others may be asked still. */
export class RefusedError extends Error {
  readonly status: number

  constructor({ status, body, text }: ClusterAnswer) {
    const message = isObject(body) ? textAt(body, 'message') : text.slice(0, 300)
    super(message === '' ? `the API server answered ${status}` : message)
    this.name = 'RefusedError'
    this.status = status
  }
}

/** As kubectl asks for. */
const PAGE_SIZE = 500
/** A page of objects of 1.5 MiB at most each, nearly all of which are a few KiB. */
const ANSWER_LIMIT_BYTES = 256 * 1024 * 1024
const ANSWER_WITHIN_MS = 30_000

/** Finds the cluster as kubectl does. Nothing is asked yet. */
export function openCluster(choice: ClusterChoice, surroundings: Surroundings): Cluster {
  const access = readAccess(choice, surroundings)
  const { Agent } = access.server.startsWith('http:') ? http : https
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const ask = (request: ClusterRequest) =>
    send(access, agent, request).catch((error: unknown) => {
      throw unreachable(`The cluster ${access.server} does not answer`, error)
    })

  async function askOk(path: string): Promise<JsonObject | null> {
    const answer = await ask({ path })
    if (answer.status === 404) return null
    if (answer.status !== 200) throw new RefusedError(answer)
    return isObject(answer.body) ? answer.body : {}
  }

  return {
    access,
    ask,
    read: askOk,
    list: async (path) => {
      const items: JsonObject[] = []
      let from = ''
      do {
        const page: JsonObject | null = await askOk(
          `${path}${path.includes('?') ? '&' : '?'}limit=${PAGE_SIZE}${from}`,
        )
        if (page === null) return items
        if (Array.isArray(page['items'])) items.push(...page['items'].filter(isObject))
        const next = textAt(objectAt(page, 'metadata'), 'continue')
        from = next === '' ? '' : `&continue=${encodeURIComponent(next)}`
      } while (from !== '')
      return items
    },
    close: () => agent.destroy(),
  }
}

async function send(
  access: Access,
  agent: http.Agent,
  { path, method = 'GET', body }: ClusterRequest,
): Promise<ClusterAnswer> {
  const options = await access.readOptions()
  const hasProxy = access.config.getCurrentCluster()?.proxyUrl !== undefined
  const { request } = access.server.startsWith('http:') ? http : https
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    accept: 'application/json',
    'user-agent': 'rolechain',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      `${access.server}${path}`,
      {
        // The library's agent opens a connection for each request; only where it speaks to a proxy is it needed.
        ...(hasProxy ? options : { ...options, agent }),
        method,
        headers,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      } as https.RequestOptions,
      resolve,
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
  const text = await readText(answer)
  return {
    status: answer.statusCode ?? 0,
    body: parseJson(text),
    text,
    warnings: toWarnings(answer.headers['warning']),
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > ANSWER_LIMIT_BYTES) throw new Error(`it sent more than ${ANSWER_LIMIT_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Of `299 - "text"`, several in one line; RFC 7234, as API servers write it. */
function toWarnings(header: string | undefined): readonly string[] {
  return [...(header ?? '').matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1'),
  )
}
