/** A Deployment of a team with its service account, its pods and what is written about them, in the whole cluster. */
import type { ClusterObject } from '../../../stand-ins/kubernetes/cluster-object.ts'
import type { Failure } from '../../../sidecar/core/failures/failure.ts'
import { judge, runningPod } from '../check/healthy-cluster.ts'
import type { World } from '../check/stage.ts'
import { BASE, READER } from './aws.ts'

const NAMESPACE = 'team-b'
export const IMAGE = 'registry.example/rolechain-sidecar:0.1.0'

/** When the first pods were made or refused, and a minute later. */
const FIRST = '2029-12-31T00:00:00Z'
const LATER = '2029-12-31T00:01:00Z'

/** How the workload is; without it all is as it should be. */
export interface WorkloadState {
  readonly target?: string
  /** Where its chain stands; the label comes with the service account. */
  readonly chainOn?: 'pod' | 'labelled account' | 'account'
  readonly hasAccount?: boolean
  /** What its sidecar said last, in place of being well. */
  readonly failure?: Failure | undefined
  readonly image?: string
  /** Why its first pods were refused. Whether others came since. */
  readonly refused?: string
  readonly isMade?: boolean
}

const metadata = (name: string, more: object = {}) => ({ name, namespace: NAMESPACE, ...more })

function toTemplate({ target = READER, chainOn = 'pod' }: WorkloadState) {
  return {
    metadata: {
      labels: { app: 'web' },
      annotations: chainOn === 'pod' ? { 'rolechain.io/target-role-arn': target } : {},
    },
    spec: { serviceAccountName: 'web', containers: [{ name: 'app', image: 'app:1' }] },
  }
}

function toAccount({ target = READER, chainOn = 'pod' }: WorkloadState): object {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata('web', {
      labels: chainOn === 'labelled account' ? { 'rolechain.io/chain': 'true' } : {},
      annotations: {
        'eks.amazonaws.com/role-arn': BASE,
        ...(chainOn !== 'pod' && { 'rolechain.io/target-role-arn': target }),
      },
    }),
  }
}

/** The message that the webhook itself refuses such a pod with. */
export function refusalOf(state: WorkloadState): string {
  const pod = { apiVersion: 'v1', kind: 'Pod', ...toTemplate(state) } as unknown as ClusterObject
  const { refusal = '' } = judge(pod, NAMESPACE, '/mutate')
  return `admission webhook "chain.rolechain.io" denied the request: ${refusal}`
}

/** ReplicaSets are named after the template: another one has another. */
function replicaSetOf({ target = READER }: WorkloadState): string {
  return target === READER ? 'web-6d4cf56db6' : 'web-5b8f6c7d9'
}

/** The template whose pods were refused: the one that was wrong, or that of now. */
function refusedOf(state: WorkloadState): WorkloadState {
  return state.isMade === true ? { target: 'of before' } : state
}

/** A Deployment keeps those of templates of before. */
function toReplicaSets(state: WorkloadState): readonly object[] {
  const names = new Set([replicaSetOf(state), replicaSetOf(refusedOf(state))])
  return [...names].map((name) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: metadata(name),
  }))
}

function toStatus({ failure, image = IMAGE }: WorkloadState): object {
  const isPulled = image === IMAGE
  const state = isPulled
    ? { running: {} }
    : { waiting: { reason: 'ImagePullBackOff', message: 'not found' } }
  const started = isPulled && failure === undefined
  return {
    phase: started ? 'Running' : 'Pending',
    initContainerStatuses: [{ name: 'rolechain-sidecar', image, started, state }],
  }
}

function toPod(state: WorkloadState): object {
  const made = runningPod('web-1', NAMESPACE)
  return {
    ...made,
    metadata: {
      ...made.metadata,
      labels: { app: 'web' },
      creationTimestamp: LATER,
      ownerReferences: [{ kind: 'ReplicaSet', name: replicaSetOf(state) }],
    },
    status: toStatus(state),
  }
}

function toEvents(state: WorkloadState): readonly object[] {
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    type: 'Warning',
    lastTimestamp: FIRST,
  }
  const { failure, refused } = state
  const unhealthy = failure && {
    ...event,
    metadata: metadata('web-1.1'),
    reason: 'Unhealthy',
    involvedObject: {
      kind: 'Pod',
      uid: 'uid-of-web-1',
      fieldPath: 'spec.initContainers{rolechain-sidecar}',
    },
    message: `Startup probe failed: ${failure.sentence}\n`,
  }
  const failedCreate = refused !== undefined && {
    ...event,
    metadata: metadata('web.1'),
    reason: 'FailedCreate',
    involvedObject: {
      kind: 'ReplicaSet',
      namespace: NAMESPACE,
      name: replicaSetOf(refusedOf(state)),
    },
    message: `Error creating: ${refused}`,
  }
  return [unhealthy, failedCreate].filter((one) => typeof one === 'object')
}

function toDeployment(state: WorkloadState): object {
  const { refused, isMade = refused === undefined } = state
  const condition = { type: 'ReplicaFailure', status: 'True', message: refused }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata('web'),
    spec: { selector: { matchLabels: { app: 'web' } }, template: toTemplate(state) },
    status: isMade ? {} : { conditions: [condition] },
  }
}

function isOld({ metadata: { name, namespace } }: ClusterObject): boolean {
  return namespace === NAMESPACE && name.startsWith('web')
}

/** Puts it into the cluster, in place of the one that was there. */
export function put(world: World, state: WorkloadState = {}): void {
  const { failure, refused, isMade = refused === undefined, hasAccount = true } = state
  const objects = [
    toDeployment(state),
    ...toReplicaSets(state),
    ...(hasAccount ? [toAccount(state)] : []),
    ...(isMade ? [toPod(state)] : []),
    ...toEvents(state),
  ] as ClusterObject[]
  world.objects = [...world.objects.filter((object) => !isOld(object)), ...objects]
  const line = {
    time: FIRST,
    target: 'default',
    ...(failure === undefined
      ? { event: 'refreshed', expiration: '2029-12-31T01:00:00Z' }
      : { event: 'refresh_failed', code: failure.code, message: failure.sentence }),
  }
  world.logOf = (pod) => (pod === 'web-1' ? JSON.stringify(line) : '')
}
