/**
 * The strict AWS under the names of AWS, with TLS: for pods at port 443 of this machine, whose address the cluster's
 * DNS gives for all of `amazonaws.com`; for programs of this machine by a proxy that leads these names there.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './certificates.ts'

/** Of the services that the pages call, by region and without one. */
export const NAMES = [
  '*.us-east-1.amazonaws.com',
  '*.s3.us-east-1.amazonaws.com',
  '*.amazonaws.com',
  '*.s3.amazonaws.com',
] as const

/** Server blocks for the cluster's DNS. */
export const COREFILE = `amazonaws.com:53 {
    bind @NODE_IP@
    errors
    template IN A {
        answer "{{ .Name }} 60 IN A @HOST_IP@"
    }
    template IN AAAA {
        rcode NOERROR
    }
}
`

/** Something that runs until it is stopped. */
export interface Running {
  readonly port: number
  stop(): Promise<void>
}

interface Place {
  readonly address: string
  readonly port: number
}

/** Ends both when one ends. */
function join(near: Socket, far: Socket, open: Set<Socket>): void {
  for (const socket of [near, far]) {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      near.destroy()
      far.destroy()
      open.delete(socket)
    })
  }
  near.pipe(far).pipe(near)
}

async function listen(
  server: Server,
  { address, port }: Place,
  open: Set<Socket>,
): Promise<Running> {
  server.listen(port, address)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Ends TLS at an address, and carries what is in it to `awsPort` on the loopback. */
export async function startTls(
  place: Place,
  { certificate, key }: Certificate,
  awsPort: number,
): Promise<Running> {
  const open = new Set<Socket>()
  const options = { cert: await readFile(certificate), key: await readFile(key) }
  const server = createTlsServer(options, (near) => {
    join(near, connect(awsPort, '127.0.0.1'), open)
  })
  server.on('tlsClientError', () => undefined)
  return listen(server, place, open)
}

/**
 * A proxy (`HTTPS_PROXY`) that leads every name below `domain` to `tls`, those with other ports, as API servers of EKS
 * have, to these ports of the same address, and nothing else anywhere.
 */
export async function startProxy(tls: Place, domain = 'amazonaws.com'): Promise<Running> {
  const open = new Set<Socket>()
  const server = createHttpServer()
  server.on('connect', ({ url = '' }, near: Socket) => {
    const { hostname, port } = new URL(`https://${url}`)
    if (!`.${hostname}`.endsWith(`.${domain}`)) {
      near.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const far = connect(port === '' ? tls.port : Number(port), tls.address)
    near.write('HTTP/1.1 200 Connection established\r\n\r\n')
    join(near, far, open)
  })
  return listen(server, { address: '127.0.0.1', port: 0 }, open)
}
