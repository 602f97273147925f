/**
 * The one error of the strict AWS: what a caller is told when a call is refused. Services turn it into their own XML.
 */

/** A refusal in AWS's words: `code` and `message` as the service's reference spells them, `status` the HTTP status. */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  readonly status: number
  /** Further headers of the answer: `Retry-After` when it was asked for. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: string,
    message: string,
    {
      status = 400,
      retryAfterSeconds,
    }: { status?: number; retryAfterSeconds?: number | undefined } = {},
  ) {
    super(message)
    this.code = code
    this.status = status
    this.headers =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  }
}
