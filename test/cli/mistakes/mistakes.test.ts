/**
 * The ten commonest mistakes: what `check` and `explain` say of each names a fix, and the fix works. Each is made in a
 * whole cluster or in AWS, found, mended as it is said, and looked for again.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FindingCode } from '../../../cli/findings/findings.ts'
import { change } from '../check/broken/changes.ts'
import { startStage, type Stage } from '../check/stage.ts'
import { walk, type AwsState } from './aws.ts'
import { put, refusalOf, type WorkloadState } from './workload.ts'

const stage = await startStage()
const NOW = { major: '1', minor: '34', gitVersion: 'v1.34.0' }

type Change = () => unknown

interface Mistake {
  readonly make: Change
  /** As the fix says. */
  readonly mend: Change
  /** By command: the code, and the fix. */
  readonly says: Readonly<Partial<Record<Command, readonly [code: FindingCode, fix: RegExp]>>>
}

const COMMANDS = {
  check: ['check'],
  explain: ['explain', 'deploy/web', '--namespace', 'team-b'],
} as const
type Command = keyof typeof COMMANDS

const workload =
  (state: WorkloadState = {}) =>
  () =>
    put(stage.world, state)

/** The sidecar walks through an AWS like this, and what it says is what stands in the cluster. */
const aws =
  (state: AwsState = {}) =>
  async () => {
    put(stage.world, { failure: await walk(state) })
  }

const broken = (one: (on: Stage) => unknown) => () => one(stage)

const WRONG_ARN = 'arn:aws:iam::2222:role/reports-reader'
const NO_ACCOUNT =
  'pods "web-" is forbidden: error looking up service account team-b/web: serviceaccount "web" not found'

function withConfiguration(text: string): Change {
  const to = change('ConfigMap', 'rolechain', (map) => ({ ...map, data: { 'config.yaml': text } }))
  return broken(to)
}

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'a wrong ARN': {
    make: workload({ target: WRONG_ARN, refused: refusalOf({ target: WRONG_ARN }) }),
    // The event of the refusal stays for an hour.
    mend: workload({ refused: refusalOf({ target: WRONG_ARN }), isMade: true }),
    says: {
      check: [
        'pod_refused',
        /is not the ARN of a role; write arn:<partition>:iam::<12 digits>:role\/<name>/,
      ],
      explain: [
        'bad_value',
        /is not the ARN of a role; write arn:<partition>:iam::<12 digits>:role\/<name>/,
      ],
    },
  },
  'a trust policy that refuses': {
    make: aws({ trusts: 'arn:aws:iam::111111111111:role/other' }),
    mend: aws(),
    says: {
      check: ['role_denied', /Let the role's trust policy allow sts:AssumeRole to the role of the/],
      explain: ['role_denied', /Let the role's trust policy allow sts:AssumeRole to the role of/],
    },
  },
  'no OIDC provider': {
    make: aws({ audiences: null }),
    mend: aws(),
    says: {
      check: ['identity_token_rejected', /needs the token's issuer as its URL/],
      explain: ['identity_token_rejected', /needs the token's issuer as its URL/],
    },
  },
  'an OIDC provider with another audience': {
    make: aws({ audiences: ['another'] }),
    mend: aws({ audiences: ['another', 'sts.amazonaws.com'] }),
    says: {
      check: ['identity_token_rejected', /and the token's audience among its client ids/],
      explain: ['identity_token_rejected', /and the token's audience among its client ids/],
    },
  },
  'an image that is not pulled': {
    make: workload({ image: 'localhost/no:1' }),
    mend: workload(),
    says: {
      check: ['image_not_pulled', /configuration\.sidecar\.image[^]*restart the workloads/],
      explain: ['image_not_pulled', /configuration\.sidecar\.image[^]*restart the workloads/],
    },
  },
  'no value for the image': {
    make: withConfiguration('region: eu-west-1'),
    mend: withConfiguration(
      'region: eu-west-1\nsidecar: { image: "registry.example/rolechain-sidecar:0.1.0" }',
    ),
    says: {
      check: ['sidecar_image_missing', /Set configuration\.sidecar\.image/],
      explain: ['sidecar_image_missing', /Set configuration\.sidecar\.image/],
    },
  },
  'a webhook that is not ready': {
    make: async () => {
      await change('Deployment', 'rolechain', (object) => ({ ...object, status: {} }))(stage)
      workload({
        refused:
          'Internal error occurred: failed calling webhook "chain.rolechain.io": failed to call webhook: connection refused',
      })()
    },
    mend: async () => {
      const status = { readyReplicas: 2 }
      await change('Deployment', 'rolechain', (object) => ({ ...object, status }))(stage)
      workload()()
    },
    says: {
      check: ['webhook_not_ready', /See why by kubectl describe pods and kubectl logs/],
      explain: ['webhook_not_ready', /See why by kubectl describe pods and kubectl logs/],
    },
  },
  'a label that is missing': {
    make: workload({ chainOn: 'account' }),
    mend: workload({ chainOn: 'labelled account' }),
    says: {
      check: ['chain_label_missing', /Set the label rolechain\.io\/chain: "true" on the service/],
      explain: ['chain_label_missing', /Set the label rolechain\.io\/chain: "true" on the service/],
    },
  },
  'a service account that is missing': {
    make: workload({ hasAccount: false, refused: NO_ACCOUNT }),
    mend: workload({ refused: NO_ACCOUNT, isMade: true }),
    says: {
      check: ['service_account_missing', /Create the service account, or correct serviceAccount/],
      explain: ['service_account_missing', /Create the service account, or correct serviceAccount/],
    },
  },
  'an old Kubernetes': {
    make: broken(({ kubernetes }) =>
      kubernetes.upgrade({ ...NOW, minor: '28', gitVersion: 'v1.28.0' }),
    ),
    mend: broken(({ kubernetes }) => kubernetes.upgrade({ ...NOW, minor: '32' })),
    says: {
      check: ['kubernetes_too_old', /Upgrade Kubernetes to 1\.32/],
      explain: ['native_sidecars_required', /Upgrade to Kubernetes 1\.32/],
    },
  },
}

const finds = (stdout: string, code: FindingCode) =>
  new RegExp(`^(?:[×‼]|   ) ${code} `, 'm').test(stdout)

describe('of the commonest mistakes the commands say the fix, and it works', () => {
  for (const [name, { make, mend, says }] of Object.entries(MISTAKES))
    it(name, async () => {
      stage.heal()
      stage.kubernetes.upgrade(NOW)
      put(stage.world)
      await make()
      for (const [command, [code, fix]] of Object.entries(says)) {
        const { stdout, stderr } = await stage.run(...COMMANDS[command as Command])
        assert.ok(finds(stdout, code), stdout + stderr)
        assert.match(stdout, fix)
        assert.match(stdout, new RegExp(`docs/checks\\.md#${code}$`, 'm'))
      }
      await mend()
      for (const [command, [code]] of Object.entries(says)) {
        const ended = await stage.run(...COMMANDS[command as Command])
        assert.ok(!finds(ended.stdout, code), ended.stdout)
        assert.equal(ended.code, 0, ended.stdout + ended.stderr)
      }
    })
})
