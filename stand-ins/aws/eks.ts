/**
 * The least of EKS that `aws eks update-kubeconfig`, people who look around, and those who let others into a cluster
 * need: clusters and their access entries. Source: Amazon EKS API Reference (each operation, "Cluster", "Common
 * errors"); Service Authorization Reference, "Actions, resources, and condition keys for Amazon Elastic Kubernetes
 * Service".
 */
import { explain } from '../../iam/explain.ts'
import {
  createAccessEntry,
  deleteAccessEntry,
  findAccessEntry,
  parseAccessEntry,
  toAccessEntryResource,
} from './access-entries.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import type { EksCluster } from './eks-clusters.ts'
import { decidePermission, type Permission } from './permissions.ts'
import { decodePercent, type AwsRequest } from './request.ts'
import { toJsonAnswer, toJsonError, toJsonThrottle } from './rest-json.ts'
import type { RoleSession } from './session-store.ts'

/** By method and path, in which `*` is a name. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'GET /clusters': 'ListClusters',
  'GET /clusters/*': 'DescribeCluster',
  'GET /clusters/*/access-entries': 'ListAccessEntries',
  'POST /clusters/*/access-entries': 'CreateAccessEntry',
  'GET /clusters/*/access-entries/*': 'DescribeAccessEntry',
  'DELETE /clusters/*/access-entries/*': 'DeleteAccessEntry',
}

/** Every second part of a path is a name; absent and empty ones are empty. */
function readNames({ rawPath }: AwsRequest): readonly string[] {
  return rawPath
    .split('/')
    .slice(1)
    .filter((_part, index) => index % 2 === 1)
    .map(decodePercent)
}

function readOperation(request: AwsRequest): string {
  const parts = request.rawPath.split('/').slice(1)
  const shape = parts.map((part, index) => (index % 2 === 1 && part !== '' ? '*' : part)).join('/')
  return OPERATIONS[`${request.method} /${shape}`] ?? 'Unknown'
}

/** What the caller may do is judged before it is told what there is. */
function check(call: Call, caller: RoleSession, permission: Permission): void {
  const decision = decidePermission(caller, permission)
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
  const { action, resource } = permission
  throw new AwsError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
    { status: 403 },
  )
}

/** Clusters of the caller's AWS account in the region of the call. */
function findClusters(call: Call, caller: RoleSession): readonly EksCluster[] {
  const account = call.environment.world.accounts.get(caller.role.accountId)
  return (account?.eksClusters ?? []).filter(({ region }) => region === call.notes.region)
}

function toCluster({ name, arn, endpoint, certificateAuthority, oidcIssuer }: EksCluster): object {
  return {
    name,
    arn,
    status: 'ACTIVE',
    version: '1.34',
    endpoint,
    certificateAuthority: { data: certificateAuthority },
    identity: { oidc: { issuer: oidcIssuer } },
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
  }
}

/** What one operation about a cluster does once it may. */
type Doing = (call: Call, cluster: EksCluster, principalArn: string) => object

const DOINGS: Readonly<Record<string, Doing>> = {
  DescribeCluster: (_call, cluster) => ({ cluster: toCluster(cluster) }),
  ListAccessEntries: (_call, { accessEntries }) => ({
    accessEntries: accessEntries.map(({ principalArn }) => principalArn),
  }),
  CreateAccessEntry(call, cluster) {
    const { world } = call.environment
    const asked = parseAccessEntry(call.request.body)
    return { accessEntry: createAccessEntry(cluster, asked, { world, nowMs: call.nowMs }) }
  },
  DescribeAccessEntry: (_call, cluster, principalArn) => ({
    accessEntry: findAccessEntry(cluster, principalArn),
  }),
  DeleteAccessEntry(_call, cluster, principalArn) {
    deleteAccessEntry(cluster, principalArn)
    return {}
  },
}

/** The principal that the call is about; empty where it is about the cluster only. */
function readPrincipal(call: Call): string {
  if (call.operation === 'CreateAccessEntry')
    return parseAccessEntry(call.request.body).principalArn
  return readNames(call.request)[1] ?? ''
}

/** AWS passes over parameters that it does not know; here they are refused, as everywhere in the strict AWS. */
function checkQuery({ query }: AwsRequest): void {
  const unknown = query.find(([name]) => !name.startsWith('X-Amz-'))
  if (unknown !== undefined)
    throw new AwsError(
      'InvalidParameterException',
      `The strict AWS knows no parameter ${unknown[0]} of this operation.`,
    )
}

function answerAboutCluster(call: Call, caller: RoleSession): object {
  const [name = ''] = readNames(call.request)
  const principalArn = readPrincipal(call)
  call.notes.requestParameters = { name, ...(principalArn === '' ? {} : { principalArn }) }
  const { partition, accountId } = caller.role
  const clusterArn = `arn:${partition}:eks:${call.notes.region}:${accountId}:cluster/${name}`
  const cluster = findClusters(call, caller).find((one) => one.name === name)
  const isAboutEntry = /^(?:Describe|Delete)AccessEntry$/.test(call.operation)
  check(call, caller, {
    action: `eks:${call.operation}`,
    resource: isAboutEntry
      ? toAccessEntryResource(clusterArn, cluster?.accessEntries ?? [], principalArn)
      : clusterArn,
  })
  const doing = DOINGS[call.operation]
  if (cluster !== undefined && doing !== undefined) return doing(call, cluster, principalArn)
  throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, {
    status: 404,
  })
}

function listClusters(call: Call, caller: RoleSession): object {
  const { partition, accountId } = caller.role
  const resource = `arn:${partition}:eks:${call.notes.region}:${accountId}:cluster/*`
  check(call, caller, { action: 'eks:ListClusters', resource })
  return { clusters: findClusters(call, caller).map(({ name }) => name) }
}

async function answer(call: Call): Promise<Answer> {
  const caller = authenticate(call, 'eks')
  if (call.operation === 'Unknown')
    throw new AwsError('InvalidRequestException', 'The strict AWS has no such operation.')
  checkQuery(call.request)
  const isList = call.operation === 'ListClusters'
  return toJsonAnswer(call, isList ? listClusters(call, caller) : answerAboutCluster(call, caller))
}

/** EKS as a service of the one port. */
export const eks: Service = {
  eventSource: 'eks.amazonaws.com',
  readOperation,
  answer,
  throttled: toJsonThrottle,
  toErrorAnswer: toJsonError,
}
