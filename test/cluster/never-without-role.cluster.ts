/**
 * No pod starts without the role that stands on its service account, also while no webhook is called. What slips
 * through when both are written in one moment is printed: this is a safety net.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { assertTypesOf, bindingOf, without, withoutWebhooks } from './policies.ts'
import {
  appContainer,
  applied,
  inNamespace,
  pod,
  serviceAccount,
  until,
  type KubernetesObject,
  type Place,
} from './suite.ts'
import { ROLES } from './world.ts'

const POLICY = 'never-without-role.rolechain.io'
const FILE = 'docs/never-without-role.yaml'
const POLICY_OF_FILE = 'irsa-never-without-role'
const CHAIN = { 'rolechain.io/target-role-arn': ROLES.reports }
const ROLE = { 'eks.amazonaws.com/role-arn': ROLES.base }
const LABEL = { 'rolechain.io/chain': 'true' }

type Texts = Readonly<Record<string, string>>

function labelled(name: string, annotations: Texts, labels: Texts = LABEL): KubernetesObject {
  return { ...serviceAccount(name), metadata: { name, annotations, labels } }
}

function podOf(name: string, annotations: Texts = {}, spec: object = {}): KubernetesObject {
  return pod(name, annotations, { serviceAccountName: name, ...spec })
}

function created(place: Place, object: KubernetesObject) {
  return place.attemptWith(JSON.stringify(object), 'create', '--dry-run=server', '--filename=-')
}

async function isRefused(place: Place, name: string): Promise<boolean> {
  const { exitCode, stderr } = await created(place, podOf(name))
  if (exitCode !== 0) assert.match(stderr, /nobody has given/)
  return exitCode !== 0
}

/** API servers take up what is written within a moment. */
async function becomes(place: Place, name: string, refused: boolean): Promise<void> {
  const what = `pods of ${name} to be ${refused ? 'refused' : 'admitted'}`
  await until(what, async () => ((await isRefused(place, name)) === refused ? true : undefined))
}

/** With the given service accounts; each says whether its pods are refused. */
const CASES: Readonly<Record<string, readonly [KubernetesObject, RegExp | null]>> = {
  'a chain': [labelled('chain', CHAIN), /service account chain asks for an AWS role/],
  'a named chain': [labelled('named', { 'rolechain.io/target': 'x' }), /nobody has given this pod/],
  'several targets': [labelled('several', { 'rolechain.io/targets': '{}' }), /its sidecar/],
  'a misspelt key': [labelled('misspelt', { 'rolechain.io/roleArn': ROLES.reports }), /sidecar/],
  'a role': [labelled('role', ROLE), /service account role has an AWS role/],
  'an empty role': [labelled('empty', { 'eks.amazonaws.com/role-arn': '' }), null],
  'a chain without the label': [labelled('unlabelled', CHAIN, {}), null],
  'another value of the label': [labelled('false', CHAIN, { 'rolechain.io/chain': 'false' }), null],
  'nothing at all': [labelled('nothing', {}), null],
}

const SIDECAR = { ...appContainer({ name: 'rolechain-sidecar' }), restartPolicy: 'Always' }

test('pods are refused without the role that stands on their labelled service account', () =>
  inNamespace(async (place) => {
    await applied(place, ...Object.values(CASES).map(([object]) => object))
    await withoutWebhooks(place, async () => {
      await becomes(place, 'chain', true)
      await becomes(place, 'role', true)
      for (const [what, [{ metadata }, says]] of Object.entries(CASES)) {
        const { exitCode, stderr } = await created(place, podOf(String(metadata['name'])))
        assert.equal(exitCode === 0, says === null, `${what}: ${stderr}`)
        if (says !== null) assert.match(stderr, says, what)
      }
      const left = { 'rolechain.io/inject': 'false' }
      const withRole = { ...appContainer(), env: [{ name: 'AWS_ROLE_ARN', value: ROLES.base }] }
      for (const admitted of [
        podOf('chain', left),
        podOf('role', left),
        podOf('chain', {}, { initContainers: [SIDECAR] }),
        podOf('role', {}, { initContainers: [SIDECAR] }),
        podOf('role', {}, { containers: [withRole] }),
      ]) {
        const { exitCode, stderr } = await created(place, admitted)
        assert.equal(exitCode, 0, stderr)
      }
      await without(place, [bindingOf(POLICY)], () => becomes(place, 'chain', false))
    })
  }))

test('what is written in one moment', (context) =>
  inNamespace(async (place) => {
    await withoutWebhooks(place, async () => {
      let together = 0
      for (let index = 0; index < 10; index += 1) {
        const name = `new-${index}`
        const { stderr } = await place.apply(labelled(name, CHAIN), podOf(name))
        if (/nobody has given/.test(stderr)) together += 1
      }
      context.diagnostic(`refused of 10 that came with their service account: ${together}`)
      let later = 0
      for (let index = 0; index < 10; index += 1) {
        const name = `old-${index}`
        await applied(place, labelled(name, {}))
        const [, refused] = await Promise.all([
          place.apply(labelled(name, CHAIN)),
          isRefused(place, name),
        ])
        if (refused) later += 1
        await becomes(place, name, true)
      }
      context.diagnostic(`refused of 10 in the moment of the annotation: ${later}; after it: all`)
    })
  }))

test('the file for those who have only IRSA does the same for roles', () =>
  inNamespace(async (place) => {
    await applied(place, labelled('chain', CHAIN), labelled('role', ROLE))
    await withoutWebhooks(place, () =>
      without(place, [bindingOf(POLICY)], async () => {
        await becomes(place, 'role', false)
        const { exitCode, stderr } = await place.attempt('create', `--filename=${FILE}`)
        assert.equal(exitCode, 0, stderr)
        try {
          await becomes(place, 'role', true)
          await becomes(place, 'chain', false)
          const skipped = podOf('role')
          const labels = { 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' }
          const metadata = { ...skipped.metadata, labels }
          assert.equal((await created(place, { ...skipped, metadata })).exitCode, 0)
          await assertTypesOf(POLICY_OF_FILE)
        } finally {
          await place.kubectl('delete', `--filename=${FILE}`)
        }
      }),
    )
    const text = await readFile('charts/rolechain/templates/never-without-role.yaml', 'utf8')
    assert.ok(!text.includes(POLICY_OF_FILE), 'the chart takes nothing over that was applied')
  }))

test('the API server finds no fault in the types of the policy', () => assertTypesOf(POLICY))

test('while the webhook answers, pods of such service accounts start as ever', () =>
  inNamespace(async (place) => {
    const annotations = { ...ROLE, ...CHAIN }
    await applied(place, labelled('reporter', annotations))
    const { exitCode, stderr } = await created(place, podOf('reporter'))
    assert.equal(exitCode, 0, stderr)
  }))
