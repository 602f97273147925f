/**
 * Certificates of clients: the authority that signs them, from a file that is read again when it changes, and who has
 * shown one.
 */
import { X509Certificate } from 'node:crypto'
import type { Server, Socket } from 'node:net'
import { createSecureContext } from 'node:tls'
import type { SecureContextOptions, TLSSocket, TlsOptions } from 'node:tls'
import type { Log } from '../log/events.ts'
import { toSentence } from '../../log/error-text.ts'
import type { ServingTls } from './from-files.ts'
import { readFiles, watchFiles } from '../files/watch-files.ts'

/**
 * `tls` of a server that asks its clients for a certificate of the authority in the file at `path`. It refuses nobody:
 * probes of the kubelet have none. Throws a sentence when the file cannot be used.
 */
export async function withClientCa(
  tls: ServingTls,
  { path, log }: { readonly path: string; readonly log: Log },
): Promise<ServingTls> {
  const known = await readFiles([path]).catch((error: unknown) => {
    throw new Error('The authority of client certificates cannot be read (--client-ca)', {
      cause: error,
    })
  })
  let ca = toAuthority(path, known)
  let serving: SecureContextOptions = tls.options
  const asked = { requestCert: true, rejectUnauthorized: false }
  return {
    ...tls,
    options: { ...serving, ca, ...asked },
    follow: (server, news) => {
      const apply = () => server.setSecureContext({ ...serving, ca })
      const unfollow = tls.follow(
        {
          setSecureContext: (next) => {
            serving = next
            apply()
          },
          closeIdleConnections: () => server.closeIdleConnections(),
        },
        news,
      )
      const unwatch = watchFiles({
        paths: [path],
        known,
        everyMs: news.everyMs,
        onChange: (contents) => {
          ca = toAuthority(path, contents)
          apply()
          // Clients of the old one have to show themselves again.
          server.closeIdleConnections()
          log('client_ca_used', 'The authority of client certificates has changed, and is in use.')
        },
        onFailure: (error) =>
          log(
            'client_ca_unreadable',
            `${toSentence(error)}. The authority that was read before stays in use.`,
          ),
      })
      return async () => {
        await Promise.all([unfollow(), unwatch()])
      }
    },
  }
}

/** An empty file would be no authority at all to the runtime, which then trusts all public ones. */
function toAuthority(path: string, [pem = '']: readonly string[]): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    const certificates = blocks.map((block) => new X509Certificate(block))
    if (certificates.length === 0) throw new Error('it has no PEM certificate')
    createSecureContext({ ca: pem })
    return pem
  } catch (error) {
    throw new Error(`The authority of client certificates in ${path} cannot be used`, {
      cause: error,
    })
  }
}

/** Whether reviews are taken from a connection; empty when they are, or else why not. */
export type ReadRefusal = (socket: Socket) => string

/** Tells by each connection's certificate; of a server that asks for none, everybody is welcome. */
export function readClients(server: Server, tls: TlsOptions | undefined): ReadRefusal {
  if (tls?.requestCert !== true) return () => ''
  const refusals = new WeakMap<Socket, string>()
  server.on('secureConnection', (socket: TLSSocket) => refusals.set(socket, toRefusal(socket)))
  return (socket) => refusals.get(socket) ?? 'there is no connection'
}

function toRefusal(socket: TLSSocket): string {
  // Asked first: nothing is wrong with a certificate that is not there.
  if (socket.getPeerX509Certificate() === undefined) return 'no certificate was shown'
  return socket.authorized ? '' : `it was not accepted (${String(socket.authorizationError)})`
}
