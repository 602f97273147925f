/**
 * EKS assumes a role for a pod (`pods.eks.amazonaws.com`), with six transitive tags. Source: EKS User Guide, "Grant
 * Pods access to AWS resources based on tags", "Create IAM role with trust policy required by EKS Pod Identity"; for
 * name, duration and tags of the session the CloudTrail event of the Amazon EKS Security Immersion Day. That
 * `aws:SourceArn` is the ARN of the cluster, and not of the association, is what users report
 * (awslabs/mountpoint-s3-csi-driver#781, terraform-aws-modules/terraform-aws-eks#3743). Not here: target roles and
 * session policies of associations.
 */
import { randomUUID } from 'node:crypto'
import { accountOf } from '../../iam/arn.ts'
import { neededActions, type SessionRequest } from '../../iam/assume-role.ts'
import { explain } from '../../iam/explain.ts'
import { AwsError } from './aws-error.ts'
import type { Call } from './call.ts'
import type { Role } from './configuration.ts'
import type { EksCluster, PodIdentityAssociation } from './eks-clusters.ts'
import { issueSession } from './issue-session.ts'
import { decidePackedSize } from './packed-size.ts'
import { decideForService, type AssumeRequest } from './permissions.ts'
import type { RoleSession } from './session-store.ts'
import { toTrailEntry } from './trail.ts'

const PRINCIPAL = 'pods.eks.amazonaws.com'
/** As CloudTrail shows it, whatever the role's MaxSessionDuration is. */
const SESSION_SECONDS = 6 * 60 * 60

/** A pod as EKS attests it. */
export interface Pod {
  readonly namespace: string
  readonly serviceAccount: string
  readonly name: string
  readonly uid: string
}

/** For whom a role is assumed. */
export interface PodIdentity {
  readonly cluster: EksCluster
  readonly association: PodIdentityAssociation
  readonly pod: Pod
}

function toTags(cluster: EksCluster, pod: Pod): readonly (readonly [string, string])[] {
  return [
    ['eks-cluster-arn', cluster.arn],
    ['eks-cluster-name', cluster.name],
    ['kubernetes-namespace', pod.namespace],
    ['kubernetes-service-account', pod.serviceAccount],
    ['kubernetes-pod-name', pod.name],
    ['kubernetes-pod-uid', pod.uid],
  ]
}

/** `eks-`, ten characters each of cluster and pod, and another UUID every time. */
function toSessionName(cluster: EksCluster, pod: Pod): string {
  return `eks-${cluster.name.slice(0, 10)}-${pod.name.slice(0, 10)}-${randomUUID()}`
}

function toSessionRequest({ cluster, association, pod }: PodIdentity): SessionRequest {
  const tags = association.disableSessionTags ? [] : toTags(cluster, pod)
  return {
    sessionName: toSessionName(cluster, pod),
    externalId: undefined,
    sourceIdentity: undefined,
    tags,
    transitiveTagKeys: tags.map(([key]) => key),
  }
}

/** Throws the error that EKS Auth answers where EKS may not assume the role; the trail has STS's own. */
function checkTrust(
  call: Call,
  role: Role | undefined,
  asked: Pick<AssumeRequest, 'request' | 'source'>,
): Role {
  const { request } = asked
  const actions = neededActions({ hasTags: request.tags.length > 0, hasSourceIdentity: false })
  const refusal =
    role &&
    actions
      .map((action) => decideForService(PRINCIPAL, { action, role, ...asked }))
      .find(({ outcome }) => outcome !== 'allowed')
  if (role !== undefined && refusal === undefined) return role
  call.notes.why = refusal === undefined ? ['There is no such role.'] : explain(refusal)
  throw new AwsError(
    'AccessDeniedException',
    'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
  )
}

/** What EKS asks of STS on its own, for the trail. */
function toInnerCall(call: Call, { roleArn }: PodIdentityAssociation, asked: SessionRequest): Call {
  const principalTags = Object.fromEntries(asked.tags)
  const { transitiveTagKeys } = asked
  return {
    ...call,
    operation: 'AssumeRole',
    request: {
      ...call.request,
      headers: new Map([['user-agent', PRINCIPAL]]),
      sourceIp: PRINCIPAL,
    },
    notes: {
      caller: { kind: 'service', name: PRINCIPAL },
      region: call.notes.region,
      requestParameters: {
        roleArn,
        roleSessionName: asked.sessionName,
        durationSeconds: SESSION_SECONDS,
        ...(asked.tags.length === 0 ? {} : { principalTags, transitiveTagKeys }),
      },
      responseElements: null,
    },
  }
}

function assume(
  inner: Call,
  role: Role | undefined,
  asked: Pick<AssumeRequest, 'request' | 'source'>,
): RoleSession {
  const { request } = asked
  const facts = {
    role: checkTrust(inner, role, asked),
    sessionName: request.sessionName,
    sourceIdentity: undefined,
    tags: new Map(request.tags),
    transitiveTagKeys: request.transitiveTagKeys,
    sessionPolicy: undefined,
    webIdentity: undefined,
  }
  const packedPolicySize = decidePackedSize(undefined, facts.tags)
  return issueSession(inner, { facts, durationSeconds: SESSION_SECONDS, packedPolicySize })
}

/** The session for a pod, and in the trail the AssumeRole that CloudTrail shows beside the agent's call. */
export function assumeForPod(call: Call, identity: PodIdentity): RoleSession {
  const { environment } = call
  const { association, cluster } = identity
  const source = { arn: cluster.arn, accountId: accountOf(cluster.arn) }
  const request = toSessionRequest(identity)
  const inner = toInnerCall(call, association, request)
  const role = [...environment.world.accounts.values()]
    .flatMap(({ roles }) => roles)
    .find(({ arn }) => arn === association.roleArn)
  const eventSource = 'sts.amazonaws.com'
  try {
    const session = assume(inner, role, { request, source })
    environment.record(toTrailEntry(inner, { eventSource, error: undefined }))
    return session
  } catch (thrown) {
    if (thrown instanceof AwsError) {
      const error = { code: 'AccessDenied', message: thrown.message }
      environment.record(toTrailEntry(inner, { eventSource, error }))
    }
    throw thrown
  }
}
