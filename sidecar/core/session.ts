/** What walking a chain is for: a session. The other outcome is in `failures/failure.ts`. */

/** In place of an ARN, of a session of the agent of EKS Pod Identity: the agent does not say which role it is of. */
export const ASSOCIATED_ROLE = 'the role of the EKS Pod Identity association'

/** Temporary credentials of one hop, all from one answer. Secret: never logged, never in argv or env. */
export interface Session {
  /** The role that STS says these credentials are of, or {@link ASSOCIATED_ROLE}. */
  readonly roleArn: string
  /** Empty where the agent of EKS Pod Identity does not say it. */
  readonly accountId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** `YYYY-MM-DDTHH:MM:SSZ`, as STS or the agent said it. */
  readonly expiration: string
  readonly expiresAtMs: number
  /** When the answer arrived, by this machine's clock. */
  readonly acquiredAtMs: number
}
