/** What walking a chain is for: a session. The other outcome is in `failures/failure.ts`. */

/** Temporary credentials of one hop, all from one STS answer. Secret: never logged, never in argv or env. */
export interface Session {
  /** The role that STS says these credentials are of. */
  readonly roleArn: string
  readonly accountId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** `YYYY-MM-DDTHH:MM:SSZ`, as STS said it. */
  readonly expiration: string
  readonly expiresAtMs: number
  /** When the answer arrived, by this machine's clock. */
  readonly acquiredAtMs: number
}
