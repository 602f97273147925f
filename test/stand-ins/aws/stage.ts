/**
 * What the tests of the strict AWS share: one started with its issuer, tokens, clients with given credentials, raw
 * requests.
 */
import { readFileSync } from 'node:fs'
import { S3Client } from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type AssumeRoleCommandInput,
  type AssumeRoleWithWebIdentityCommandInput,
  type Credentials,
} from '@aws-sdk/client-sts'
import { parseConfiguration } from '../../../stand-ins/aws/configuration.ts'
import { startIssuer, type Issuer, type MintRequest } from '../../../stand-ins/aws/issuer.ts'
import { startAws, type Aws, type AwsOptions } from '../../../stand-ins/aws/server.ts'

/** The role of the service account, by web identity. */
export const BASE = 'arn:aws:iam::111111111111:role/cluster-base'
/** The role in the other AWS account that trusts the base role. */
export const READER = 'arn:aws:iam::222222222222:role/reports-reader'
/** A role that trusts nobody. */
export const NOBODY = 'arn:aws:iam::222222222222:role/nobody'

/** The configuration of `example.yaml`. */
export function readExample(): unknown {
  return parseConfiguration(
    readFileSync(new URL('../../../stand-ins/aws/example.yaml', import.meta.url), 'utf8'),
  )
}

const SERVICE_ACCOUNT: MintRequest = {
  namespace: 'reports',
  serviceAccount: 'reporter',
  audience: 'sts.amazonaws.com',
}

/** A strict AWS with its issuer, and short ways to do what tests do again and again. */
export interface Stage {
  readonly aws: Aws
  readonly issuer: Issuer
  mint(changes?: Partial<MintRequest>): Promise<string>
  sts(credentials?: Credentials): STSClient
  s3(credentials: Credentials, region?: string): S3Client
  /** By web identity, with the token of the service account unless another is given. */
  assumeBase(input?: Partial<AssumeRoleWithWebIdentityCommandInput>): Promise<Credentials>
  /** From a session. */
  assume(from: Credentials, input: Partial<AssumeRoleCommandInput>): Promise<Credentials>
  stop(): Promise<void>
}

/** Credentials in the form that clients take. */
export function toIdentity(credentials: Credentials | undefined) {
  return {
    accessKeyId: credentials?.AccessKeyId ?? 'none',
    secretAccessKey: credentials?.SecretAccessKey ?? 'none',
    ...(credentials?.SessionToken === undefined ? {} : { sessionToken: credentials.SessionToken }),
  }
}

function present(credentials: Credentials | undefined): Credentials {
  if (credentials === undefined) throw new Error('STS answered without credentials.')
  return credentials
}

/** Starts issuer and strict AWS, with the example unless another configuration is given. The caller stops it. */
export async function startStage(
  configuration: unknown = readExample(),
  options: AwsOptions = {},
): Promise<Stage> {
  const issuer = await startIssuer()
  const issuerLocations = { [issuer.issuer]: issuer.url }
  const aws = await startAws(configuration, { issuerLocations, ...options })
  const mint = (changes: Partial<MintRequest> = {}) =>
    issuer.mint({ ...SERVICE_ACCOUNT, ...changes })
  const client = { endpoint: aws.url, maxAttempts: 1 }
  const sts = (credentials?: Credentials) =>
    new STSClient({ ...client, region: 'eu-west-1', credentials: toIdentity(credentials) })
  const s3 = (credentials: Credentials, region = 'us-east-1') =>
    new S3Client({ ...client, region, credentials: toIdentity(credentials) })
  return {
    aws,
    issuer,
    mint,
    sts,
    s3,
    async assumeBase(input = {}) {
      const WebIdentityToken = input.WebIdentityToken ?? (await mint())
      const command = { RoleArn: BASE, RoleSessionName: 'reports.pod', ...input, WebIdentityToken }
      const answer = await sts().send(new AssumeRoleWithWebIdentityCommand(command))
      return present(answer.Credentials)
    },
    async assume(from, input) {
      const command = { RoleArn: READER, RoleSessionName: 'reports.pod', ...input }
      return present((await sts(from).send(new AssumeRoleCommand(command))).Credentials)
    },
    async stop() {
      await aws.stop()
      await issuer.stop()
    },
  }
}

/** How an SDK reports a refusal. */
export interface Refusal {
  readonly name: string
  readonly status: number | undefined
  readonly message: string
}

/** The refusal that a call ends with. A call that succeeds is an error here. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error as Error & { Code?: string; $metadata?: { httpStatusCode?: number } },
  )
  if (outcome === undefined) throw new Error('The call should have been refused and succeeded.')
  return {
    // The SDK's class names differ from the codes that AWS sends.
    name: outcome.Code ?? outcome.name,
    status: outcome.$metadata?.httpStatusCode,
    message: outcome.message,
  }
}
