/** Checks how STS is to be reached, and makes of it what Node needs for that. It opens nothing. */
import { X509Certificate } from 'node:crypto'
import type { AgentOptions } from 'node:https'
import { type FailureCode, withoutSecrets } from '../../core/failures/errors.ts'
import type { StsSettings } from '../../core/chain/job.ts'
import { readUrl } from '../../core/url.ts'

/** A way that can be tried, or why there is none. */
export type StsWay =
  | {
      readonly kind: 'open'
      readonly agentOptions: AgentOptions
      /** Trusted beside the public ones, on the way to a proxy too. */
      readonly certificates: readonly string[]
      /** Host and port of the proxy, for sentences: without its password. */
      readonly proxy?: string
      /** Must not be in any sentence. */
      readonly secrets: readonly string[]
    }
  | { readonly kind: 'closed'; readonly code: FailureCode; readonly detail: string }

/**
 * Refuses what could only fail in a way that is harder to understand, and an endpoint that would get the STS token in
 * clear text.
 */
export function readWay(settings: StsSettings): StsWay {
  const { endpoint, allowsHttp, caBundle } = settings
  const schemes = allowsHttp ? ['https:', 'http:'] : ['https:']
  if (endpoint !== undefined && readUrl(endpoint, schemes) === undefined) {
    return { kind: 'closed', code: 'sts_endpoint_invalid', detail: quote(endpoint) }
  }
  const proxy = readProxy(settings)
  // Without the value: it may hold a password.
  if (proxy === undefined) return { kind: 'closed', code: 'proxy_invalid', detail: 'HTTPS_PROXY' }
  const certificates = caBundle === undefined ? [] : parseCertificates(caBundle)
  if (certificates === undefined) {
    return { kind: 'closed', code: 'ca_bundle_invalid', detail: 'ROLECHAIN_CA_BUNDLE' }
  }
  return { kind: 'open', certificates, ...proxy }
}

type ProxyWay = Pick<StsWay & { kind: 'open' }, 'agentOptions' | 'proxy' | 'secrets'>

/** Undefined when the proxy's URL is none, also when its password has a `%` that encodes nothing. */
function readProxy({ httpsProxy, noProxy }: StsSettings): ProxyWay | undefined {
  if (httpsProxy === undefined) return { agentOptions: {}, secrets: [] }
  const url = readUrl(httpsProxy, ['http:', 'https:'])
  if (url === undefined) return undefined
  const { href, hostname, port, protocol, username, password } = url
  try {
    const [user, plain] = [decodeURIComponent(username), decodeURIComponent(password)]
    const basic = Buffer.from(`${user}:${plain}`).toString('base64')
    return {
      // As it was parsed: Node passes over one with spaces before it or a scheme in capitals.
      agentOptions: { proxyEnv: { HTTPS_PROXY: href, NO_PROXY: noProxy } },
      proxy: `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`,
      secrets: plain === '' ? [] : [basic, password, plain],
    }
  } catch {
    return undefined
  }
}

/** A URL that is no use, without the password that may be in it. */
function quote(url: string): string {
  return withoutSecrets(JSON.stringify(url.replace(/\/\/[^/@]*@/, '//***@')), [])
}

/**
 * The certificates of a PEM text, which may hold comments; undefined when there is none, or one that cannot be read.
 */
function parseCertificates(pem: string): string[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    const certificates = blocks.map((block) => new X509Certificate(block).toString())
    return certificates.length > 0 ? certificates : undefined
  } catch {
    return undefined
  }
}
