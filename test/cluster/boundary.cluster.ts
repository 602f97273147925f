/**
 * The boundary, with no webhook at all: what the webhook makes passes, and each forgery is refused by the rule that it
 * is about. Beside the policy of the chart there is one without each rule, in a namespace of its own: there the forgery
 * passes.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FORGERIES } from './boundary/forgeries.ts'
import { ALSO_REFUSED } from './boundary/forged-pod-identity.ts'
import {
  ASSOCIATED,
  forged,
  isPodIdentityRule,
  isProfileRule,
  RULES,
  severalTargets,
  type Rule,
} from './boundary/rules.ts'
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
import { assertTypesOf, withoutWebhooks } from './policies.ts'
import { tryToMake, type Proxy } from './proxy.ts'
import {
  applied,
  inNamespace,
  serviceAccount,
  toPlace,
  type KubernetesObject,
  type Place,
} from './suite.ts'
import { ROLES } from './world.ts'

interface Validation {
  readonly message?: string
  readonly messageExpression?: string
}

interface Policy extends KubernetesObject {
  readonly spec: { readonly validations: readonly Validation[] }
}

const NAMES = Object.keys(RULES) as readonly Rule[]
const WITHOUT = 'suite-without'

function isOf(rule: Rule, { message = '', messageExpression = '' }: Validation): boolean {
  return `${message}${messageExpression}`.includes(RULES[rule])
}

/** The policy without one of its rules, for namespaces that are labelled with the rule. */
function without(rule: Rule, policy: Policy): readonly KubernetesObject[] {
  const { apiVersion, kind, spec } = policy
  const name = `without-${rule.toLowerCase()}.suite`
  const validations = spec.validations.filter((validation) => !isOf(rule, validation))
  assert.equal(validations.length, spec.validations.length - 1, rule)
  return [
    { apiVersion, kind, metadata: { name }, spec: { ...spec, validations } },
    {
      apiVersion,
      kind: `${kind}Binding`,
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { [WITHOUT]: rule } } },
      },
    },
  ]
}

function namespaceWithout(place: Place, rule: Rule): KubernetesObject {
  const name = `${place.namespace}-${rule.toLowerCase()}`
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [WITHOUT]: rule } } }
}

const PRIVILEGED = { 'pod-security.kubernetes.io/enforce': 'privileged' }
const values = boundaryValues()

/** What the webhook makes, by what is special about it. */
function admittedPods(namespace: string): Readonly<Record<string, object>> {
  const chain = { 'rolechain.io/target-role-arn': ROLES.reports }
  const targets = `{a: {chain: [{roleArn: '${ROLES.reports}'}]}}`
  const withSettings = (settings: Readonly<Record<string, string>>) =>
    admittedPod(namespace, values, { annotations: { ...chain, ...settings } })
  return {
    'as ever': admittedPod(namespace, values),
    'with the gate off': withSettings({ 'rolechain.io/gate': 'off' }),
    'with a region': withSettings({ 'rolechain.io/region': 'ap-southeast-4' }),
    'with other resources': withSettings({ 'rolechain.io/sidecar-memory-limit': '200Mi' }),
    'with tags and an external id': withSettings({
      'rolechain.io/external-id': 'team-a',
      'rolechain.io/session-tags': 'a={pod},b!=c',
    }),
    'with targets': admittedPod(namespace, values, {
      annotations: { 'rolechain.io/targets': targets },
    }),
    'with EKS Pod Identity': admittedPod(namespace, values, {
      annotations: { ...chain, ...ASSOCIATED },
    }),
    'with EKS Pod Identity alone': associated(namespace),
    'with profiles': withProfiles(namespace),
    'with profiles, and what others mount': admittedPod(namespace, values, {
      annotations: severalTargets(ROLES.reports),
      spec: {
        volumes: [{ name: 'mine', emptyDir: {} }],
        containers: [
          {
            name: 'app',
            image: 'localhost/busybox:1',
            volumeMounts: [
              { name: 'mine', mountPath: '/opt/rolechain.io2' },
              { name: 'mine', mountPath: '/opt/app/rolechain.io', subPath: 'a' },
              { name: 'mine', mountPath: '/opt', subPath: 'b' },
            ],
          },
        ],
      },
    }),
    'after an init container': admittedPod(namespace, values, {
      spec: { initContainers: [{ name: 'migrate', image: 'localhost/busybox:1' }] },
    }),
  }
}

