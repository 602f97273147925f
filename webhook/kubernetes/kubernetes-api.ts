/** Asking the Kubernetes API: one answer, or a watch as a sequence of events. It knows no kinds of objects. */
import http from 'node:http'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import type { ClusterAccess } from './cluster-access.ts'

/** An answer of the API server other than success. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

export interface ApiRequest {
  /** Path and query. */
  readonly path: string
  readonly accept: string
  /** Ends the request; of a watch, also the reading of its events. */
  readonly signal: AbortSignal
  /** Of the answer, or of a watch's event; {@link OBJECT_LIMIT_BYTES} unless told. */
  readonly limitBytes?: number
}

export interface ApiWrite extends ApiRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH'
  readonly contentType: string
  /**
   * What is sent as JSON. It has to name a resource version, or make an object: after a broken connection it is sent
   * twice.
   */
  readonly body: unknown
}

export interface WatchEvent {
  readonly type: string
  readonly object: unknown
}

export interface KubernetesApi {
  /** The body of a 200 answer, parsed; throws {@link ApiError} for any other, and the network's errors. */
  readonly read: (request: ApiRequest) => Promise<unknown>
  /** Throws as `read` does; {@link ApiError} 409 when somebody else was faster. */
  readonly write: (request: ApiWrite) => Promise<void>
  /** Tells each event; returns when the API server ends the watch in good order, throws when it breaks. */
  readonly watch: (request: ApiRequest, onEvent: (event: WatchEvent) => void) => Promise<void>
  readonly stop: () => void
}

/** An object of etcd is at most 1.5 MiB, its JSON about twice that. */
export const OBJECT_LIMIT_BYTES = 3 * 1024 * 1024

export function createKubernetesApi(access: ClusterAccess): KubernetesApi {
  const { Agent, request } = access.server.startsWith('http:') ? http : https
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 30_000 })

  async function open(call: ApiRequest | ApiWrite): Promise<IncomingMessage> {
    const { path, accept, signal } = call
    const { method, contentType, body }: Partial<ApiWrite> = 'body' in call ? call : {}
    const options = { agent, ...(await access.readOptions()), method: method ?? 'GET' }
    const headers = {
      ...options.headers,
      accept,
      'user-agent': 'rolechain-webhook',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    }
    const send = () =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const sent = request(`${access.server}${path}`, { ...options, headers, signal }, resolve)
        sent.on('error', (error) => reject(sent.reusedSocket ? new StaleConnection(error) : error))
        sent.end(body === undefined ? undefined : JSON.stringify(body))
      })
    try {
      return await send()
    } catch (error) {
      // The server may close an idle connection in the moment in which it is used again: that is no failure of its own.
      if (!(error instanceof StaleConnection) || signal.aborted) throw causeOf(error)
      return send().catch((second: unknown) => Promise.reject(causeOf(second)))
    }
  }

  async function openOk(call: ApiRequest | ApiWrite): Promise<IncomingMessage> {
    const answer = await open(call)
    if (answer.statusCode === 200 || answer.statusCode === 201) return answer
    const status = answer.statusCode ?? 0
    throw new ApiError(status, toMessage(status, await readText(answer, call).catch(() => '')))
  }

  return {
    read: async (call) => JSON.parse(await readText(await openOk(call), call)) as unknown,
    write: async (call) => {
      // To its end, so that the connection can be used again.
      await readText(await openOk(call), call)
    },
    watch: async (call, onEvent) => {
      const answer = await openOk(call)
      answer.setEncoding('utf8')
      const { limitBytes = OBJECT_LIMIT_BYTES } = call
      let unfinished = ''
      for await (const chunk of answer as AsyncIterable<string>) {
        const lines = `${unfinished}${chunk}`.split('\n')
        unfinished = lines.pop() ?? ''
        if (unfinished.length > limitBytes) throw tooLarge(limitBytes)
        for (const line of lines) onEvent(JSON.parse(line) as WatchEvent)
      }
    },
    stop: () => agent.destroy(),
  }
}

/** A request failed on a connection that had been used before. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

function causeOf(error: unknown): Error {
  if (error instanceof StaleConnection) return error.cause as Error
  return error instanceof Error ? error : new Error(String(error))
}

async function readText(
  answer: IncomingMessage,
  { limitBytes = OBJECT_LIMIT_BYTES }: Pick<ApiRequest, 'limitBytes'>,
): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limitBytes) throw tooLarge(limitBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function tooLarge(limitBytes: number): Error {
  return new Error(`The API server sent more than ${limitBytes} bytes for one object or page.`)
}

/** The message of a `Status`, where the body is one. */
function toMessage(status: number, text: string): string {
  const fallback = `The API server answered ${status}.`
  try {
    const body = JSON.parse(text) as { readonly message?: unknown } | null
    return typeof body?.message === 'string'
      ? `The API server answered ${status}: ${body.message}`
      : fallback
  } catch {
    return fallback
  }
}
