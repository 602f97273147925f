/**
 * The guard: a person with the built-in role `edit`, and one who may do everything, get into no sidecar of a running
 * pod. Each attempt is made again with the policies' bindings gone, and then succeeds: so it is the guard that stopped
 * it, and nothing else.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attempt as attemptCommand, type CommandOutcome } from './command.ts'
import { severalTargets } from './boundary/rules.ts'
import { assertTypesOf, bindingOf, without } from './policies.ts'
import {
  appContainer,
  applied,
  inNamespace,
  pod,
  podTemplate,
  until,
  type KubernetesObject,
  type Place,
} from './suite.ts'
import { ROLES } from './world.ts'

const REPORTS = severalTargets(ROLES.reports)
const BUSYBOX = 'localhost/busybox:1'
const RUNNING = podTemplate(REPORTS, { containers: [appContainer({ mode: 'forever' })] }).spec
const POLICIES = ['guard-pods.rolechain.io', 'guard-exec.rolechain.io']

const EDITOR: KubernetesObject = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'developer' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'developer' }],
}

type Attempt = (place: Place) => Promise<CommandOutcome>

function asEditor(...parameters: string[]): Attempt {
  return (place) => place.attempt('--as=developer', ...parameters)
}

function patched(containers: string, name: string): Attempt {
  const patch = JSON.stringify({ spec: { [containers]: [{ name, image: BUSYBOX }] } })
  return asEditor('patch', 'pod', 'watched', `--patch=${patch}`, '--dry-run=server')
}

/** Adds an ephemeral container as the API takes it; kubectl debug has no flag for mounts. */
function debugged(container: object, name = 'watched'): Attempt {
  return async (place) => {
    const before = await place.get('pod', name)
    const visitor = { name: 'visitor', image: BUSYBOX, ...container }
    const spec = { ...(before['spec'] as object), ephemeralContainers: [visitor] }
    const path = `/api/v1/namespaces/${place.namespace}/pods/${name}/ephemeralcontainers`
    const input = JSON.stringify({ ...before, spec })
    return place.attemptWith(input, 'replace', `--raw=${path}?dryRun=All`, '--filename=-')
  }
}

function mounting(volume: string): Attempt {
  return debugged({ volumeMounts: [{ name: volume, mountPath: '/seen' }] })
}

/** Whoever gets in stays there: so it is ended after a while. */
const attached: Attempt = ({ namespace }) =>
  attemptCommand([
    'timeout',
    '10',
    'kubectl',
    `--namespace=${namespace}`,
    '--as=developer',
    'attach',
    'watched',
    '--container=rolechain-sidecar',
  ])

const NODE = '/nodejs/bin/node'

/** What nobody may do, and how the guard's answer begins. */
const FORBIDDEN: Readonly<Record<string, readonly [attempt: Attempt, says: RegExp]>> = {
  'another image for the sidecar': [
    patched('initContainers', 'rolechain-sidecar'),
    /the image of the container rolechain-sidecar cannot be changed/,
  ],
  'the same by kubectl set image': [
    asEditor('set', 'image', 'pod/watched', `rolechain-sidecar=${BUSYBOX}`, '--dry-run=server'),
    /the image of the container rolechain-sidecar cannot be changed/,
  ],
  'the STS token in a debug container': [
    mounting('rolechain-sts-token'),
    /may not mount volumes of rolechain/,
  ],
  'the sessions in a debug container': [
    mounting('rolechain-state'),
    /may not mount volumes of rolechain/,
  ],
  'an endpoint token in a debug container': [
    mounting('rolechain-token-default'),
    /may not mount volumes of rolechain/,
  ],
  'the helper of profiles in a debug container': [
    mounting('rolechain-profiles'),
    /may not mount volumes of rolechain/,
  ],
  'a debug container among the processes of the sidecar': [
    debugged({ targetContainerName: 'rolechain-sidecar' }),
    /may not enter the processes of rolechain-sidecar/,
  ],
  'a debug container where all share their processes': [
    debugged({}, 'shared'),
    /share their processes.*--share-processes=false/s,
  ],
  'exec into the sidecar': [
    asEditor('exec', 'watched', '--container=rolechain-sidecar', '--', NODE, '--version'),
    /nobody may exec into or attach to rolechain-sidecar/,
  ],
  'attach to the sidecar': [attached, /nobody may exec into or attach to rolechain-sidecar/],
}

/** What goes on as it was. */
const ALLOWED: Readonly<Record<string, Attempt>> = {
  'another image for the application': patched('containers', 'app'),
  'a label': asEditor('label', 'pod', 'watched', 'seen=yes', '--dry-run=server'),
  'exec into the application': asEditor('exec', 'watched', '--', NODE, '--version'),
  'the log of the sidecar': asEditor('logs', 'watched', '--container=rolechain-sidecar'),
  'a debug container of its own': debugged({}),
  'a debug container among the processes of the application': debugged({
    targetContainerName: 'app',
  }),
}

async function isDenied(place: Place): Promise<boolean> {
  const [attempt] = FORBIDDEN['exec into the sidecar'] ?? []
  return (await attempt?.(place))?.exitCode !== 0
}

/** Runs `scenario` while the policies bind nobody; API servers take such changes up within seconds. */
async function withoutGuard(place: Place, scenario: () => Promise<void>): Promise<void> {
  await without(place, POLICIES.map(bindingOf), async () => {
    await until('the guard to be gone', async () => ((await isDenied(place)) ? undefined : true))
    await scenario()
  })
  await until('the guard to be back', async () => ((await isDenied(place)) ? true : undefined))
}

test('nobody gets into the sidecar of a running pod, and all else goes on', () =>
  inNamespace(async (place) => {
    await applied(
      place,
      EDITOR,
      pod('watched', REPORTS, RUNNING),
      pod('shared', REPORTS, { ...RUNNING, shareProcessNamespace: true }),
    )
    for (const name of ['watched', 'shared']) {
      await until(`credentials of ${name}`, async () => {
        const outcome = await place.outcome(name)
        return outcome?.identity === undefined ? undefined : true
      })
    }
    for (const [what, [attempt, says]] of Object.entries(FORBIDDEN)) {
      const { exitCode, stderr } = await attempt(place)
      assert.notEqual(exitCode, 0, what)
      assert.match(stderr, says, what)
    }
    for (const [what, attempt] of Object.entries(ALLOWED)) {
      const { exitCode, stderr } = await attempt(place)
      assert.equal(exitCode, 0, `${what}: ${stderr}`)
    }
    await withoutGuard(place, async () => {
      for (const [what, [attempt]] of Object.entries(FORBIDDEN)) {
        const { stderr } = await attempt(place)
        assert.doesNotMatch(stderr, /ValidatingAdmissionPolicy|forbidden/, what)
      }
    })
  }))

test('the API server finds no fault in the types of the policies', () => assertTypesOf(...POLICIES))

test("the sidecar has no token for the Kubernetes API, and the application's is as it was", () =>
  inNamespace(async (place) => {
    await applied(place, pod('tokens', REPORTS, RUNNING))
    const mountsOf = (kind: string, name: string) =>
      place.kubectl(
        'get',
        'pod',
        'tokens',
        `--output=jsonpath={.spec.${kind}[?(@.name=="${name}")].volumeMounts[*].name}`,
      )
    assert.doesNotMatch(await mountsOf('initContainers', 'rolechain-sidecar'), /kube-api-access/)
    assert.match(await mountsOf('containers', 'app'), /kube-api-access/)
  }))
