/** The serving certificate that the webhook makes itself and shares with its replicas through the cluster. */
import type { Server } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SecureContextOptions } from 'node:tls'
import type { Pair } from './steps.ts'
import type { Log } from '../log/events.ts'
import { createCertificateObjects } from './objects.ts'
import { startCertificates } from './shared-certificate.ts'
import type { KubernetesApi } from '../kubernetes/kubernetes-api.ts'
import { makePair } from './x509.ts'

export interface SelfTlsSettings {
  readonly api: KubernetesApi
  readonly namespace: string
  readonly serviceName: string
  readonly secretName: string
  readonly configurationName: string
  /** What TLS connections have beside certificate and key. */
  readonly protocol: Pick<SecureContextOptions, 'ciphers' | 'minVersion'>
  readonly nowMs: () => number
  readonly log: Log
  /** Told in a sentence why the certificate cannot be made or kept; each failure once. */
  readonly onFailure: (failure: string) => void
}

export interface SelfTls {
  /** For the server that is to be made. */
  readonly options: SecureContextOptions
  readonly expiresAtMs: number
  /** Gives the server each later certificate; returns how to stop. */
  readonly follow: (
    server: Pick<Server, 'setSecureContext'>,
    news: { readonly onChange: (expiresAtMs: number) => void },
  ) => () => Promise<void>
}

const dayMs = 86_400_000

/**
 * As long as those of public authorities at most live, and long enough that a month of failing renewals does no harm.
 */
const lifeMs = 90 * dayMs
const renewBeforeMs = 30 * dayMs

/** A damaged caBundle refuses pods until it is found: three small reads each time are cheap beside that. */
const everyMs = 5000

/** Returns when there is a certificate that API servers verify. Before that nobody could use it. */
export async function startSelfTls(settings: SelfTlsSettings): Promise<SelfTls> {
  const { api, namespace, serviceName, secretName, configurationName, nowMs, log } = settings
  const stopping = new AbortController()
  // What API servers ask for when they call a Service.
  const dnsName = `${serviceName}.${namespace}.svc`
  const names = {
    namespace,
    secret: secretName,
    configuration: configurationName,
    service: serviceName,
  }
  const certificates = startCertificates({
    objects: createCertificateObjects(api, names, stopping.signal),
    makePair: () => makePair({ dnsName, nowMs: nowMs(), lifeMs }),
    dnsName,
    renewBeforeMs,
    everyMs,
    nowMs,
    pause: (milliseconds) =>
      sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined),
    stopping: stopping.signal,
    log,
    onFailure: settings.onFailure,
  })
  const toOptions = ({ certificate, key }: Pair) => ({
    ...settings.protocol,
    cert: certificate,
    key,
  })
  const first = await certificates.first
  return {
    options: toOptions(first),
    expiresAtMs: first.expiresAtMs,
    follow: (server, news) => {
      certificates.follow((pair) => {
        if (pair === first) return
        server.setSecureContext(toOptions(pair))
        news.onChange(pair.expiresAtMs)
      })
      return () => {
        stopping.abort()
        return certificates.ended
      }
    },
  }
}
