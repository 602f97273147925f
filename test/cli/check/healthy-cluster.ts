/** The objects of a cluster in good health, and what the webhook's own core makes of pods in it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import jsonPatch from 'fast-json-patch'
import { parse } from 'yaml'
import type { ClusterObject } from '../../../stand-ins/kubernetes/cluster-object.ts'
import type { Judged } from '../../../stand-ins/kubernetes/whole-cluster.ts'
import {
  createConfiguration,
  PARITY_DEFAULTS,
} from '../../../webhook/core/configuration/configuration.ts'
import { parseSettings } from '../../../webhook/core/configuration/settings-schema.ts'
import { mutate } from '../../../webhook/core/mutate.ts'
import type { Verdict } from '../../../webhook/core/review/verdict.ts'

export const CONFIGURATION = createConfiguration(
  {
    settings: readSettings({
      region: 'eu-west-1',
      sidecar: { image: 'registry.example/rolechain-sidecar:0.1.0' },
    }),
    parity: PARITY_DEFAULTS,
    chainAnnotationPrefix: 'rolechain.io',
    kubernetesVersion: { major: 1, minor: 34 },
    version: '0.1.0',
  },
  (text) => createHash('sha256').update(text).digest('hex'),
)

function readSettings(content: object) {
  const parsed = parseSettings(content)
  if (parsed.kind === 'problems') throw new Error(parsed.problems.join('; '))
  return parsed.settings
}

/** What the webhook's own core says of a pod, or of the pods of a template. */
export function judge(object: ClusterObject, namespace: string, path: string): Judged {
  const template = (object['spec'] as { template?: object } | undefined)?.template
  const pod = path === '/validate' ? template : object
  const annotations = {}
  const verdict: Verdict = mutate(
    { namespace, pod: structuredClone(pod) },
    { kind: 'found', serviceAccount: { namespace, name: 'default', annotations } },
    CONFIGURATION,
  )
  const { warnings } = verdict
  if (verdict.kind === 'denied') return { refusal: verdict.message, warnings, object }
  if (verdict.kind === 'allowed' || path === '/validate') return { warnings, object }
  return { warnings, object: patched(object, verdict) }
}

function patched(object: object, { patch }: Verdict & { kind: 'patched' }): object {
  return jsonPatch.applyPatch(structuredClone(object), structuredClone([...patch])).newDocument
}

const page = readFileSync(new URL('healthy-cluster.yaml', import.meta.url), 'utf8')

/** All of them, with a pod that runs; `authority` is what every caBundle trusts. */
export function readHealthy(authority: string): ClusterObject[] {
  const text = page.replaceAll('AUTHORITY', Buffer.from(authority).toString('base64'))
  const objects = parse(text) as ClusterObject[]
  return [...objects, runningPod('reports-1', 'team-b')]
}

/** A pod as the webhook makes it, whose gate is open; `annotations` in place of what asks for its target. */
export function runningPod(
  name: string,
  namespace: string,
  annotations: Readonly<Record<string, string>> = {
    'rolechain.io/target-role-arn': 'arn:aws:iam::222222222222:role/reports-reader',
  },
): ClusterObject {
  const pod: ClusterObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec: { serviceAccountName: 'reports', containers: [{ name: 'app', image: 'app:1' }] },
  }
  const { object } = judge(pod, namespace, '/mutate')
  const made = object as ClusterObject
  return {
    ...made,
    metadata: {
      ...made.metadata,
      uid: `uid-of-${name}`,
      creationTimestamp: '2029-12-31T00:00:00Z',
    } as ClusterObject['metadata'],
    status: {
      phase: 'Running',
      initContainerStatuses: [
        {
          name: 'rolechain-sidecar',
          image: 'registry.example/rolechain-sidecar:0.1.0',
          started: true,
          state: { running: {} },
        },
      ],
    },
  }
}
