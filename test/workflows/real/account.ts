/** One of the reader's AWS accounts, by an AWS profile: who it is, its OIDC providers, its buckets. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import {
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam'
import {
  DeleteObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'

/** An AWS account with its clients. */
export interface Account {
  readonly profile: string
  readonly id: string
  /** Who the profile is. */
  readonly arn: string
  readonly cloudFormation: CloudFormationClient
  readonly cloudTrail: CloudTrailClient
  readonly iam: IAMClient
  readonly s3: S3Client
}

/** Opens the AWS account of a profile. */
export async function openAccount(profile: string, region: string): Promise<Account> {
  const settings = { region, credentials: fromIni({ profile }) }
  const { Account: id = '', Arn: arn = '' } = await new STSClient(settings)
    .send(new GetCallerIdentityCommand({}))
    .catch((error: unknown) => {
      throw new Error(`The AWS profile ${profile} does not work: ${String(error)}`, {
        cause: error,
      })
    })
  if (!arn.startsWith('arn:aws:'))
    throw new Error(`The AWS profile ${profile} is ${arn}; the pages are for the partition aws.`)
  return {
    profile,
    id,
    arn,
    cloudFormation: new CloudFormationClient(settings),
    // "The rate of lookup requests is limited to two per second."
    cloudTrail: new CloudTrailClient({ ...settings, maxAttempts: 8 }),
    iam: new IAMClient(settings),
    s3: new S3Client(settings),
  }
}

/** Whether the AWS account has the issuer's OIDC provider. One that is there is never changed, so it has to fit. */
export async function hasProvider({ iam, id }: Account, issuer: string): Promise<boolean> {
  const arn = `arn:aws:iam::${id}:oidc-provider/${issuer.replace('https://', '')}`
  const { OpenIDConnectProviderList: all = [] } = await iam.send(
    new ListOpenIDConnectProvidersCommand({}),
  )
  if (!all.some(({ Arn }) => Arn === arn)) return false
  const { ClientIDList: audiences = [] } = await iam.send(
    new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
  )
  if (audiences.includes('sts.amazonaws.com')) return true
  throw new Error(
    `${arn} has the audiences ${audiences.join(', ')} and not sts.amazonaws.com. It is not ours to change; to add it: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id sts.amazonaws.com`,
  )
}

/** Puts objects into a bucket: texts by key. */
export async function fillBucket(
  { s3 }: Pick<Account, 's3'>,
  bucket: string,
  objects: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [Key, Body] of Object.entries(objects))
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchBucket'
}

/** Deletes every object of a bucket; one that is not there is empty. CloudFormation deletes no other. */
export async function emptyBucket(
  { s3: client }: Pick<Account, 's3'>,
  bucket: string,
): Promise<void> {
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket }))
      for (const { Key } of Contents)
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
