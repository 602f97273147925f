/**
 * The serving certificate by one of two ways: from files, or made by the webhook itself and shared through the cluster.
 */
import { DEFAULT_CIPHERS } from 'node:tls'
import type { FlagValues } from '../command-line/flags.ts'
import type { Log } from '../log/events.ts'
import { withClientCa } from './client-ca.ts'
import type { KubernetesApi } from '../kubernetes/kubernetes-api.ts'
import { loadTls } from './from-files.ts'
import type { ServingTls, TlsFiles } from './from-files.ts'

export interface ServingTlsParts {
  readonly api: KubernetesApi
  readonly log: Log
  readonly nowMs: () => number
  /** Told in a sentence why the webhook's own certificate cannot be kept; each failure once. */
  readonly onFailure: (failure: string) => void
}

/** Resolves when there is a certificate to serve with; throws a sentence when files cannot be used. */
export async function startServingTls(
  values: FlagValues,
  parts: ServingTlsParts,
): Promise<ServingTls> {
  const path = values['client-ca']
  const tls = await startCertificate(values, parts)
  return path === '' ? tls : withClientCa(tls, { path, log: parts.log })
}

async function startCertificate(
  values: FlagValues,
  { api, log, nowMs, onFailure }: ServingTlsParts,
): Promise<ServingTls> {
  const { ciphers, minVersion } = readProtocol(values)
  if (!values['in-cluster']) {
    return loadTls({
      certificatePath: values['tls-cert'],
      keyPath: values['tls-key'],
      ciphers,
      minVersion,
    })
  }
  // Making certificates takes libraries that the other way need not load.
  const { startSelfTls } = await import('./self-made.ts')
  return startSelfTls({
    api,
    namespace: values.namespace,
    serviceName: values['service-name'],
    secretName: values['tls-secret'],
    configurationName: values['webhook-configuration'],
    protocol: { minVersion, ...(ciphers === '' ? {} : { ciphers }) },
    nowMs,
    log,
    onFailure,
  })
}

/** What TLS connections have beside the certificate; ciphers are OpenSSL's list, or empty for Node's. */
export function readProtocol(
  values: Pick<FlagValues, 'tls-cipher-suites' | 'tls-min-version'>,
): Pick<TlsFiles, 'ciphers' | 'minVersion'> {
  const { 'tls-cipher-suites': ciphers, 'tls-min-version': minVersion } = values
  // OpenSSL has versions before 1.2 at its security level 0 only.
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1'
  return { minVersion, ciphers: isOld ? `${ciphers || DEFAULT_CIPHERS}:@SECLEVEL=0` : ciphers }
}
