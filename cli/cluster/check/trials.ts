/** Dry runs: an object for each entry of the webhook that a dry run can show, sent to the API server and never made. */
import { isObject, textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { seenOr, type ListFacts, type TrialFacts, type TriedEntry } from '../../core/check/facts.ts'
import type { Installation } from '../../core/check/installation.ts'
import { annotationsOf, labelsOf, nameOf } from '../../core/check/objects.ts'
import { sidecarOf } from '../../core/check/pod-states.ts'
import type { Cluster } from '../cluster.ts'

/** Nobody has this AWS account. */
const ROLE = 'arn:aws:iam::000000000000:role/rolechain-check'

/** As small as any, and within Pod Security `restricted`. */
const SPEC = {
  automountServiceAccountToken: false,
  containers: [
    {
      name: 'app',
      image: 'none',
      resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '1m', memory: '1Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    },
  ],
}

/** All of them, at once. `enforce` only where a namespace has its label. */
export function tryEntries(
  cluster: Cluster,
  { namespace, prefix }: Installation,
  { namespaces }: ListFacts,
): Promise<readonly TrialFacts[]> {
  // A value that the webhook warns of: whoever is not asked cannot warn.
  const warned = { [`${prefix}/inject`]: 'check' }
  const enforced = seenOr(namespaces, []).find(
    (object) => labelsOf(object)[`${prefix}/enforce`] === 'true',
  )
  return Promise.all([
    send(cluster, {
      entry: 'chain',
      namespace,
      object: toPod({ [`${prefix}/target-role-arn`]: ROLE }),
    }),
    send(cluster, { entry: 'rest', namespace, object: toPod(warned) }),
    send(cluster, { entry: 'templates', namespace, object: toDeployment(warned) }),
    ...(enforced === undefined
      ? []
      : [send(cluster, { entry: 'enforce', namespace: nameOf(enforced), object: toPod(warned) })]),
  ])
}

const METADATA = { generateName: 'rolechain-check-', labels: { app: 'rolechain-check' } }

function toPod(annotations: Readonly<Record<string, string>>) {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...METADATA, annotations }, spec: SPEC }
}

function toDeployment(annotations: Readonly<Record<string, string>>) {
  const { labels } = METADATA
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: METADATA,
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec: SPEC },
    },
  }
}

interface Trial {
  readonly entry: TriedEntry
  readonly namespace: string
  readonly object: { readonly kind: string }
}

async function send(cluster: Cluster, { entry, namespace, object }: Trial): Promise<TrialFacts> {
  const api = object.kind === 'Pod' ? '/api/v1' : '/apis/apps/v1'
  const plural = `${object.kind.toLowerCase()}s`
  const { status, body, text, warnings } = await cluster.ask({
    method: 'POST',
    path: `${api}/namespaces/${encodeURIComponent(namespace)}/${plural}?dryRun=All`,
    body: object,
  })
  const answer: JsonObject = isObject(body) ? body : {}
  const isMade = status < 300
  return {
    entry,
    namespace,
    status,
    message: isMade ? '' : textAt(answer, 'message') || text.slice(0, 300),
    warnings: warnings.filter((warning) => warning.includes('rolechain')),
    hasSidecar: isMade && sidecarOf(answer) !== undefined,
    stamp: isMade ? stampOf(answer) : null,
  }
}

function stampOf(pod: JsonObject): string | null {
  const stamps = Object.entries(annotationsOf(pod)).filter(([name]) => name.endsWith('/injected'))
  return stamps[0]?.[1] ?? null
}
