/**
 * Signs requests with the SDK's own signer, and sends them as they are or spoiled: for tests of what an SDK never
 * sends.
 */
import { STSClient, type Credentials } from '@aws-sdk/client-sts'
import type { HttpRequest, QueryParameterBag } from '@smithy/types'
import { toIdentity } from './stage.ts'

/** A request with its signature, as plain data that a test can spoil. */
export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How to sign; what is left out is right for STS in `eu-west-1`, now. */
export interface SigningOptions {
  readonly credentials: Credentials
  readonly service?: string
  readonly region?: string
  /** When it is signed; absent: now. */
  readonly date?: Date
  readonly path?: string
  /** Absent: the service's usual one, with its usual body. */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Of a request with such a method. */
  readonly body?: string
  /** Further headers, which are signed. */
  readonly headers?: Readonly<Record<string, string>>
  /** Presigned, good for so many seconds. */
  readonly expiresSeconds?: number
}

interface Signer {
  sign(request: HttpRequest, options: object): Promise<HttpRequest>
  presign(request: HttpRequest, options: object): Promise<HttpRequest>
}

async function createSigner({
  credentials,
  service = 'sts',
  region = 'eu-west-1',
}: SigningOptions) {
  const client = new STSClient({ region, credentials: toIdentity(credentials) })
  const scheme = { name: 'sigv4', signingName: service, signingRegion: region, properties: {} }
  return (await client.config.signer(scheme)) as unknown as Signer
}

const GET_CALLER_IDENTITY = { Action: 'GetCallerIdentity', Version: '2011-06-15' }

/** Milliseconds of a minute. */
export const MINUTE_MS = 60_000

/** The time so many milliseconds from now; negative is past. */
export function fromNow(ms: number): Date {
  return new Date(Date.now() + ms)
}

/** The request with one header changed, or added, after it was signed. */
export function changeHeader(
  request: SignedRequest,
  name: string,
  change: (value: string) => string,
): SignedRequest {
  return {
    ...request,
    headers: { ...request.headers, [name]: change(request.headers[name] ?? '') },
  }
}

/** The request without one header. */
export function dropHeader(request: SignedRequest, dropped: string): SignedRequest {
  const kept = Object.entries(request.headers).filter(([name]) => name !== dropped)
  return { ...request, headers: Object.fromEntries(kept) }
}

function toPlain(request: HttpRequest): SignedRequest {
  const query: QueryParameterBag = request.query ?? {}
  return {
    method: request.method,
    path: request.path,
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
    headers: request.headers,
    body: typeof request.body === 'string' ? request.body : '',
  }
}

function toUnsigned(url: string, options: SigningOptions): HttpRequest {
  const { host, hostname, port } = new URL(url)
  const { service = 'sts', expiresSeconds, path = '/', headers = {} } = options
  const base = { protocol: 'http:', hostname, port: Number(port), path }
  if (service === 's3' || options.method !== undefined) {
    const { method = 'GET', body } = options
    return { ...base, method, query: {}, headers: { host, ...headers }, ...(body && { body }) }
  }
  if (expiresSeconds !== undefined)
    return { ...base, method: 'GET', query: GET_CALLER_IDENTITY, headers: { host, ...headers } }
  return {
    ...base,
    method: 'POST',
    query: {},
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(GET_CALLER_IDENTITY).toString(),
  }
}

/**
 * A GetCallerIdentity (for S3: a GET) to the given URL, signed in the header, or in the query when it is to be
 * presigned.
 */
export async function signRequest(url: string, options: SigningOptions): Promise<SignedRequest> {
  const { date = new Date(), expiresSeconds } = options
  const signer = await createSigner(options)
  const request = toUnsigned(url, options)
  const signed =
    expiresSeconds === undefined
      ? await signer.sign(request, { signingDate: date })
      : await signer.presign(request, { signingDate: date, expiresIn: expiresSeconds })
  return toPlain(signed)
}

/** An answer with the parts of an error read out of its XML. */
export interface RawAnswer {
  readonly status: number
  /** The `Code` of an error, absent when there is none. */
  readonly code: string | undefined
  readonly message: string | undefined
  readonly text: string
}

function readElement(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(text)?.[1]?.replaceAll('&apos;', "'")
}

/** Sends a request just as it stands. */
export async function sendRaw(url: string, request: SignedRequest): Promise<RawAnswer> {
  const { method, path, query, headers, body } = request
  const search = new URLSearchParams(query).toString().replaceAll('+', '%20')
  const answer = await fetch(`${url}${path}${search === '' ? '' : `?${search}`}`, {
    method,
    headers,
    ...(body !== '' && { body }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    code: readElement(text, 'Code'),
    message: readElement(text, 'Message'),
    text,
  }
}
