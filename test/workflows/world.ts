/**
 * What exists in AWS while the pages run: what the pages take for granted (clusters, OIDC providers, buckets), and the
 * roles with the policies that the pages give them.
 */
import { accountOf, parseRoleArn } from '../../iam/arn.ts'
import { BUCKETS } from './buckets.ts'
import type { Page, PagePolicy, PageProvider } from './page.ts'
import { toUsers } from './users.ts'

/** Issuer of the cluster `ci`. */
export const ISSUER = 'https://oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE'
export const REGION = 'us-east-1'

/** The first cluster. */
export const CI_CLUSTER = 'arn:aws:eks:us-east-1:111111111111:cluster/ci'
/** The other one. */
export const PAYMENTS_CLUSTER = 'arn:aws:eks:us-east-1:222222222222:cluster/payments'
/** Of the node of `ci`. */
export const NODE_ROLE = 'arn:aws:iam::111111111111:role/ci-node'

const nodeRole = {
  trustPolicy: {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  },
  permissionPolicies: [
    {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'eks-auth:AssumeRoleForPodIdentity',
        Resource: CI_CLUSTER,
      },
    },
  ],
}

/** Of the cluster `payments`, known once it runs. */
export interface ClusterFacts {
  readonly endpoint: string
  /** PEM, in base64. */
  readonly certificateAuthority: string
}

/** Buckets of the AWS accounts that have nothing else. */
const ONLY_BUCKETS: Readonly<Record<string, string>> = {
  '333333333333': 'payments-staging',
  '444444444444': 'payments-production',
}

const oidcProviders = [{ url: ISSUER, clientIds: ['sts.amazonaws.com'] }]

/** Of the cluster `ci`. */
function toAssociations(pages: readonly Page[]): unknown[] {
  return pages.flatMap(({ associations }) =>
    associations
      .filter(({ clusterArn }) => clusterArn === CI_CLUSTER)
      .map(({ document }) => document),
  )
}

function toBuckets(buckets: Readonly<Record<string, object>>): object {
  return Object.fromEntries(Object.entries(buckets).map(([name, objects]) => [name, { objects }]))
}

/** An instance and a load balancer of this name. */
function toShop(name: string): object {
  return {
    instances: { 'i-0a1b2c3d4e5f60718': { tags: { Name: name } } },
    loadBalancers: { [name]: {} },
  }
}

/** In the words of CreateOpenIDConnectProvider. */
function toProviders(accountId: string, providers: readonly PageProvider[]): object {
  const own = providers.filter(({ arn }) => accountOf(arn) === accountId)
  if (own.length === 0) return {}
  return {
    oidcProviders: own.map(({ document }) => {
      const { Url: url, ClientIDList: clientIds } = document as Record<string, unknown>
      return { url, clientIds }
    }),
  }
}

function toAccount(accountId: string, pages: readonly Page[], facts: ClusterFacts): object {
  if (accountId === '111111111111')
    return {
      oidcProviders,
      eksClusters: { ci: { oidcIssuer: ISSUER, podIdentityAssociations: toAssociations(pages) } },
      buckets: toBuckets(BUCKETS[accountId]),
    }
  const bucket = ONLY_BUCKETS[accountId]
  if (bucket !== undefined) return { ...toShop(bucket), buckets: { [bucket]: {} } }
  const oidcIssuer = 'https://oidc.eks.us-east-1.amazonaws.com/id/OTHER'
  return {
    ...toShop('payments'),
    oidcProviders,
    eksClusters: {
      payments: { oidcIssuer, ...facts },
      reports: { oidcIssuer: `${oidcIssuer}2`, ...facts },
    },
    buckets: toBuckets(BUCKETS['222222222222']),
  }
}

function toRole(policies: readonly PagePolicy[]): object {
  return {
    trustPolicy: policies.find(({ kind }) => kind === 'trust')?.document,
    permissionPolicies: policies
      .filter(({ kind }) => kind === 'permissions')
      .map(({ document }) => document),
  }
}

/** Roles of an AWS account by name. */
function toRoles(accountId: string, policies: readonly PagePolicy[]): object {
  const names = new Map<string, PagePolicy[]>()
  for (const policy of policies) {
    const role = parseRoleArn(policy.roleArn)
    if (role?.accountId !== accountId) continue
    names.set(role.name, [...(names.get(role.name) ?? []), policy])
  }
  const own = Object.fromEntries([...names].map(([name, some]) => [name, toRole(some)]))
  return accountId === accountOf(NODE_ROLE) ? { 'ci-node': nodeRole, ...own } : own
}

/** The configuration of the strict AWS for these pages. */
export function toConfiguration(pages: readonly Page[], facts: ClusterFacts): object {
  const policies = pages.flatMap((page) => page.policies)
  const users = pages.flatMap((page) => page.users)
  const providers = pages.flatMap((page) => page.providers)
  return {
    awsAccounts: Object.fromEntries(
      ['111111111111', '222222222222', ...Object.keys(ONLY_BUCKETS)].map((id) => [
        id,
        {
          ...toAccount(id, pages, facts),
          ...toProviders(id, providers),
          roles: toRoles(id, policies),
          users: toUsers(id, users),
        },
      ]),
    ),
  }
}
