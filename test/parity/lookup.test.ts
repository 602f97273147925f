/** What becomes of pods whose service account the webhook does not know yet. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { admit } from './review.ts'
import type { Admitted } from './review.ts'
import { until } from '../webhook/kubernetes/cluster-of-a-test.ts'
import { startListeningWebhook, startWebhookIn } from './webhook.ts'
import type { RunningWebhook } from './webhook.ts'

const late = {
  namespace: 'team-a',
  name: 'late',
  annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/late' },
}
const pod = { metadata: {}, spec: { serviceAccountName: 'late', containers: [{ name: 'app' }] } }
const request = { namespace: 'team-a', pod }

/** Its watch tells nothing any more, and none of its service accounts is called `late`. */
async function startBlind(
  context: TestContext,
  flags: readonly string[] = [],
): Promise<RunningWebhook> {
  const webhook = await startWebhookIn({ flags })
  context.after(() => webhook.stop())
  webhook.kubernetes.breakAll('watch', { kind: 'hang' })
  webhook.kubernetes.dropWatches()
  return webhook
}

function countReads({ kubernetes }: RunningWebhook): number {
  return kubernetes.requests.filter(({ kind }) => kind === 'read').length
}

function assertMutated({ patchText }: Admitted): void {
  assert.match(patchText, /role\/late/)
}

function assertWarned({ response, patchText }: Admitted): void {
  assert.equal(patchText, '')
  assert.equal(response.warnings?.length, 1)
  assert.match(response.warnings?.[0] ?? '', /late/)
}

describe('Service account lookup', () => {
  it('a service account that changes is seen through the watch', async (context) => {
    const webhook = await startWebhookIn({ serviceAccounts: [{ ...late, annotations: {} }] })
    context.after(() => webhook.stop())
    assert.equal((await admit(webhook, request)).patchText, '')
    webhook.kubernetes.apply(late)
    await until(async () => (await admit(webhook, request)).patchText !== '')
    webhook.kubernetes.remove('team-a', 'late')
    await until(async () => (await admit(webhook, request)).patchText === '')
  })

  it('ours: a miss is read live, without any flag', async (context) => {
    const webhook = await startBlind(context)
    webhook.kubernetes.apply(late)
    assertMutated(await admit(webhook, request))
  })

  it('with a grace period of 0 a miss is admitted at once, without a live read', async (context) => {
    const webhook = await startBlind(context, ['--service-account-lookup-grace-period=0'])
    webhook.kubernetes.apply(late)
    const { patchText } = await admit(webhook, request)
    assert.deepEqual([patchText, countReads(webhook)], ['', 0])
  })

  it('ours: with a grace period of 0 a warning says so', async (context) => {
    const webhook = await startBlind(context, ['--service-account-lookup-grace-period=0'])
    assertWarned(await admit(webhook, request))
  })

  it('a service account that the watch tells within the period ends the wait', async (context) => {
    const webhook = await startWebhookIn({ flags: ['--service-account-lookup-grace-period=1h'] })
    context.after(() => webhook.stop())
    webhook.kubernetes.breakAll('read', { kind: 'hang' })
    const admitted = admit(webhook, { ...request, timeout: '30s' })
    await until(() => countReads(webhook) > 0)
    webhook.kubernetes.apply(late)
    assertMutated(await admitted)
  })

  it('when the period ends the pod is admitted unchanged', async (context) => {
    const webhook = await startBlind(context, ['--service-account-lookup-grace-period=50ms'])
    webhook.kubernetes.breakAll('read', { kind: 'hang' })
    assert.equal((await admit(webhook, request)).patchText, '')
  })

  it('ours: when the period ends a warning says so', async (context) => {
    const webhook = await startBlind(context, ['--service-account-lookup-grace-period=50ms'])
    webhook.kubernetes.breakAll('read', { kind: 'hang' })
    assertWarned(await admit(webhook, request))
  })

  it('ours: an API that says 404 ends the wait', async (context) => {
    const webhook = await startBlind(context, ['--service-account-lookup-grace-period=1h'])
    assert.equal((await admit(webhook, { ...request, timeout: '1h' })).patchText, '')
  })

  it("ours: the wait ends within the review's own timeout", async (context) => {
    const webhook = await startBlind(context, ['--service-account-lookup-grace-period=1h'])
    webhook.kubernetes.breakAll('read', { kind: 'hang' })
    assertWarned(await admit(webhook, { ...request, timeout: '400ms' }))
  })

  it('ours: pods of one service account share a live read', async (context) => {
    const webhook = await startBlind(context)
    webhook.kubernetes.apply(late)
    webhook.kubernetes.break('read', { kind: 'delay', ms: 200 })
    const admitted = await Promise.all(Array.from({ length: 8 }, () => admit(webhook, request)))
    admitted.forEach(assertMutated)
    assert.ok(countReads(webhook) < 8)
  })

  it('ours: a live read that takes longer than a second ends nothing', async (context) => {
    const webhook = await startBlind(context)
    webhook.kubernetes.apply(late)
    webhook.kubernetes.break('read', { kind: 'hang' })
    assertWarned(await admit(webhook, request))
    await until(async () => (await admit(webhook, request)).patchText !== '')
  })

  it('ours: pods are mutated also before the service accounts are read, and it is not ready yet', async (context) => {
    const webhook = await startListeningWebhook({ serviceAccounts: [late] }, (kubernetes) => {
      kubernetes.breakAll('list', { kind: 'hang' })
    })
    context.after(() => webhook.stop())
    // The version of the API server has come by then.
    await until(async () => {
      const { code } = await webhook.send({ path: '/mutate', body: '{}', headers: json })
      return code !== 503
    })
    assertMutated(await admit(webhook, request))
    assert.equal((await webhook.send({ path: '/readyz' })).code, 503)
  })
})

const json = { 'content-type': 'application/json' }
