/** Pods in trouble, with the events of it. */
import { runningPod } from '../healthy-cluster.ts'

/** A pod that asks for a target and was never seen by the webhook. */
export function unseenPod(name: string, env: readonly object[] = []): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'team-a',
      annotations: { 'rolechain.io/target-role-arn': 'arn:aws:iam::222222222222:role/reports' },
    },
    spec: { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app:1', env }] },
    status: { phase: 'Running' },
  }
}

/** A pod whose gate is closed, with what its probe said. */
export function waitingPod(name: string, ...sentences: readonly string[]): readonly object[] {
  const pod = runningPod(name, 'team-b')
  const status = { name: 'rolechain-sidecar', started: false, state: { running: {} } }
  return [
    { ...pod, status: { phase: 'Pending', initContainerStatuses: [status] } },
    ...sentences.map((sentence, index) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${index}`, namespace: 'team-b' },
      type: 'Warning',
      reason: 'Unhealthy',
      involvedObject: {
        kind: 'Pod',
        uid: `uid-of-${name}`,
        fieldPath: 'spec.initContainers{rolechain-sidecar}',
      },
      lastTimestamp: `2029-12-31T00:0${index}:00Z`,
      message: `Startup probe failed: ${sentence}\n`,
    })),
  ]
}

/** A ReplicaSet whose pods are refused. */
export function failedCreate(message: string): readonly object[] {
  const metadata = { name: 'web-1', namespace: 'team-b' }
  return [
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { ...metadata, name: 'web-1.1' },
      type: 'Warning',
      reason: 'FailedCreate',
      involvedObject: { kind: 'ReplicaSet', ...metadata },
      message,
    },
  ]
}
