/**
 * The least of EKS that `aws eks update-kubeconfig` and people who look around need: ListClusters and DescribeCluster.
 * Source: Amazon EKS API Reference (both operations, "Cluster", "Common errors"); Service Authorization Reference,
 * "Actions, resources, and condition keys for Amazon Elastic Kubernetes Service".
 */
import { explain } from '../../iam/explain.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import type { EksCluster } from './eks-clusters.ts'
import { decidePermission } from './permissions.ts'
import type { AwsRequest } from './request.ts'
import { toJsonAnswer, toJsonError, toJsonThrottle } from './rest-json.ts'
import type { RoleSession } from './session-store.ts'

const ONE = /^\/clusters\/([^/]+)$/

function readOperation({ method, rawPath }: AwsRequest): string {
  if (method === 'GET' && rawPath === '/clusters') return 'ListClusters'
  return method === 'GET' && ONE.test(rawPath) ? 'DescribeCluster' : 'Unknown'
}

/** What the caller may do is judged before it is told what there is. */
function check(call: Call, caller: RoleSession, name: string): void {
  const { partition, accountId } = caller.role
  const resource = `arn:${partition}:eks:${call.notes.region}:${accountId}:cluster/${name}`
  const action = `eks:${call.operation}`
  const decision = decidePermission(caller, { action, resource })
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
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

function answerOperation(call: Call, caller: RoleSession): object {
  if (call.operation === 'ListClusters') {
    check(call, caller, '*')
    return { clusters: findClusters(call, caller).map(({ name }) => name) }
  }
  const name = ONE.exec(call.request.rawPath)?.[1] ?? ''
  call.notes.requestParameters = { name }
  check(call, caller, name)
  const cluster = findClusters(call, caller).find((one) => one.name === name)
  if (cluster !== undefined) return { cluster: toCluster(cluster) }
  throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, {
    status: 404,
  })
}

async function answer(call: Call): Promise<Answer> {
  const caller = authenticate(call, 'eks')
  if (call.operation === 'Unknown')
    throw new AwsError('InvalidRequestException', 'The strict AWS has no such operation.')
  return toJsonAnswer(call, answerOperation(call, caller))
}

/** EKS as a service of the one port. */
export const eks: Service = {
  eventSource: 'eks.amazonaws.com',
  readOperation,
  answer,
  throttled: toJsonThrottle,
  toErrorAnswer: toJsonError,
}
