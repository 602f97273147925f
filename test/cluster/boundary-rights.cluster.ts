/** What somebody with the built-in role `edit` tries in a namespace of the boundary, with no webhook. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FORGERIES } from './boundary/forgeries.ts'
import { forged } from './boundary/rules.ts'
import {
  admittedPod,
  BOUNDARY,
  boundaryValues,
  isRefused,
  POLICIES,
  renderBoundary,
  withObjects,
  withProxy,
} from './boundary/stage.ts'
import type { CommandOutcome } from './command.ts'
import { bindingOf, withoutWebhooks } from './policies.ts'
import { applied, inNamespace, until, type KubernetesObject, type Place } from './suite.ts'

const EDITOR: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'developer' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'developer' }],
}

const values = boundaryValues()
const AS = '--as=developer'

function make(place: Place, object: object): Promise<CommandOutcome> {
  return place.attemptWith(JSON.stringify(object), AS, 'create', '--filename=-')
}

/** What is refused at once, and by whom. */
function attempts(
  place: Place,
): Readonly<Record<string, readonly [Promise<CommandOutcome>, RegExp]>> {
  const genuine = admittedPod(place.namespace, values)
  const forge = (rule: 'irsa' | 'image' | 'roles' | 'mounts', what: string) =>
    make(place, forged(genuine, FORGERIES[rule][what] ?? []))
  const byPolicy = /ValidatingAdmissionPolicy 'boundary-/
  return {
    'a pod with a token of its own': [
      forge('irsa', 'a token for STS in the application'),
      byPolicy,
    ],
    'a sidecar of another image': [forge('image', 'another image'), byPolicy],
    'a role that is not listed': [forge('roles', 'a role that is not listed'), byPolicy],
    'the token in the application': [forge('mounts', 'the token in the application'), byPolicy],
    'a token for STS': [
      place.attempt(AS, 'create', 'token', 'reporter', '--audience=sts.amazonaws.com'),
      /made by kubelets only/,
    ],
    'a token for EKS Pod Identity among others': [
      place.attempt(
        AS,
        'create',
        'token',
        'reporter',
        '--audience=vault',
        '--audience=pods.eks.amazonaws.com',
      ),
      /made by kubelets only/,
    ],
    'a namespace outside the boundary': [
      place.attempt(AS, 'label', 'namespace', place.namespace, 'rolechain.io/boundary-'),
      /cannot patch resource "namespaces"/,
    ],
    'no policy': [
      place.attempt(AS, 'delete', bindingOf(POLICIES[0])),
      /cannot delete resource "validatingadmissionpolicybindings"/,
    ],
  }
}

async function assertWorkloadIsRefused(place: Place): Promise<void> {
  const pod = forged(admittedPod(place.namespace, values), FORGERIES.image['another image'] ?? [])
  const { spec } = pod as { spec: object }
  const labels = { app: 'forged' }
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'forged' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  }
  const { exitCode, stderr } = await make(place, workload)
  assert.equal(exitCode, 0, stderr)
  await until('the event of the ReplicaSet', async () => {
    const events = await place.kubectl('get', 'events', '--output=jsonpath={.items[*].message}')
    return events.includes('the image of rolechain-sidecar is not one of this cluster')
      ? true
      : undefined
  })
  assert.equal(await place.kubectl('get', 'pods', '--selector=app=forged', '--output=name'), '')
}

test('who has the role edit gets no token for AWS, and all else goes on', () =>
  inNamespace(async (place) => {
    const rendered = await renderBoundary(values)
    await withoutWebhooks(place, () =>
      withObjects(place, rendered, async () => {
        await applied(place, EDITOR)
        await withProxy((proxy) => {
          const pod = forged(
            admittedPod(place.namespace, values),
            FORGERIES.host['the memory of the node'] ?? [],
          )
          return isRefused(proxy, place.namespace, { pod, says: /ValidatingAdmissionPolicy/ })
        })
        await until('tokens to be refused', async () => {
          const parameters = ['create', 'token', 'reporter', '--audience=sts.amazonaws.com']
          return (await place.attempt(...parameters)).exitCode === 0 ? undefined : true
        })
        for (const [what, [outcome, says]] of Object.entries(attempts(place))) {
          const { exitCode, stderr } = await outcome
          assert.notEqual(exitCode, 0, what)
          assert.match(stderr, says, what)
        }
        await assertWorkloadIsRefused(place)
        const other = await place.attempt(AS, 'create', 'token', 'reporter', '--audience=vault')
        assert.equal(other.exitCode, 0, other.stderr)
        const genuine = await make(place, admittedPod(place.namespace, values))
        assert.equal(genuine.exitCode, 0, genuine.stderr)
        const labelled = await place.attempt(AS, 'label', 'pod', 'pod', 'seen=yes')
        assert.equal(labelled.exitCode, 0, labelled.stderr)
      }),
    )
  }, BOUNDARY))
