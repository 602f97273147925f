/**
 * Serving certificates for tests and the demo: a certificate authority of its own each time, and one leaf for the
 * loopback.
 */
// oxlint-disable-next-line import/no-unassigned-import -- x509 needs this polyfill loaded before it
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hourMs = 3_600_000

/** PEM texts of a leaf for `localhost` and `127.0.0.1`, its key, and the authority that signed it. */
export interface ServingCertificate {
  readonly ca: string
  readonly certificate: string
  readonly key: string
}

/**
 * Makes a new authority and a leaf that it signed; `notAfter` lets tests have one that has expired, and `names` one for
 * other names too.
 */
export async function makeCertificate(
  notAfter = new Date(Date.now() + 24 * hourMs),
  names: readonly string[] = [],
): Promise<ServingCertificate> {
  const authorityKeys = await makeKeys()
  const leafKeys = await makeKeys()
  const notBefore = new Date(Math.min(notAfter.getTime() - 25 * hourMs, Date.now() - hourMs))
  const validity = { notBefore, notAfter }
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=test authority',
      keys: authorityKeys,
      signingAlgorithm: algorithm,
      ...validity,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
        await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  const leaf = await X509CertificateGenerator.create(
    {
      subject: 'CN=localhost',
      issuer: authority.subject,
      publicKey: leafKeys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: algorithm,
      ...validity,
      extensions: [
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
          ...names.map((value) => ({ type: 'dns' as const, value })),
        ]),
        // As openssl and cert-manager write it: all authorities here have the same name.
        await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  )
  const der = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey)
  const key = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(der).toString('base64')}\n-----END PRIVATE KEY-----\n`
  return { ca: authority.toString('pem'), certificate: leaf.toString('pem'), key }
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}
