/** How Go programs spell values of flags: durations, TLS versions and cipher suites. */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // The micro sign, and the Greek letter that looks like it.
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Milliseconds of a Go duration such as `1s`, `1m30s`, `100ms` or `0`; undefined when it is none or below zero. */
export function readDurationMs(text: string): number | undefined {
  const unsigned = text.replace(/^\+/, '')
  if (unsigned === '0') return 0
  const parts = [...unsigned.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy)]
  const read = parts.map(([part]) => part).join('')
  if (read === '' || read !== unsigned) return undefined
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0)
}

/**
 * A whole number as Go's flags take it, `ParseInt(text, 0, 64)`: with a sign, as `0x1F`, `0o17`, `017` or `0b1`, and
 * with underscores between digits. Undefined for anything else, and beyond 2^53.
 */
export function readGoNumber(text: string): number | undefined {
  const [, sign, digits] = GO_NUMBER.exec(text) ?? []
  if (digits === undefined) return undefined
  // JavaScript wants an o where Go is content with a zero.
  const value = Number(digits.replaceAll('_', '').replace(/^0(?=[0-7])/, '0o'))
  if (!Number.isSafeInteger(value)) return undefined
  return sign === '-' ? -value : value
}

const GO_NUMBER =
  /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[oO]?(?:_?[0-7])+|0[bB](?:_?[01])+|0|[1-9](?:_?\d)*)$/

/** OpenSSL's name of a TLS version written as `1.2` or `VersionTLS12`; undefined for anything else. */
export function readTlsVersion(text: string): TlsVersion | undefined {
  const minor = /^(?:1\.|VersionTLS1)([0-3])$/.exec(text)?.[1]
  if (minor === undefined) return undefined
  return minor === '0' ? 'TLSv1' : (`TLSv1.${minor}` as TlsVersion)
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** Always offered, since Go offers them whatever its list says. */
const tls13Suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
]

/** Go's names (RFC names, and two short ones that Go keeps) with OpenSSL's; empty for those that Node does not have. */
const suites: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256: 'ECDHE-ECDSA-AES128-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256: 'ECDHE-RSA-AES128-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA256: 'AES128-SHA256',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_RC4_128_SHA: '',
  TLS_RSA_WITH_3DES_EDE_CBC_SHA: '',
  TLS_ECDHE_ECDSA_WITH_RC4_128_SHA: '',
  TLS_ECDHE_RSA_WITH_RC4_128_SHA: '',
  TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA: '',
}

/** OpenSSL's cipher list for Go's names, with the names that are unknown. What Node does not have is left out. */
export function readCipherSuites(names: readonly string[]): {
  readonly ciphers: string
  readonly unknown: readonly string[]
} {
  const unknown = names.filter(
    (name) => !Object.hasOwn(suites, name) && !tls13Suites.includes(name),
  )
  const known = names.flatMap((name) => suites[name] || [])
  return { ciphers: [...tls13Suites, ...new Set(known)].join(':'), unknown }
}