function withProfiles(namespace: string): object {
  return admittedPod(namespace, values, { annotations: severalTargets(ROLES.reports) })
}

function associated(namespace: string): object {
  return admittedPod(namespace, values, { annotations: ASSOCIATED })
}

async function assertForgeries(place: Place, proxy: Proxy): Promise<number> {
  const { namespace } = place
  const single = admittedPod(namespace, values)
  const several = withProfiles(namespace)
  const ofEks = associated(namespace)
  let count = 0
  for (const rule of NAMES) {
    for (const [what, changes] of Object.entries(FORGERIES[rule])) {
      const pod = forged(
        isProfileRule(rule) ? several : isPodIdentityRule(rule) ? ofEks : single,
        changes,
      )
      const says = await tryToMake(proxy, { namespace, resource: 'pods' }, pod)
      assert.match(says, /ValidatingAdmissionPolicy 'boundary-pods\.rolechain\.io'/, what)
      assert.ok(says.includes(RULES[rule]), `${what}: ${says}`)
      const open = `${namespace}-${rule.toLowerCase()}`
      const other = await tryToMake(proxy, { namespace: open, resource: 'pods' }, pod)
      assert.equal(other, '', `${what}, without the rule ${rule}`)
      count += 1
    }
  }
  for (const [what, rule, changes] of ALSO_REFUSED) {
    const pod = forged(ofEks, changes)
    const says = await tryToMake(proxy, { namespace, resource: 'pods' }, pod)
    assert.ok(says.includes(RULES[rule]), `${what}: ${says}`)
    count += 1
  }
  return count
}

test('each forgery is refused by the rule that it is about, and what the webhook makes passes', (context) =>
  inNamespace(
    async (place) => {
      const rendered = await renderBoundary(values)
      const policy = rendered.find(({ metadata }) => metadata['name'] === POLICIES[0]) as Policy
      const copies = NAMES.flatMap((rule) => without(rule, policy))
      const namespaces = NAMES.map((rule) => namespaceWithout(place, rule))
      assert.equal(policy.spec.validations.length, NAMES.length, 'every rule has forgeries')
      await withoutWebhooks(place, () =>
        withObjects(place, [...rendered, ...namespaces, ...copies], () =>
          withProxy(async (proxy) => {
            for (const { metadata } of namespaces)
              await applied(toPlace(String(metadata['name'])), serviceAccount('reporter'))
            const genuine = admittedPod(place.namespace, values)
            const host = forged(genuine, FORGERIES.host['the memory of the node'] ?? [])
            for (const { metadata } of [{ metadata: { name: place.namespace } }, ...namespaces]) {
              const name = String(metadata['name'])
              const isOpen = name.endsWith('-host')
              const pod = isOpen
                ? forged(genuine, [['add', '/spec/shareProcessNamespace', true]])
                : host
              await isRefused(proxy, name, { pod, says: /ValidatingAdmissionPolicy/ })
            }
            context.diagnostic(`forgeries refused: ${await assertForgeries(place, proxy)}`)
            for (const [what, pod] of Object.entries(admittedPods(place.namespace))) {
              const said = await tryToMake(
                proxy,
                { namespace: place.namespace, resource: 'pods' },
                pod,
              )
              assert.equal(said, '', what)
            }
            await assertTypesOf(...POLICIES)
          }),
        ),
      )
    },
    { ...BOUNDARY, ...PRIVILEGED },
  ))
