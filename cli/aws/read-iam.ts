/** Reads roles, their policies and OIDC providers from IAM: only those that chains name. It judges nothing. */
import {
  GetOpenIDConnectProviderCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  type Role,
} from '@aws-sdk/client-iam'
import { accountOf, parseRoleArn } from '../../iam/arn.ts'
import { partitionOfArn } from '../../sidecar/contract.ts'
import type { Step } from '../core/policy/steps.ts'
import { readDocument } from '../core/verify/dumps.ts'
import {
  joinDocuments,
  type IamDocuments,
  type IamProvider,
  type IamRole,
  type NamedDocument,
} from '../core/verify/iam-documents.ts'
import { unreachable } from '../output/exit-codes.ts'
import { createAccess } from './accounts.ts'

/** What was read, and which AWS accounts were not, with why. */
export interface LiveReading {
  readonly documents: IamDocuments
  readonly notes: readonly string[]
}

const NEEDED =
  'iam:GetRole, iam:ListRolePolicies, iam:GetRolePolicy, iam:ListAttachedRolePolicies, iam:GetPolicy, iam:GetPolicyVersion and iam:GetOpenIDConnectProvider'

/** Undefined where IAM says that there is no such thing. */
async function unlessMissing<Value>(call: Promise<Value>): Promise<Value | undefined> {
  return call.catch((error: unknown) => {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return undefined
    throw error
  })
}

async function readManaged(iam: IAMClient, arn: string): Promise<NamedDocument> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }))
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: Policy?.DefaultVersionId }),
  )
  return { name: arn, document: readDocument(PolicyVersion?.Document) }
}

async function readPermissions(
  iam: IAMClient,
  RoleName: string,
): Promise<readonly NamedDocument[]> {
  const documents: NamedDocument[] = []
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client: iam }, { RoleName }))
    for (const PolicyName of PolicyNames) {
      const answer = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
      documents.push({ name: PolicyName, document: readDocument(answer.PolicyDocument) })
    }
  const pages = paginateListAttachedRolePolicies({ client: iam }, { RoleName })
  for await (const { AttachedPolicies = [] } of pages)
    for (const { PolicyArn = '' } of AttachedPolicies)
      documents.push(await readManaged(iam, PolicyArn))
  return documents
}

async function toIamRole(iam: IAMClient, role: Role): Promise<IamRole> {
  const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn
  return {
    arn: role.Arn ?? '',
    trust: readDocument(role.AssumeRolePolicyDocument),
    permissions: await readPermissions(iam, role.RoleName ?? ''),
    boundary: boundary === undefined ? undefined : await readManaged(iam, boundary),
    maxSessionDurationSeconds: role.MaxSessionDuration,
    tags: (role.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]),
  }
}

async function readRole(iam: IAMClient, arn: string): Promise<IamRole | undefined> {
  const RoleName = parseRoleArn(arn)?.name ?? arn
  const answer = await unlessMissing(iam.send(new GetRoleCommand({ RoleName })))
  return answer?.Role === undefined ? undefined : toIamRole(iam, answer.Role)
}

async function readProvider(iam: IAMClient, arn: string): Promise<IamProvider | undefined> {
  const command = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })
  const answer = await unlessMissing(iam.send(command))
  return answer && { arn, url: answer.Url ?? '', clientIds: answer.ClientIDList ?? [] }
}

interface Wanted {
  readonly accountId: string
  readonly region: string
  readonly roleArns: readonly string[]
  readonly providerArns: readonly string[]
}

function toWanted(steps: readonly Step[]): readonly Wanted[] {
  const byAccount = Map.groupBy(steps, ({ roleArn }) => accountOf(roleArn))
  return [...byAccount].map(([accountId, own]) => ({
    accountId,
    region: partitionOfArn(own[0]?.roleArn ?? '').defaultRegion,
    roleArns: [...new Set(own.map(({ roleArn }) => roleArn))],
    providerArns: [
      ...new Set(own.flatMap((step) => (step.kind === 'web_identity' ? [step.provider.arn] : []))),
    ],
  }))
}

/** Every role that was asked for was read, so that one that is not there does not exist. */
async function readAccount(iam: IAMClient, wanted: Wanted): Promise<IamDocuments> {
  const { accountId, roleArns, providerArns } = wanted
  const roles: IamRole[] = []
  for (const arn of roleArns) roles.push(...[await readRole(iam, arn)].filter((one) => !!one))
  const providers: IamProvider[] = []
  for (const arn of providerArns)
    providers.push(...[await readProvider(iam, arn)].filter((one) => !!one))
  return {
    roles: new Map(roles.map((role) => [role.arn, role])),
    wholeAccounts: new Set([accountId]),
    providers,
    accountsWithProviders: new Set(providerArns.length > 0 ? [accountId] : []),
  }
}

function toError(accountId: string, error: unknown): Error {
  const isDenied = error instanceof Error && /AccessDenied/.test(error.name)
  const fix = isDenied ? `; whoever reads it needs ${NEEDED}` : ''
  return unreachable(`IAM of AWS account ${accountId} cannot be read${fix}`, error)
}

/** Reads all AWS accounts of some steps. One without credentials is left out, and noted. */
export async function readIam(
  steps: readonly Step[],
  profiles: ReadonlyMap<string, string>,
): Promise<LiveReading> {
  const access = createAccess(profiles)
  const documents: IamDocuments[] = []
  const notes: string[] = []
  for (const wanted of toWanted(steps)) {
    const { accountId, region } = wanted
    const found = await access(accountId, region)
    if (found.kind === 'none') notes.push(found.why)
    else {
      const iam = new IAMClient({ region, credentials: found.credentials })
      try {
        documents.push(await readAccount(iam, wanted))
      } catch (error) {
        throw toError(accountId, error)
      } finally {
        iam.destroy()
      }
    }
  }
  return { documents: joinDocuments(documents), notes }
}
