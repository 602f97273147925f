/** Checks how STS is to be reached, and makes of it what Node's agent needs. It opens nothing. */
import { X509Certificate } from 'node:crypto'
import type { AgentOptions } from 'node:https'
import { rootCertificates } from 'node:tls'
import type { FailureCode } from '../core/errors.ts'
import type { StsSettings } from '../core/job.ts'

export type StsWay =
  | { readonly kind: 'open'; readonly agentOptions: AgentOptions }
  | { readonly kind: 'closed'; readonly code: FailureCode; readonly detail: string }

/** Refuses what could only fail in a way that is harder to understand, and an endpoint that would get the STS token in clear text. */
export function readWay(settings: StsSettings): StsWay {
  const { endpoint, allowsHttp, httpsProxy, caBundle } = settings
  const schemes = allowsHttp ? ['https:', 'http:'] : ['https:']
  if (endpoint !== undefined && !isUrl(endpoint, schemes)) {
    return { kind: 'closed', code: 'sts_endpoint_invalid', detail: JSON.stringify(endpoint) }
  }
  // Without the value: it may hold a password.
  if (httpsProxy !== undefined && !isUrl(httpsProxy, ['http:', 'https:'])) {
    return { kind: 'closed', code: 'proxy_invalid', detail: 'HTTPS_PROXY' }
  }
  const certificates = caBundle === undefined ? [] : parseCertificates(caBundle)
  if (certificates === undefined) {
    return { kind: 'closed', code: 'ca_bundle_invalid', detail: 'ROLECHAIN_CA_BUNDLE' }
  }
  return {
    kind: 'open',
    agentOptions: {
      ...(certificates.length > 0 && { ca: [...rootCertificates, ...certificates] }),
      ...(httpsProxy !== undefined && {
        proxyEnv: { HTTPS_PROXY: httpsProxy, NO_PROXY: settings.noProxy },
      }),
    },
  }
}

function isUrl(text: string, schemes: readonly string[]): boolean {
  const url = URL.parse(text)
  return url !== null && url.hostname !== '' && schemes.includes(url.protocol)
}

/** The certificates of a PEM text, which may hold comments; undefined when there is none, or one that cannot be read. */
function parseCertificates(pem: string): string[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    const certificates = blocks.map((block) => new X509Certificate(block).toString())
    return certificates.length > 0 ? certificates : undefined
  } catch {
    return undefined
  }
}
