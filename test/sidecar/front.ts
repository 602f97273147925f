/**
 * What stands between the sidecar and AWS in tests: a front (with TLS, or with a `Date` of its own) and a CONNECT
 * proxy.
 */
import {
  createServer,
  type IncomingMessage,
  request,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Duplex } from 'node:stream'
import { listen } from '../../stand-ins/aws/listen.ts'

export interface FrontOptions {
  readonly certificate?: { readonly certificate: string; readonly key: string }
  /** How far ahead the `Date` of its answers is. */
  readonly clockOffsetMs?: number
}

/** Passes each request on as it is, so that its signature stays good. */
export async function startFront(
  targetUrl: string,
  { certificate, clockOffsetMs }: FrontOptions,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method, headers, url } = incoming
    const onward = request(new URL(url ?? '/', targetUrl), { method, headers }, (answer) => {
      const date =
        clockOffsetMs === undefined
          ? {}
          : { date: new Date(Date.now() + clockOffsetMs).toUTCString() }
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...date })
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  }
  if (certificate === undefined) return listen(createServer(pass), 0)
  const tls = createTlsServer({ cert: certificate.certificate, key: certificate.key }, pass)
  const { url, stop } = await listen(tls, 0)
  return { url: url.replace('http:', 'https:'), stop }
}

export interface Proxy {
  readonly url: string
  /** Where it was asked to connect to, with the `Proxy-Authorization` it got. */
  readonly asked: readonly { readonly authority: string; readonly authorization: string }[]
  stop(): Promise<void>
}

export interface ProxyOptions {
  /** Speaks TLS with it. */
  readonly certificate?: { readonly certificate: string; readonly key: string }
  /** What it says when it goes nowhere. */
  readonly refusal?: string
}

/** A CONNECT proxy that goes to `targetUrl` whatever it is asked for, or refuses with 403 when there is none. */
export async function startProxy(
  targetUrl?: string,
  { certificate, refusal = '403 Forbidden' }: ProxyOptions = {},
): Promise<Proxy> {
  const asked: { authority: string; authorization: string }[] = []
  const server =
    certificate === undefined
      ? createServer()
      : createTlsServer({ cert: certificate.certificate, key: certificate.key })
  server.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    const authorization = incoming.headers['proxy-authorization'] ?? ''
    asked.push({ authority: incoming.url ?? '', authorization })
    socket.on('error', () => undefined)
    if (targetUrl === undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const { hostname, port } = new URL(targetUrl)
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  const { url, stop } = await listen(server, 0)
  const scheme = certificate === undefined ? 'http:' : 'https:'
  return { asked, url: url.replace('http:', scheme), stop }
}

/** A front that never answers a request in which these bytes are, and passes all others on. */
export async function startSilentFront(
  targetUrl: string,
  bytes: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  return listen(
    createServer((incoming, outgoing) => {
      void buffer(incoming).then((body) => {
        if (body.includes(bytes)) return
        const { method, headers, url } = incoming
        const onward = request(new URL(url ?? '/', targetUrl), { method, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(outgoing)
        })
        onward.on('error', () => outgoing.destroy())
        onward.end(body)
      })
    }),
    0,
  )
}

/** Something that answers where STS should, in whatever way it is given. */
export function startStranger(
  answer: RequestListener,
): Promise<{ url: string; stop: () => Promise<void> }> {
  return listen(createServer(answer), 0)
}

/**
 * A front that answers one request of a connection and resets it at the next, without having said that it would close.
 */
export async function startHastyFront(
  targetUrl: string,
): Promise<{ url: string; resets: () => number; stop: () => Promise<void> }> {
  const used = new WeakSet<object>()
  let resets = 0
  const { url, stop } = await listen(
    createServer((incoming, outgoing) => {
      if (used.has(incoming.socket)) {
        resets += 1
        incoming.socket.resetAndDestroy()
        return
      }
      used.add(incoming.socket)
      const { method, headers } = incoming
      const onward = request(new URL(incoming.url ?? '/', targetUrl), { method, headers })
      onward.on('response', (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, {
          ...answer.headers,
          connection: 'keep-alive',
        })
        answer.pipe(outgoing)
      })
      incoming.pipe(onward)
    }),
    0,
  )
  return { url, resets: () => resets, stop }
}
