/** Chains for tests of `policy` and `verify`: one by hand, and many made at random. */
import { createHash } from 'node:crypto'
import {
  array,
  constantFrom,
  integer,
  option,
  record,
  subarray,
  uniqueArray,
  type Arbitrary,
} from 'fast-check'
import { accountOf } from '../../../iam/arn.ts'
import type { AccountDocuments } from '../../../cli/core/policy/documents.ts'
import type { Step } from '../../../cli/core/policy/steps.ts'
import { toSteps, type Chain } from '../../../cli/core/policy/walk.ts'
import { joinDumps, readDump } from '../../../cli/core/verify/dumps.ts'
import type { IamDocuments } from '../../../cli/core/verify/iam-documents.ts'
import type { Hop } from '../../../sidecar/contract.ts'

export const ISSUER = 'https://oidc.cluster.example'
export const BASE = 'arn:aws:iam::111111111111:role/cluster-base'
export const READER = 'arn:aws:iam::222222222222:role/reports-reader'

export const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A chain of a service account, with the given hops. */
export function chainOf(hops: readonly Hop[], changes: Partial<Chain> = {}): Chain {
  const source = {
    kind: 'web-identity',
    issuer: ISSUER,
    audience: 'sts.amazonaws.com',
    namespace: 'reports',
    serviceAccount: 'reporter',
  } as const
  return { source, hops, sessionName: 'reports.pod', ...changes }
}

/** Its steps. */
export function stepsOf(hops: readonly Hop[], changes: Partial<Chain> = {}): readonly Step[] {
  return toSteps(chainOf(hops, changes), hash)
}

/** What `aws iam get-account-authorization-details` would print of these documents. */
export function toDump({ roles }: AccountDocuments): unknown {
  return {
    RoleDetailList: roles.map(({ roleArn, name, path, trust, permissions }) => ({
      Arn: roleArn,
      RoleName: name,
      Path: path,
      AssumeRolePolicyDocument: trust,
      RolePolicyList:
        permissions === undefined ? [] : [{ PolicyName: 'rolechain', PolicyDocument: permissions }],
      AttachedManagedPolicies: [],
      Tags: [],
    })),
    Policies: [],
    IsTruncated: false,
  }
}

/** All that IAM would tell of AWS accounts that have just these documents. */
export function readDocuments(accounts: readonly AccountDocuments[]): IamDocuments {
  const values = accounts.flatMap((account): readonly unknown[] => [
    toDump(account),
    ...account.providers.map(({ url, clientIds }) => ({ Url: url, ClientIDList: clientIds })),
    ...account.roles.map(({ roleArn, maxSessionDurationSeconds = 3600 }) => ({
      Role: { Arn: roleArn, MaxSessionDuration: maxSessionDurationSeconds },
    })),
  ])
  return joinDumps(values.flatMap((value) => readDump(value) ?? []))
}

const accountIds = ['111111111111', '222222222222', '333333333333']
const roleArn = record({
  accountId: constantFrom(...accountIds),
  name: constantFrom('one', 'two/three', 'reader', 'a,b'),
}).map(({ accountId, name }) => `arn:aws:iam::${accountId}:role/${name}`)

const KEYS = ['team', 'Project', 'cost centre', 'x']

/** Tags whose keys are sent once in the chain; where a transitive one is, nothing later repeats it. */
function withTags(hops: readonly Hop[], tags: readonly (readonly [number, boolean])[]): Hop[] {
  return hops.map((hop, index) => {
    const own = tags.flatMap(([at, isTransitive], tag) =>
      at === index && index > 0
        ? [
            {
              key: KEYS[tag] ?? 'y',
              value: '{namespace}',
              ...(isTransitive && { isTransitive: true as const }),
            },
          ]
        : [],
    )
    return own.length === 0 ? hop : { ...hop, sessionTags: own }
  })
}

/** The pod of chains that begin with EKS Pod Identity. */
export const POD = { name: 'web-0', uid: '12345678-1234-1234-1234-123456789012' }

/** What a chain may begin with. */
export const anyBeginning = constantFrom('web identity', 'EKS', 'EKS without tags')

export type Beginning = typeof anyBeginning extends Arbitrary<infer Value> ? Value : never

/** A pod of EKS, as the role of the association is the first of the hops. */
export function beginningOf(beginning: Beginning, [first]: readonly Hop[]): Partial<Chain> {
  if (beginning === 'web identity') return {}
  const accountId = accountOf(first?.roleArn ?? '')
  return {
    source: {
      kind: 'pod-identity',
      cluster: { arn: `arn:aws:eks:eu-west-1:${accountId}:cluster/kit`, name: 'kit' },
      namespace: 'reports',
      serviceAccount: 'reporter',
      hasTags: beginning === 'EKS',
    },
    placeholders: { '{pod}': POD.name, '{podUid}': POD.uid },
  }
}

/** Chains that STS takes: what the webhook would let pass. */
export const anyHops: Arbitrary<readonly Hop[]> = record({
  roles: uniqueArray(roleArn, { minLength: 1, maxLength: 5 }),
  externalIds: subarray([1, 2, 3, 4]),
  identityAt: option(integer({ min: 1, max: 4 }), { nil: undefined }),
  tags: array(
    integer({ min: 1, max: 4 }).chain((at) =>
      constantFrom(true, false).map((isTransitive) => [at, isTransitive] as const),
    ),
    { maxLength: KEYS.length },
  ),
  durationSeconds: constantFrom(undefined, 900, 7200),
}).map(({ roles, externalIds, identityAt, tags, durationSeconds }) => {
  const hops = roles.map((arn, index): Hop => ({
    roleArn: arn,
    ...(externalIds.includes(index) && { externalId: `id-${index}` }),
    ...(identityAt === index && { sourceIdentity: '{serviceAccount}' }),
    ...(durationSeconds !== undefined &&
      (roles.length === 1 || durationSeconds <= 3600) && { durationSeconds }),
  }))
  return withTags(hops, tags)
})

/** The steps of such a chain, whatever it begins with. */
export const anySteps: Arbitrary<readonly Step[]> = record({
  hops: anyHops,
  beginning: anyBeginning,
}).map(({ hops, beginning }) => stepsOf(hops, beginningOf(beginning, hops)))
