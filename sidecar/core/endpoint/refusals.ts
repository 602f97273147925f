/**
 * Every code by which the endpoint itself refuses a request. Those of a chain that could not be walked are in
 * `failures.ts`.
 */

interface RefusalKind {
  /** HTTP's. SDKs try again after 5xx, and give up after 4xx. */
  readonly status: number
  /** For the table of codes in the docs. */
  readonly means: string
}

export const REFUSALS = {
  bad_request: { status: 400, means: 'The request is not HTTP/1.1.' },
  missing_token: { status: 401, means: 'The request carries no endpoint token, or several.' },
  wrong_token: {
    status: 401,
    means:
      'The token is none of the target: a container asks for a target that is not its own, or something else asks.',
  },
  foreign_host: { status: 403, means: 'The request is for another host than the loopback.' },
  forwarded_request: { status: 403, means: 'A proxy or a browser has sent the request.' },
  unknown_path: { status: 403, means: 'There is nothing at the path.' },
  unknown_target: { status: 403, means: 'The pod has no target of this name.' },
  method_not_allowed: { status: 405, means: 'The method is not GET.' },
  request_timeout: { status: 408, means: 'The request was not complete in time.' },
  headers_too_large: { status: 431, means: 'The headers are larger than any SDK sends.' },
  endpoint_token_unreadable: {
    status: 503,
    means:
      "The file of the target's endpoint token cannot be read, so nobody can say whether the token is right.",
  },
  internal_error: { status: 503, means: 'The sidecar has a defect.' },
  no_credentials_yet: { status: 503, means: 'The first walk of the chain has not ended yet.' },
} as const satisfies Readonly<Record<string, RefusalKind>>

export type RefusalCode = keyof typeof REFUSALS
