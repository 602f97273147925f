/**
 * EKS Auth, which only the agent of EKS Pod Identity calls: AssumeRoleForPodIdentity gives a session of the role that
 * is associated with a pod's service account. What EKS then does with STS is in `pod-identity.ts`. Source: Amazon EKS
 * API Reference, "AssumeRoleForPodIdentity" (codes and their HTTP status); for the sentences of refusals what users
 * report (aws/eks-pod-identity-agent#139; troubleshooting pages of StackGres).
 */
import { decodeJwt } from 'jose'
import { z } from 'zod'
import { explain } from '../../iam/explain.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import type { AwsAccount } from './configuration.ts'
import type { EksCluster, PodIdentityAssociation } from './eks-clusters.ts'
import { decidePermission } from './permissions.ts'
import { assumeForPod, type Pod } from './pod-identity.ts'
import type { AwsRequest } from './request.ts'
import { toJsonAnswer, toJsonError, toJsonThrottle } from './rest-json.ts'
import type { RoleSession } from './session-store.ts'
import { verifyToken } from './web-identity.ts'

/** "The audience of the token": EKS's webhook asks for just this one. */
const AUDIENCE = 'pods.eks.amazonaws.com'
const OPERATION = 'AssumeRoleForPodIdentity'

const PATH = /^\/clusters\/([^/]+)\/assume-role-for-pod-identity$/
const input = z.object({ token: z.string().regex(/^[\w=-]+\.[\w=-]+\.[\w=-]+$/) })
const podClaims = z.object({
  'kubernetes.io': z.object({
    namespace: z.string(),
    serviceaccount: z.object({ name: z.string() }),
    pod: z.object({ name: z.string(), uid: z.string() }),
  }),
})

function readOperation({ method, rawPath }: AwsRequest): string {
  return method === 'POST' && PATH.test(rawPath) ? OPERATION : 'Unknown'
}

function readToken({ body }: AwsRequest): string {
  try {
    return input.parse(JSON.parse(body.toString('utf8'))).token
  } catch {
    throw new AwsError('InvalidParameterException', 'The token is missing or is no JSON web token.')
  }
}

function findCluster(call: Call, account: AwsAccount | undefined): EksCluster {
  const name = PATH.exec(call.request.rawPath)?.[1] ?? ''
  const cluster = account?.eksClusters.find(
    (one) => one.name === name && one.region === call.notes.region,
  )
  if (cluster !== undefined) return cluster
  throw new AwsError('ResourceNotFoundException', `No cluster found for name: ${name}.`, {
    status: 404,
  })
}

function toTokenError(error: unknown): unknown {
  if (!(error instanceof AwsError)) return error
  if (error.code === 'ExpiredTokenException')
    return new AwsError(error.code, 'The token included in the request is expired.')
  if (error.code === 'IDPCommunicationError')
    return new AwsError('InternalServerException', error.message, { status: 500 })
  return new AwsError('InvalidTokenException', error.message)
}

/** Verifies the token as one of the cluster's own, bound to a pod. */
async function verifyPod(call: Call, cluster: EksCluster, token: string): Promise<Pod> {
  const name = cluster.oidcIssuer.replace('https://', '')
  const provider = { arn: cluster.arn, url: cluster.oidcIssuer, name, clientIds: [AUDIENCE] }
  try {
    await verifyToken(token, {
      account: { oidcProviders: [provider] },
      issuerLocations: call.environment.issuerLocations,
      nowMs: call.nowMs,
    })
  } catch (error) {
    throw toTokenError(error)
  }
  const claims = podClaims.safeParse(decodeJwt(token))
  if (!claims.success)
    throw new AwsError('InvalidTokenException', 'The token is not bound to a pod.')
  const { namespace, serviceaccount, pod } = claims.data['kubernetes.io']
  return { namespace, serviceAccount: serviceaccount.name, ...pod }
}

/** The association of a pod's service account. */
function findAssociation(cluster: EksCluster, pod: Pod): PodIdentityAssociation {
  const found = cluster.podIdentityAssociations.find(
    ({ namespace, serviceAccount }) =>
      namespace === pod.namespace && serviceAccount === pod.serviceAccount,
  )
  if (found !== undefined) return found
  throw new AwsError(
    'ResourceNotFoundException',
    'The token included in the request has no service account role association for it.',
    { status: 404 },
  )
}

function checkPermission(call: Call, caller: RoleSession, cluster: EksCluster): void {
  const action = `eks-auth:${OPERATION}`
  const decision = decidePermission(caller, { action, resource: cluster.arn })
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
  throw new AwsError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${cluster.arn}`,
  )
}

async function answer(call: Call): Promise<Answer> {
  const caller = authenticate(call, 'eks-auth')
  if (call.operation !== OPERATION)
    throw new AwsError('InvalidRequestException', 'The strict AWS has no such operation.')
  const token = readToken(call.request)
  const cluster = findCluster(call, call.environment.world.accounts.get(caller.role.accountId))
  call.notes.requestParameters = { clusterName: cluster.name }
  checkPermission(call, caller, cluster)
  const pod = await verifyPod(call, cluster, token)
  const association = findAssociation(cluster, pod)
  const session = assumeForPod(call, { cluster, association, pod })
  const assumedRoleUser = { arn: session.arn, assumeRoleId: session.principalId }
  const { namespace, serviceAccount } = association
  const shown = {
    subject: { namespace, serviceAccount },
    audience: AUDIENCE,
    podIdentityAssociation: { associationArn: association.arn, associationId: association.id },
    assumedRoleUser,
  }
  call.notes.responseElements = shown
  return toJsonAnswer(call, {
    ...shown,
    credentials: {
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey,
      sessionToken: session.sessionToken,
      expiration: session.expiresAtMs / 1000,
    },
  })
}

/** EKS Auth as a service of the one port. */
export const eksAuth: Service = {
  eventSource: 'eks-auth.amazonaws.com',
  readOperation,
  answer,
  throttled: toJsonThrottle,
  toErrorAnswer: toJsonError,
}
