/**
 * Reads what a request's Signature Version 4 claims, in the Authorization header or in a presigned query, unchecked;
 * and names the ways in which a claim may be refused. Source: IAM User Guide, "Signature Version 4 request elements".
 */
import { queryValue, type AwsRequest } from './request.ts'

/** The ways in which a signature may fail; each service has its own code for each. */
export type RefusalKind =
  | 'unsigned'
  | 'incomplete'
  | 'wrong_scope'
  | 'not_yet_current'
  | 'too_old'
  | 'url_expired'
  | 'unsigned_headers'
  | 'unknown_key'
  | 'wrong_token'
  | 'session_expired'
  | 'wrong_payload_hash'
  | 'wrong_signature'

/** Why a signature does not hold. `detail` is a sentence in AWS's words where AWS says one. */
export interface SignatureRefusal {
  readonly kind: RefusalKind
  readonly detail: string
}

/** Thrown by every check of a signature; the message is in AWS's words where AWS says one. */
export class SignatureError extends Error {
  override readonly name = 'SignatureError'
  readonly kind: RefusalKind
  constructor({ kind, detail }: SignatureRefusal) {
    super(detail)
    this.kind = kind
  }
}

/** Throws a {@link SignatureError}. */
export function refuse(kind: RefusalKind, detail: string): never {
  throw new SignatureError({ kind, detail })
}

/** What a signed request says of itself. */
export interface Claim {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string
  readonly sessionToken: string | undefined
  readonly isPresigned: boolean
  /** How long after its timestamp a presigned request is good. */
  readonly expiresSeconds: number
}

type Parts = Readonly<Record<string, string | undefined>>

/** The one algorithm that is known; SigV4A is not. */
export const ALGORITHM = 'AWS4-HMAC-SHA256'

function readAuthorization(request: AwsRequest): Parts | undefined {
  const authorization = request.headers.get('authorization')
  if (authorization === undefined) return undefined
  if (!authorization.startsWith(`${ALGORITHM} `))
    refuse('incomplete', `Unsupported AWS 'algorithm': '${authorization.split(' ')[0] ?? ''}'.`)
  return {
    ...Object.fromEntries(
      authorization
        .slice(ALGORITHM.length)
        .split(',')
        .map((part) => part.trim().split(/=(.*)/s).slice(0, 2)),
    ),
    Date: request.headers.get('x-amz-date'),
    Token: request.headers.get('x-amz-security-token'),
  }
}

function readQuery(request: AwsRequest): Parts | undefined {
  if (queryValue(request, 'X-Amz-Algorithm') !== ALGORITHM) return undefined
  const names = ['Credential', 'SignedHeaders', 'Signature', 'Date', 'Expires']
  const parts = names.map((name) => [name, queryValue(request, `X-Amz-${name}`) ?? ''])
  return { ...Object.fromEntries(parts), Token: queryValue(request, 'X-Amz-Security-Token') }
}

const SCOPE_PARTS = 5

function readScope(credential: string) {
  const scope = credential.split('/')
  if (scope.length !== SCOPE_PARTS || scope[SCOPE_PARTS - 1] !== 'aws4_request')
    refuse(
      'incomplete',
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    )
  const [accessKeyId = '', date = '', region = '', service = ''] = scope
  return { accessKeyId, date, region, service }
}

/** What the request's signature claims, unchecked; undefined when it carries none. Throws when parts are missing. */
export function readClaim(request: AwsRequest): Claim | undefined {
  const header = readAuthorization(request)
  const parts = header ?? readQuery(request)
  if (parts === undefined) return undefined
  const need = (name: string): string =>
    parts[name] || refuse('incomplete', `Authorization header requires '${name}' parameter.`)
  return {
    ...readScope(need('Credential')),
    signedHeaders: need('SignedHeaders').split(';'),
    signature: need('Signature'),
    timestamp: need('Date'),
    sessionToken: parts['Token'],
    isPresigned: header === undefined,
    expiresSeconds: Number(parts['Expires']),
  }
}
