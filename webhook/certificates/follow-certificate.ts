/** Keeps a running server on the newest serving certificate, and tells the log and the metrics of each. */
import type { Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { toSentence } from '../../log/error-text.ts'
import type { Log } from '../log/events.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { ServingTls } from './from-files.ts'

export interface FollowParts {
  readonly tls: ServingTls
  /** Serves with `tls.options`. */
  readonly server: Server
  /** How often files are looked at. */
  readonly everyMs: number
  readonly metrics: Pick<Metrics, 'certificateExpiresAt' | 'reloaded'>
  readonly log: Log
}

/** Gives the server each later certificate; returns how to stop. */
export function followCertificate(parts: FollowParts): () => Promise<void> {
  const { tls, server, everyMs, metrics, log } = parts
  const tell = (expiresAtMs: number) => {
    metrics.certificateExpiresAt(expiresAtMs / 1000)
    const ends = new Date(expiresAtMs).toISOString()
    if (expiresAtMs > Date.now()) {
      return log('certificate_used', `Serving with a certificate that ends at ${ends}.`)
    }
    const meanwhile = 'API servers refuse it until it is renewed.'
    return log('certificate_ended', `The serving certificate ended at ${ends}: ${meanwhile}`)
  }
  tell(tls.expiresAtMs)
  return tls.follow(server as unknown as HttpsServer, {
    everyMs,
    onChange: (expiresAtMs) => {
      metrics.reloaded('certificate', true)
      tell(expiresAtMs)
    },
    onFailure: (error) => {
      metrics.reloaded('certificate', false)
      const meanwhile = 'The certificate that was read before stays in use.'
      log('certificate_unreadable', `${toSentence(error)}. ${meanwhile}`)
    },
  })
}
