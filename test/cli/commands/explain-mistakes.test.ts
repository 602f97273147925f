/** The commonest mistakes: what `explain` says of each is the fix. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fixture } from '../golden.ts'
import type { Ended } from '../run.ts'
import {
  config,
  explain,
  openStage,
  podThatRuns,
  put,
  refreshed,
  reports,
} from './explain-stage.ts'

let stage: Awaited<ReturnType<typeof openStage>>
before(async () => {
  stage = await openStage()
})
after(() => stage.close())

const change = (from: string | RegExp, to: string) => async () => {
  const changed = reports.replace(from, to)
  assert.notEqual(changed, reports)
  return explain(['-f', '-', ...config], changed)
}

/** What is told of a pod whose sidecar failed so. */
const failing = (code: string) => async () => {
  const failed = { ...refreshed, event: 'refresh_failed', code, message: `hop 1: ${code}` }
  put(stage.cluster, podThatRuns({ started: false }), { log: [failed] })
  return explain(['deploy/web', ...stage.cluster.options, ...config])
}

const refusing = (message: string) => async () => {
  put(stage.cluster, podThatRuns({ started: true }), {
    log: [refreshed],
    own: { status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] } },
  })
  return explain(['deploy/web', ...stage.cluster.options, ...config])
}

/** The ten commonest mistakes, each with its code, what is said, and a word of the fix. */
const MISTAKES: Readonly<
  Record<string, readonly [run: () => Promise<Ended>, code: string, fix: RegExp]>
> = {
  'a wrong ARN': [
    change('222222222222:role', '2222:role'),
    'bad_value',
    /'arn:aws:iam::2222:role\/reports-reader' is not the ARN of a role; write arn:/,
  ],
  'trust refuses': [
    failing('role_denied'),
    'role_denied',
    /Let the role's trust policy allow sts:AssumeRole to the role of the hop before/,
  ],
  'no provider': [
    failing('identity_token_rejected'),
    'identity_token_rejected',
    /Check the OIDC provider in the role's AWS account: it needs the token's issuer as its URL/,
  ],
  'a wrong audience': [
    failing('identity_token_rejected'),
    'identity_token_rejected',
    /and the token's audience among its client ids/,
  ],
  'the image is not pulled': [
    () => {
      const waiting = { reason: 'ImagePullBackOff', message: 'not found' }
      put(stage.cluster, podThatRuns({ image: 'localhost/no:1', state: { waiting } }), { log: [] })
      return explain(['deploy/web', ...stage.cluster.options, ...config])
    },
    'image_not_pulled',
    /localhost\/no:1 cannot be pulled: not found[^]*configuration\.sidecar\.image/,
  ],
  'no value for the image': [
    () => explain(['-f', '-', '--config', fixture('config-without-image.yaml')]),
    'sidecar_image_missing',
    /configuration\.sidecar\.image/,
  ],
  'the webhook is not ready': [
    refusing(
      'Internal error occurred: failed calling webhook "chain.rolechain.io": connection refused',
    ),
    'webhook_not_ready',
    /kubectl logs/,
  ],
  'the label is missing': [
    () => {
      const key = 'rolechain.io/target-role-arn: "arn:aws:iam::222222222222:role/reports-reader"'
      const moved = reports
        .replace(`        ${key}\n`, '        x: y\n')
        .replace('  annotations:\n    eks', `  annotations:\n    ${key}\n    eks`)
      return explain(['-f', '-', ...config], moved)
    },
    'chain_label_missing',
    /Set the label rolechain\.io\/chain: "true" on the service account/,
  ],
  'the service account is missing': [
    change(/[^]*?\n---\n/, ''),
    'service_account_missing',
    /service account team-a\/reports does not exist; create it, or correct serviceAccountName/,
  ],
  'an old Kubernetes': [
    () => explain(['-f', '-', ...config, '--kubernetes-version', '1.28']),
    'native_sidecars_required',
    /Upgrade to Kubernetes 1\.32/,
  ],
}

describe('of the commonest mistakes explain says the fix', () => {
  for (const [name, [run, code, fix]] of Object.entries(MISTAKES)) {
    it(name, async () => {
      const { stdout, stderr } = await run()
      assert.match(stdout, new RegExp(`^[×‼] ${code} `, 'm'), stdout + stderr)
      assert.match(stdout, fix)
      assert.match(stdout, new RegExp(`docs/checks\\.md#${code}$`, 'm'))
    })
  }

  it('and a pod that was made without its sidecar is one of them', async () => {
    const pod = podThatRuns({ started: true })
    put(stage.cluster, { ...pod, spec: { containers: [{ name: 'web' }] }, status: {} })
    const { code, stdout } = await explain(['deploy/web', ...stage.cluster.options, ...config])
    assert.equal(code, 1)
    assert.match(stdout, /× pod_without_sidecar pod\/web-1: /)
  })
})
