/** `explain` of what runs: its last failure, and how old its session is. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { FAILURES } from '../../../sidecar/core/failures/failures.ts'
import { startCluster } from '../cluster-of-objects.ts'
import { assertGolden } from '../golden.ts'
import { config, explain, openStage, podThatRuns, put, refreshed } from './explain-stage.ts'

let stage: Awaited<ReturnType<typeof openStage>>
before(async () => {
  stage = await openStage()
})
after(() => stage.close())

describe('explain, of what runs', () => {
  it('says how old its session is, with the names that it has', async () => {
    put(stage.cluster, podThatRuns({ started: true }), { log: [refreshed] })
    const { code, stdout } = await explain(['pod/web-1', ...stage.cluster.options, ...config])
    assert.equal(code, 0)
    assert.match(stdout, /session team-a\.web-1, 3600 s/)
    assert.match(stdout, /OIDC provider for https:\/\/issuer\.example\/cluster that/)
    assert.match(stdout, /default: session 12 min old, good until 2030-01-01T00:48:00Z/)
  })

  it('says the last failure with its fix, and what is served meanwhile', async () => {
    const failed = {
      time: '2029-12-31T23:59:00.000Z',
      event: 'refresh_failed',
      target: 'default',
      code: 'role_denied',
      // As the sidecar says it, with its advice at the end.
      message: `hop 2, arn:aws:iam::222222222222:role/reports-reader: AccessDenied. ${FAILURES.role_denied.advice}`,
    }
    put(stage.cluster, podThatRuns({ started: true }), { log: [refreshed, failed] })
    const { code, stdout } = await explain(['deploy/web', ...stage.cluster.options, ...config])
    assert.equal(code, 1)
    assertGolden('explain.failing.txt', stdout.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1'))
  })

  it('forgets a failure that has passed', async () => {
    const failed = { ...refreshed, event: 'refresh_failed', code: 'throttled', message: 'x' }
    put(stage.cluster, podThatRuns({ started: true }), { log: [failed, refreshed] })
    const { code, stdout } = await explain(['deploy/web', ...stage.cluster.options, ...config])
    assert.equal(code, 0)
    assert.ok(!stdout.includes('throttled'))
  })

  it('warns of nothing where a pod has done its work, and of the last failure where it failed', async () => {
    const ended = { started: false, state: { terminated: { exitCode: 0 } } }
    const failed = { ...refreshed, event: 'refresh_failed', code: 'throttled', message: 'x' }
    for (const [phase, ends] of [
      ['Succeeded', 0],
      ['Failed', 1],
    ] as const) {
      const pod = podThatRuns(ended)
      put(
        stage.cluster,
        { ...pod, status: { ...(pod['status'] as object), phase } },
        { log: [refreshed, failed] },
      )
      const { code, stdout } = await explain(['pod/web-1', ...stage.cluster.options, ...config])
      assert.equal(code, ends, stdout)
      assert.match(stdout, /web-1: sidecar has ended with the pod, restarts 0\n/)
      assert.doesNotMatch(stdout, /gate_closed/)
      assert.equal(stdout.includes('× throttled'), phase === 'Failed')
    }
  })

  it('finds a pod that was made without its sidecar', async () => {
    const pod = podThatRuns({ started: true })
    put(stage.cluster, { ...pod, spec: { containers: [{ name: 'web' }] }, status: {} })
    const { code, stdout } = await explain(['deploy/web', ...stage.cluster.options, ...config])
    assert.equal(code, 1)
    assert.match(stdout, /× pod_without_sidecar pod\/web-1: /)
  })

  it('goes by the defaults where the configuration of the webhook may not be seen', async () => {
    put(stage.cluster, podThatRuns({ started: true }), { log: [refreshed] })
    stage.cluster.objects.set('/apis/apps/v1/deployments', 403)
    const { code, stderr } = await explain(['deploy/web', ...stage.cluster.options])
    assert.equal(code, 0)
    assert.match(stderr, /cannot be seen in the cluster; its defaults are assumed/)
  })

  it('cannot reach a cluster that does not answer', async () => {
    const gone = await startCluster(mkdtempSync(join(stage.folder, 'gone-')))
    gone.close()
    const { code, stderr } = await explain(['deploy/web', ...gone.options, ...config])
    assert.equal(code, 3)
    assert.match(stderr, /The cluster http:.* does not answer: .*ECONNREFUSED/)
  })
})
