/**
 * What the tests of a run on AWS share: the strict AWS with a user in each of two AWS accounts, who may do what
 * `docs/try-on-aws.md` says and no more; and a look at what is there afterwards.
 */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import {
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  GetAccountAuthorizationDetailsCommand,
} from '@aws-sdk/client-iam'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'

/** AWS profiles by AWS account. */
export const PROFILES: Readonly<Record<string, string>> = {
  '111111111111': 'cluster',
  '222222222222': 'target',
}

/** Of users who may look at everything. */
const AUDITORS: Readonly<Record<string, string>> = {
  '111111111111': 'AKIAAUDITORAAAAAAAAA',
  '222222222222': 'AKIAAUDITORBBBBBBBBB',
}

function toSecret(accessKeyId: string): string {
  return `secret-of-${accessKeyId}`
}

function toKeyId(accountId: string): string {
  return `AKIA${accountId === '111111111111' ? 'A'.repeat(16) : 'B'.repeat(16)}`
}

/** The policy of the page. */
export function readRights(): object {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/try-on-aws.md'), 'utf8')
  return JSON.parse(/^```json\n([^]*?)^```$/m.exec(page)?.[1] ?? '') as object
}

const LOOK = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Action: ['iam:Get*', 'iam:List*', 's3:ListAllMyBuckets', 'cloudformation:ListStacks'],
    Resource: '*',
  },
}

function toUser(accessKeyId: string, policies: readonly object[]): object {
  return { accessKeyId, secretAccessKey: toSecret(accessKeyId), permissionPolicies: policies }
}

/** The users of an AWS account, one with these rights. */
export function toUsers(accountId: string, rights: readonly object[] = [readRights()]): object {
  return {
    [PROFILES[accountId] ?? '']: toUser(toKeyId(accountId), rights),
    auditor: toUser(AUDITORS[accountId] ?? '', [LOOK]),
  }
}

interface Accounts {
  readonly awsAccounts: Readonly<Record<string, { readonly users?: object }>>
}

/** A configuration of the strict AWS, with these users in both AWS accounts. */
export function withProfiles(configuration: object): object {
  const { awsAccounts } = configuration as Accounts
  const entries = Object.entries(awsAccounts).map(([id, account]) =>
    id in PROFILES
      ? [id, { ...account, users: { ...account.users, ...toUsers(id) } }]
      : [id, account],
  )
  return { ...configuration, awsAccounts: Object.fromEntries(entries) as object }
}

/** Writes the AWS config file of both profiles, and gives the variables that lead to it and to the strict AWS. */
export async function writeProfiles(folder: string, url: string): Promise<Record<string, string>> {
  const file = join(folder, 'aws-config')
  // The twin is another name for the first.
  const all = [...Object.entries(PROFILES), ['111111111111', 'twin'] as const]
  const sections = all.map(([accountId, name]) => {
    const key = toKeyId(accountId)
    return `[profile ${name}]\naws_access_key_id = ${key}\naws_secret_access_key = ${toSecret(key)}\n`
  })
  await writeFile(file, sections.join('\n'))
  return { AWS_CONFIG_FILE: file, AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_ENDPOINT_URL: url }
}

async function lookInto(accountId: string, endpoint: string): Promise<readonly string[]> {
  const accessKeyId = AUDITORS[accountId] ?? ''
  const credentials = { accessKeyId, secretAccessKey: toSecret(accessKeyId) }
  const settings = { endpoint, region: 'us-east-1', credentials }
  const iam = new IAMClient(settings)
  const { StackSummaries: stacks = [] } = await new CloudFormationClient(settings).send(
    new ListStacksCommand({}),
  )
  const { RoleDetailList: roles = [] } = await iam.send(
    new GetAccountAuthorizationDetailsCommand({}),
  )
  const { OpenIDConnectProviderList: providers = [] } = await iam.send(
    new ListOpenIDConnectProvidersCommand({}),
  )
  const { Buckets: buckets = [] } = await new S3Client(settings).send(new ListBucketsCommand({}))
  return [
    ...stacks
      .filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
      .map(({ StackName, StackStatus }) => `stack ${StackName} ${StackStatus}`),
    ...roles.map(({ RoleName }) => `role ${RoleName}`),
    ...providers.map(({ Arn }) => `provider ${Arn}`),
    ...buckets.map(({ Name }) => `bucket ${Name}`),
  ]
}

/** Stacks, roles, providers and buckets of both AWS accounts. */
export async function listAll(endpoint: string): Promise<readonly string[]> {
  const both = await Promise.all(Object.keys(PROFILES).map((id) => lookInto(id, endpoint)))
  return both.flat()
}

/** How many stacks have ever been made. */
export async function countStacks(endpoint: string): Promise<number> {
  const trail = (await (await fetch(`${endpoint}/_/trail`)).json()) as {
    readonly eventName: string
  }[]
  return trail.filter(({ eventName }) => eventName === 'CreateStack').length
}
