/**
 * What a stranger who reaches the webhook's port may send: each load keeps its connections until it is told to let go.
 */
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface Place {
  readonly port: number
  readonly ca: string
}

/** What came back on each connection, once it was closed or nothing more came for the moment. */
export interface Load {
  readonly sockets: readonly Socket[]
  /** Waits for the end of all connections, and returns what they were sent. */
  readonly answers: () => Promise<readonly string[]>
  readonly letGo: () => void
}

/** Opens `count` connections and sends `text` on each; where the webhook takes no more, that is the end of it. */
export async function sendOnEach(
  { port, ca }: Place,
  count: number,
  parts: readonly (string | Buffer)[],
): Promise<Load> {
  const heard: string[] = []
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca })
    heard[index] = ''
    socket.on('data', (chunk: Buffer) => {
      heard[index] += chunk.toString('latin1')
    })
    socket.on('error', () => undefined)
    return socket
  })
  await Promise.all(sockets.map((socket) => settled(socket, 'secureConnect')))
  await Promise.all(
    sockets.map(async (socket) => {
      for (const part of parts) if (!socket.write(part)) await settled(socket, 'drain')
    }),
  )
  return {
    sockets,
    answers: async () => {
      await Promise.all(sockets.map((socket) => settled(socket, 'close')))
      return heard
    },
    letGo: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Connections that never begin their handshake. */
export async function connectOnly({ port }: Place, count: number): Promise<() => void> {
  const sockets = Array.from({ length: count }, () => connectTcp({ port, host: '127.0.0.1' }))
  for (const socket of sockets) socket.on('error', () => undefined)
  await Promise.all(sockets.map((socket) => settled(socket, 'connect')))
  return () => {
    for (const socket of sockets) socket.destroy()
  }
}

/** Whether this happened, or the connection ended before. */
function settled(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve()
    socket.once(event, () => resolve())
    socket.once('close', () => resolve())
  })
}

/** The head of a request that sends a review of so many bytes. */
export function headOf(length: number): string {
  return `POST /mutate?timeout=5s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`
}

/** A request as a whole, which asks to have its connection closed. */
export function requestOf(body: string, path = '/mutate?timeout=5s'): string {
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** A review as an API server writes it, with this text as its pod. */
export function reviewOf(pod: string): string {
  return `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"uid-1","kind":{"group":"","version":"v1","kind":"Pod"},"namespace":"a","operation":"CREATE","object":${pod}}}`
}

export function manyContainers(count: number): string {
  const containers = Array.from({ length: count }, (_, index) => ({
    name: `container-number-${index}`,
    image: 'registry.example/team-a/application:1.2.3',
    env: [{ name: 'MODE', value: 'batch' }],
  }))
  return JSON.stringify({
    metadata: { name: 'p' },
    spec: { serviceAccountName: 'b', containers },
  })
}
