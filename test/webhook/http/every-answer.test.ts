/** Every answer is a review, whatever fails beside it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppParts } from '../../../webhook/http/app.ts'
import { createMetrics } from '../../../webhook/metrics/metrics.ts'
import type { Verdict } from '../../../webhook/core/review/verdict.ts'
import {
  baseRole,
  chainPod,
  createAppUnderTest,
  plainPod,
  review,
  serviceAccount,
  toBody,
} from './app-under-test.ts'
import type { Surroundings } from './app-under-test.ts'

const fail = () => {
  throw new Error('out of order')
}
const metrics = createMetrics({ countServiceAccounts: () => 0, isUsed: () => false })
const withRole = serviceAccount({ 'eks.amazonaws.com/role-arn': baseRole })
const live = { kind: 'found', serviceAccount: withRole } as const
const deployment = {
  kind: { kind: 'Deployment' },
  name: 'd',
  object: { spec: { template: plainPod } },
}

const broken: Readonly<Record<string, Partial<AppParts>>> = {
  'the log': { log: fail },
  'a count of requests': { metrics: { ...metrics, requestAnswered: fail } },
  'a count of reviews': { metrics: { ...metrics, reviewed: fail, templateReviewed: fail } },
}

for (const [what, parts] of Object.entries(broken)) {
  test(`answers as always when ${what} fails`, async () => {
    const surroundings: Surroundings = { cached: withRole, live }
    const whole = createAppUnderTest(surroundings).app
    const { app } = createAppUnderTest({ ...surroundings, parts })
    for (const [body, url] of [
      [toBody(plainPod), '/mutate'],
      [toBody(chainPod), '/mutate/enforce'],
      [toBody(plainPod, { namespace: 7 }), '/mutate'],
      [toBody({}, deployment), '/validate'],
    ] as const) {
      const [answer, expected] = await Promise.all([
        review(app, body, url),
        review(whole, body, url),
      ])
      assert.equal(answer.uid, 'uid-1')
      assert.deepEqual({ ...answer, patch: '' }, { ...expected, patch: '' })
    }
  })
}

test('a pod that waited in vain goes on when counting it fails', async () => {
  const { app } = createAppUnderTest({ onMissed: fail })
  const { allowed, auditAnnotations } = await review(app, toBody(plainPod))
  assert.deepEqual([allowed, auditAnnotations?.['reason']], [true, 'service_account_unknown'])
})

test('a judgement that fails is told in a review: denied for who asks for a role', async () => {
  const judges: Readonly<Record<string, Pick<AppParts, 'judge' | 'judgeTemplate' | 'judgeFinal'>>> =
    {
      'at once': { judge: fail, judgeTemplate: fail, judgeFinal: fail },
      later: {
        judge: () => Promise.reject(new Error('late')),
        judgeTemplate: () => Promise.reject(new Error('late')),
        judgeFinal: () => Promise.reject(new Error('late')),
      },
    }
  for (const [when, parts] of Object.entries(judges)) {
    const { app } = createAppUnderTest({ parts })
    assert.equal((await review(app, toBody(plainPod))).allowed, true, when)
    assert.equal((await review(app, toBody(plainPod), '/mutate/enforce')).allowed, false, when)
    assert.equal((await review(app, toBody(chainPod))).allowed, false, when)
    assert.equal((await review(app, toBody(plainPod), '/verify')).allowed, false, when)
    assert.equal((await review(app, toBody({}, deployment), '/validate')).allowed, true, when)
  }
})

test('a verdict that cannot be written down is told in a review', async () => {
  const endless: Record<string, unknown> = {}
  endless['self'] = endless
  const verdict = {
    kind: 'patched',
    mode: 'chain',
    reasons: [],
    warnings: [],
    auditAnnotations: {},
    patch: [endless],
  } as unknown as Verdict
  const { app } = createAppUnderTest({ parts: { judge: () => verdict } })
  const { uid, allowed, status } = await review(app, toBody(chainPod))
  assert.deepEqual([uid, allowed], ['uid-1', false])
  assert.match(status?.message ?? '', /an error in the rolechain webhook/)
})

test('waits no longer than Kubernetes lets anybody wait, whatever the query says', async () => {
  for (const [timeout, mayTakeMs] of [
    ['10s', 9700],
    ['30s', 29_700],
    ['9999999h', 29_700],
    [`${'9'.repeat(400)}h`, 29_700],
    ['2562047h47m16.854775807s', 29_700],
    ['0', 0],
    ['1ns', 0],
    ['-5s', 4700],
    ['NaN', 4700],
    ['Infinity', 4700],
    ['', 4700],
    ['5s&timeout=9h', 4700],
  ] as const) {
    const { app, lookups } = createAppUnderTest()
    await review(app, toBody(chainPod), `/mutate?timeout=${timeout}`)
    assert.deepEqual(
      lookups.map((lookup) => lookup.mayTakeMs),
      [mayTakeMs],
      timeout,
    )
  }
})
