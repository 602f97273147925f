/** Workloads that make pods with the application, and what their pods have to have read. */
import assert from 'node:assert/strict'
import {
  appContainer,
  podTemplate,
  until,
  type KubernetesObject,
  type Outcome,
  type Place,
} from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

export const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }

export function assertReports(outcome: Outcome | undefined): void {
  assert.equal(outcome?.object, OBJECTS.reports, JSON.stringify(outcome))
  assert.match(outcome.identity ?? '', /^arn:aws:sts::222222222222:assumed-role\/reports-reader\//)
}

/** The name of the first pod with the label `app`. */
export function firstPod(place: Place): Promise<string> {
  return until('a pod of the workload', async () => {
    const name = await place.kubectl(
      'get',
      'pods',
      '--selector=app=app',
      '--output=jsonpath={.items[0].metadata.name}',
    )
    return name === '' ? undefined : name
  })
}

/** A workload that runs the application for ever. */
export function longRunning(kind: 'Deployment' | 'StatefulSet'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'app' },
    spec: {
      selector: { matchLabels: { app: 'app' } },
      ...(kind === 'StatefulSet' ? { serviceName: 'app' } : {}),
      template: podTemplate(REPORTS, {
        containers: [appContainer({ mode: 'forever' })],
        terminationGracePeriodSeconds: 1,
      }),
    },
  }
}

/** Of a Job that runs the application once. */
export const JOB_SPEC = {
  template: podTemplate(REPORTS, { restartPolicy: 'Never' }),
  backoffLimit: 0,
}
