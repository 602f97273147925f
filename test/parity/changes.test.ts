/**
 * Where we do better than the EKS pod identity webhook: what changes while the webhook runs, and what it does not lose
 * then.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { startMetadata } from '../webhook/configuration/metadata-double.ts'
import { admit } from './review.ts'
import { until } from '../webhook/kubernetes/cluster-of-a-test.ts'
import { startWebhookIn } from './webhook.ts'
import type { RunningWebhook, Surroundings } from './webhook.ts'

async function start(context: TestContext, surroundings: Surroundings): Promise<RunningWebhook> {
  const webhook = await startWebhookIn(surroundings)
  context.after(() => webhook.stop())
  return webhook
}

/** Says whether pods of a service account in team-a get credentials. */
async function isMutated(webhook: RunningWebhook, serviceAccountName: string): Promise<boolean> {
  const pod = { metadata: {}, spec: { serviceAccountName, containers: [{ name: 'app' }] } }
  return (await admit(webhook, { namespace: 'team-a', pod })).patchText !== ''
}

/** Waits until an error is logged that is not there yet. */
async function untilLogged(webhook: RunningWebhook, text: string): Promise<void> {
  const hasLogged = () =>
    webhook.logged.some(({ level, message }) => level === 'error' && String(message).includes(text))
  await until(() => hasLogged())
}

const serviceAccounts = [
  { namespace: 'team-a', name: 'one' },
  { namespace: 'team-a', name: 'two' },
]
const both = '{"team-a/one": {"RoleARN": "r"}, "team-a/two": {"RoleARN": "r"}}'

describe('ConfigMap mapping, as it changes', () => {
  const watching = { flags: ['--watch-config-map'], serviceAccounts, config: both }

  it('a changed ConfigMap counts at once', async (context) => {
    const webhook = await start(context, { flags: ['--watch-config-map'], serviceAccounts })
    assert.equal(await isMutated(webhook, 'one'), false)
    put(webhook, '{"team-a/one": {"RoleARN": "r"}}')
    await until(() => isMutated(webhook, 'one'))
    put(webhook, '{}')
    await until(async () => !(await isMutated(webhook, 'one')))
  })

  it('it is the one in the namespace of the flag', async (context) => {
    const webhook = await start(context, {
      flags: ['--watch-config-map', '--namespace=kube-system'],
      serviceAccounts,
    })
    webhook.kubernetes.configMaps.apply('kube-system', 'pod-identity-webhook', { config: both })
    await until(() => isMutated(webhook, 'one'))
  })

  it('bad JSON leaves the last good content in use, and an error is logged', async (context) => {
    const webhook = await start(context, watching)
    put(webhook, '{"team-a/one": ')
    await untilLogged(webhook, 'pod-identity-webhook')
    assert.equal(await isMutated(webhook, 'one'), true)
  })

  it('a value of a wrong type makes it as bad', async (context) => {
    const webhook = await start(context, watching)
    put(webhook, '{"team-a/one": {"RoleARN": 1}, "team-a/two": {"RoleARN": "r"}}')
    await untilLogged(webhook, 'pod-identity-webhook')
    assert.equal(await isMutated(webhook, 'one'), true)
  })

  it('ours: keys that went while the JSON was bad are gone', async (context) => {
    const webhook = await start(context, watching)
    put(webhook, '{')
    await untilLogged(webhook, 'pod-identity-webhook')
    put(webhook, '{"team-a/one": {"RoleARN": "r"}}')
    await until(async () => !(await isMutated(webhook, 'two')))
    assert.equal(await isMutated(webhook, 'one'), true)
  })

  it('ours: a deleted ConfigMap takes its mappings with it', async (context) => {
    const webhook = await start(context, watching)
    webhook.kubernetes.configMaps.remove('eks', 'pod-identity-webhook')
    await until(async () => !(await isMutated(webhook, 'one')))
  })
})

function put({ kubernetes }: RunningWebhook, config: string): void {
  kubernetes.configMaps.apply('eks', 'pod-identity-webhook', { config })
}

describe('The file of identities, as it changes', () => {
  const one = '{"identities": [{"namespace": "team-a", "serviceAccount": "one"}]}'
  const two = '{"identities": [{"namespace": "team-a", "serviceAccount": "two"}]}'

  it('a changed file counts, and one that is half written leaves the last in use', async (context) => {
    const webhook = await start(context, { serviceAccounts, identities: one })
    assert.equal(await isMutated(webhook, 'one'), true)
    const path = join(webhook.folder, 'identities.json')
    writeFileSync(path, two.slice(0, -5))
    await untilLogged(webhook, path)
    assert.equal(await isMutated(webhook, 'one'), true)
    writeFileSync(path, two)
    await until(() => isMutated(webhook, 'two'))
    assert.equal(await isMutated(webhook, 'one'), false)
  })
})

describe('compose-role-arn by instance metadata', () => {
  it('AWS account and partition come from the identity document, by a token', async (context) => {
    const { url, seen } = await startMetadata(context)
    const variable = 'AWS_EC2_METADATA_SERVICE_ENDPOINT'
    process.env[variable] = url
    context.after(() => Reflect.deleteProperty(process.env, variable))
    const annotations = { 'eks.amazonaws.com/role-arn': 'team/reader' }
    const webhook = await start(context, {
      flags: ['--compose-role-arn'],
      serviceAccounts: [{ namespace: 'team-a', name: 'one', annotations }],
    })
    const pod = {
      metadata: {},
      spec: { serviceAccountName: 'one', containers: [{ name: 'app' }] },
    }
    const { patchText } = await admit(webhook, { namespace: 'team-a', pod })
    assert.match(patchText, /"arn:aws-cn:iam::111111111111:role\/team\/reader"/)
    assert.deepEqual(seen, [
      'PUT /latest/api/token',
      'GET /latest/dynamic/instance-identity/document',
    ])
  })
})
