/**
 * `kubectl port-forward` of the API double: a WebSocket with the channels of `v4.channel.k8s.io`, whose bytes go to a
 * port of the loopback and back. https://datatracker.ietf.org/doc/html/rfc6455 has the frames.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const PROTOCOL = 'v4.channel.k8s.io'
const BINARY = 2
const CLOSE = 8

/** Joins a WebSocket with a port; both end together. */
export function joinWithPort(request: IncomingMessage, client: Duplex, port: number): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}${GUID}`)
    .digest('base64')
  client.write(
    [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
      `Sec-WebSocket-Protocol: ${PROTOCOL}`,
      '\r\n',
    ].join('\r\n'),
  )
  // Each channel begins with the number of its port.
  for (const channel of [0, 1]) client.write(toFrame(Buffer.from([channel, 0xfb, 0x20])))
  const target = connect(port, '127.0.0.1')
  target.on('data', (data: Buffer) =>
    client.write(toFrame(Buffer.concat([Buffer.from([0]), data]))),
  )
  const end = () => {
    client.destroy()
    target.destroy()
  }
  for (const stream of [client, target]) stream.on('error', end).on('close', end)
  let unread = Buffer.alloc(0)
  client.on('data', (data: Buffer) => {
    unread = Buffer.concat([unread, data])
    for (;;) {
      const frame = readFrame(unread)
      if (frame === undefined) return
      unread = unread.subarray(frame.size)
      if (frame.opcode === CLOSE) return end()
      if (frame.payload[0] === 0) target.write(frame.payload.subarray(1))
    }
  })
}

function toFrame(payload: Buffer): Buffer {
  const head = [0x80 | BINARY]
  if (payload.length < 126) return Buffer.concat([Buffer.from([...head, payload.length]), payload])
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(payload.length))
  return Buffer.concat([Buffer.from([...head, 127]), size, payload])
}

/** The first whole frame; clients mask theirs. */
function readFrame(
  bytes: Buffer,
): { readonly opcode: number; readonly payload: Buffer; readonly size: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = bytes.readUInt8(1) & 0x7f
  const sizeBytes = short === 127 ? 8 : short === 126 ? 2 : 0
  const maskAt = 2 + sizeBytes
  if (bytes.length < maskAt + 4) return undefined
  const length =
    sizeBytes === 0
      ? short
      : bytes.readUIntBE(maskAt - Math.min(sizeBytes, 6), Math.min(sizeBytes, 6))
  const from = maskAt + 4
  if (bytes.length < from + length) return undefined
  const mask = bytes.subarray(maskAt, from)
  const payload = Buffer.from(
    bytes.subarray(from, from + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
  )
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, size: from + length }
}
