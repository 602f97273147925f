/**
 * A cluster's OIDC issuer: discovery and JWKS over http on the loopback, and tokens with the claims of Kubernetes's
 * projected service account tokens. The `iss` in its tokens is an https URL, as AWS wants it; where that URL really
 * answers is told to the strict AWS by its start option `issuerLocations`, as DNS would. Source: Kubernetes, "Managing
 * Service Accounts" (bound tokens) and "Configure Service Accounts for Pods" (issuer discovery).
 */
import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { listen } from './listen.ts'

/** What a token is made for; times are the issuer's. */
export interface MintRequest {
  readonly namespace: string
  readonly serviceAccount: string
  /** `sts.amazonaws.com` for the STS token. */
  readonly audience: string | readonly string[]
  /** The kubelet asks for 600 and more; negative makes a token that has expired. */
  readonly expiresInSeconds?: number
  readonly pod?: { readonly name: string; readonly uid: string }
  readonly node?: { readonly name: string; readonly uid: string }
  /** Put over the usual claims, to make wrong tokens; `undefined` leaves a claim out. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A running issuer. */
export interface Issuer {
  /** The `iss` of its tokens: the URL of the OIDC provider in AWS. */
  readonly issuer: string
  /** Where discovery answers: `http://127.0.0.1:port`. */
  readonly url: string
  mint(request: MintRequest): Promise<string>
  /** From now on signs with a new key; the old one is gone from the JWKS. */
  rotateKey(): Promise<void>
  stop(): Promise<void>
}

/** All may be left out: `https://oidc.cluster.example` on a free port, by the clock of the machine. */
export interface IssuerOptions {
  readonly issuer?: string
  readonly port?: number
  /** Milliseconds; tests may set their own clock. */
  readonly now?: () => number
}

interface SigningKey {
  readonly privateKey: CryptoKey
  readonly publicKey: JWK & { readonly kid: string }
}

const ALGORITHM = 'RS256'

async function makeKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM)
  const kid = randomUUID()
  return {
    privateKey,
    publicKey: { ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' },
  }
}

function uidOf(...names: string[]): string {
  const hex = Buffer.from(names.join('/')).toString('hex').padEnd(32, '0').slice(-32)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function toClaims(request: MintRequest, issuer: string, nowSeconds: number) {
  const { namespace, serviceAccount, audience, pod, node } = request
  return {
    iss: issuer,
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    aud: typeof audience === 'string' ? [audience] : [...audience],
    exp: nowSeconds + (request.expiresInSeconds ?? 3600),
    iat: nowSeconds,
    nbf: nowSeconds,
    jti: randomUUID(),
    'kubernetes.io': {
      namespace,
      serviceaccount: { name: serviceAccount, uid: uidOf(namespace, serviceAccount) },
      ...(pod === undefined ? {} : { pod }),
      ...(node === undefined ? {} : { node }),
    },
    ...request.claims,
  }
}

/** Starts an issuer on the loopback. */
export async function startIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const { issuer = 'https://oidc.cluster.example', port = 0, now = Date.now } = options
  let key = await makeKey()
  const documents: Record<string, () => unknown> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [ALGORITHM],
    }),
    '/openid/v1/jwks': () => ({ keys: [key.publicKey] }),
  }
  const answer: RequestListener = (request, response) => {
    const document = documents[request.url ?? '']
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document?.() ?? { error: 'not found' }))
  }
  const { url, stop } = await listen(createServer(answer), port)
  return {
    issuer,
    url,
    mint: (request) =>
      new SignJWT(toClaims(request, issuer, Math.floor(now() / 1000)))
        .setProtectedHeader({ alg: ALGORITHM, kid: key.publicKey.kid })
        .sign(key.privateKey),
    async rotateKey() {
      key = await makeKey()
    },
    stop,
  }
}
