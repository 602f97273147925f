/** Certificates as X.509: makes pairs of leaf and authority, and reads back what PEM texts say. */
import { KeyObject, X509Certificate, createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import type { Authority, Pair } from './steps.ts'

export interface PairTexts {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

export interface PairOrder {
  readonly dnsName: string
  readonly nowMs: number
  readonly lifeMs: number
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** The clocks of API servers may be behind ours. */
const backdateMs = 3_600_000

/**
 * Makes a leaf with an authority of its own, whose key is forgotten at once. Loads the library only here: replicas that
 * find a pair in the Secret never need it.
 */
export async function makePair({ dnsName, nowMs, lifeMs }: PairOrder): Promise<Pair> {
  // x509 needs this polyfill loaded before it.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const authorityKeys = await makeKeys()
  const leafKeys = await makeKeys()
  const validity = { notBefore: new Date(nowMs - backdateMs), notAfter: new Date(nowMs + lifeMs) }
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      // A name for each, since verifiers look for issuers by name.
      name: `CN=rolechain authority ${randomBytes(8).toString('hex')}`,
      keys: authorityKeys,
      signingAlgorithm: algorithm,
      ...validity,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  const leaf = await x509.X509CertificateGenerator.create(
    {
      subject: 'CN=rolechain webhook',
      issuer: authority.subject,
      publicKey: leafKeys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: algorithm,
      ...validity,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: dnsName }]),
        await x509.AuthorityKeyIdentifierExtension.create(
          authorityKeys.publicKey,
          false,
          webcrypto,
        ),
      ],
    },
    webcrypto,
  )
  const pair = readPair({
    certificate: leaf.toString('pem'),
    key: KeyObject.from(leafKeys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority: authority.toString('pem'),
  })
  if (pair === undefined) throw new Error('The certificate that was just made does not verify.')
  return pair
}

/** The pair in three PEM texts; undefined where they are not certificates, or do not belong together. */
export function readPair({ certificate, key, authority }: PairTexts): Pair | undefined {
  try {
    const leaf = new X509Certificate(certificate)
    const issuer = new X509Certificate(authority)
    if (!leaf.checkPrivateKey(createPrivateKey(key)) || !leaf.verify(issuer.publicKey)) {
      return undefined
    }
    return {
      certificate: leaf.toString(),
      key,
      authority: issuer.toString(),
      expiresAtMs: Math.min(leaf.validToDate.getTime(), issuer.validToDate.getTime()),
      dnsNames: readDnsNames(leaf),
    }
  } catch {
    return undefined
  }
}

/** The certificates of a caBundle as it stands in an object; `isDamaged` when it holds anything else. */
export function readBundle(base64: string): { authorities: Authority[]; isDamaged: boolean } {
  const text = Buffer.from(base64, 'base64').toString('utf8')
  const authorities: Authority[] = []
  let isDamaged = text.replaceAll(pemBlock, '').trim() !== ''
  for (const block of text.match(pemBlock) ?? []) {
    try {
      const certificate = new X509Certificate(block)
      authorities.push({
        certificate: certificate.toString(),
        expiresAtMs: certificate.validToDate.getTime(),
      })
    } catch {
      isDamaged = true
    }
  }
  return { authorities, isDamaged }
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Names in the form of Node: `DNS:one, DNS:two, IP Address:…`. */
function readDnsNames({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(', ')
    .flatMap((name) => (name.startsWith('DNS:') ? [name.slice('DNS:'.length)] : []))
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}
