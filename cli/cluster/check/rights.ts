/** Who may do what, asked of the API server itself: the webhook's service account, and whoever runs the command. */
import { isObject, objectAt } from '../../../webhook/core/formats/json.ts'
import type { RightFacts } from '../../core/check/facts.ts'
import { CONFIGURATION_NAME, type Installation } from '../../core/check/installation.ts'
import { RefusedError, type Cluster } from '../cluster.ts'

interface Right {
  readonly verb: string
  readonly group?: string
  /** Or the path of a URL that is no object's. */
  readonly resource: string
  readonly name?: string
  readonly namespace?: string
}

/** What the chart's roles give it, by how it is installed. */
export function readWebhookRights(
  cluster: Cluster,
  { namespace, name, hasSelfMadeCertificate, watchesConfigMap }: Installation,
): Promise<readonly RightFacts[]> {
  const secret = { resource: 'secrets', namespace }
  const rights: readonly Right[] = [
    ...['get', 'list', 'watch'].map((verb) => ({ verb, resource: 'serviceaccounts' })),
    { verb: 'get', resource: '/version' },
    ...(hasSelfMadeCertificate
      ? [
          ...['get', 'patch'].flatMap((verb) =>
            ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].map(
              (resource) => ({
                verb,
                group: 'admissionregistration.k8s.io',
                resource,
                name: CONFIGURATION_NAME,
              }),
            ),
          ),
          ...['get', 'update'].map((verb) => ({ verb, ...secret, name: `${name}-certificate` })),
          { verb: 'create', ...secret },
        ]
      : []),
    ...(watchesConfigMap
      ? [{ verb: 'watch', resource: 'configmaps', namespace, name: 'pod-identity-webhook' }]
      : []),
  ]
  return review(cluster, rights, {
    kind: 'SubjectAccessReview',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ['system:serviceaccounts', 'system:authenticated'],
    },
  })
}

const CHART_OBJECTS: readonly Right[] = [
  { verb: 'create', resource: 'namespaces' },
  ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((resource) => ({
    verb: 'create',
    group: 'rbac.authorization.k8s.io',
    resource,
  })),
  ...[
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
    'validatingadmissionpolicies',
    'validatingadmissionpolicybindings',
  ].map((resource) => ({ verb: 'create', group: 'admissionregistration.k8s.io', resource })),
  { verb: 'create', group: 'apps', resource: 'deployments' },
  ...['services', 'serviceaccounts', 'configmaps', 'secrets'].map((resource) => ({
    verb: 'create',
    resource,
  })),
]

/** Whether whoever runs the command may make what the chart has. */
export function readOwnRights(cluster: Cluster): Promise<readonly RightFacts[]> {
  return review(cluster, CHART_OBJECTS, {
    kind: 'SelfSubjectAccessReview',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    spec: {},
  })
}

interface Reviewing {
  readonly kind: string
  readonly path: string
  readonly spec: object
}

function review(
  cluster: Cluster,
  rights: readonly Right[],
  { kind, path, spec }: Reviewing,
): Promise<readonly RightFacts[]> {
  return Promise.all(
    rights.map(async (right) => {
      const answer = await cluster.ask({
        method: 'POST',
        path,
        body: { apiVersion: 'authorization.k8s.io/v1', kind, spec: { ...spec, ...toSpec(right) } },
      })
      if (answer.status >= 400) throw new RefusedError(answer)
      const { allowed } = objectAt(isObject(answer.body) ? answer.body : {}, 'status')
      return { what: toWords(right), isAllowed: allowed === true }
    }),
  )
}

function toSpec({ verb, group = '', resource, name, namespace }: Right): object {
  return resource.startsWith('/')
    ? { nonResourceAttributes: { verb, path: resource } }
    : { resourceAttributes: { verb, group, resource, name, namespace } }
}

function toWords({ verb, resource, name, namespace }: Right): string {
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`
  return `${verb} ${resource}${name === undefined ? '' : `/${name}`}${where}`
}
