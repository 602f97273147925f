/**
 * Pods made to keep the webhook busy: whoever may create a pod must not be able to stop the others' by it. The sizes are the largest
 * that get as far as being judged; anything that grows with their square takes longer than the runner lets a file take.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { mutate } from '../../../webhook/core/mutate.ts'
import {
  BASE_ROLE,
  givenSchema,
  TARGET_ROLE,
  toConfiguration,
  toLookup,
  withPrefix,
} from './fixture.ts'

const configuration = toConfiguration({
  settings: {
    skipContainers: ['*a*b*c*d*'],
    policy: { rules: [{ namespaces: ['*'], roleArns: [TARGET_ROLE, '*-a*-b*-c*-d'] }] },
  },
  parity: {},
  kubernetes: '1.34',
})
const lookup = toLookup(z.strictObject(givenSchema).parse({}))

const TEXT = 250_000
const TARGETS = 32_000
const MANY = 60_000

function many<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function names(prefix: string, length: number): string {
  return many(length / 7, (index) => `${prefix}${String(index).padStart(5, '0')}`).join(',')
}

interface Hostile {
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: object
  /** The reason that comes first. */
  readonly reason: string
}

const chain = `chain: [{roleArn: "${TARGET_ROLE}"}]`
const targets = (text: string) => ({ targets: text.slice(0, TARGETS) })
const app = (fields: object) => ({ containers: [{ name: 'app', ...fields }] })
const container = (index: number) => ({ name: `d${String(index).padStart(5, '0')}` })
const sidecar = () => ({ name: 'rolechain-sidecar' })

const HOSTILE: Readonly<Record<string, Hostile>> = {
  'a path of slashes': {
    spec: app({ volumeMounts: [{ name: 'v', mountPath: `${'/'.repeat(1_000_000)}x` }] }),
    reason: 'injected',
  },
  'a role ARN against a policy with stars': {
    annotations: { 'target-role-arn': `arn:aws:iam::${'-a-b-c'.repeat(TEXT / 6)}` },
    reason: 'bad_value',
  },
  'the name of a container against patterns with stars': {
    spec: { containers: [{ name: 'abc'.repeat(300_000) }, { name: 'app' }] },
    reason: 'injected',
  },
  'unknown annotations that look like known ones': {
    annotations: Object.fromEntries(many(8_000, (index) => [`target-role-ar${index}`, ''])),
    reason: 'unknown_key',
  },
  'annotations that Kubernetes takes no more of': {
    annotations: { 'session-tags': 'x'.repeat(300_000) },
    reason: 'annotations_too_large',
  },
  'session tags': {
    annotations: { 'session-tags': many(30_000, (index) => `k${index}=`).join(',') },
    reason: 'bad_value',
  },
  'role ARNs': {
    annotations: { 'target-role-arn': many(5_000, () => TARGET_ROLE).join(',') },
    reason: 'injected',
  },
  'names of containers, and containers with other names': {
    annotations: { containers: names('c', TEXT) },
    spec: { containers: many(MANY, container) },
    reason: 'unknown_container',
  },
  'containers that could take what others have': {
    annotations: { containers: 'd00000' },
    spec: { containers: many(MANY, container) },
    reason: 'injected',
  },
  'names to skip, and containers with other names': {
    annotations: { 'skip-containers': names('c', TEXT) },
    spec: { containers: many(MANY, container) },
    reason: 'injected',
  },
  'names to skip in a CSV record': {
    annotations: { 'eks.amazonaws.com/skip-containers': names('c', TEXT) },
    spec: { containers: many(MANY, container) },
    reason: 'injected',
  },
  'a CSV record of quotes': {
    annotations: { 'eks.amazonaws.com/skip-containers': `"${'""'.repeat(TEXT / 2)}` },
    reason: 'bad_value',
  },
  targets: {
    annotations: targets(
      `{${many(300, (index) => `t${index}: {${chain}, containers: [c${index}]}`).join(', ')}}`,
    ),
    spec: { containers: many(MANY, container) },
    reason: 'bad_value',
  },
  'nested targets': { annotations: targets('['.repeat(TARGETS)), reason: 'bad_value' },
  'nested maps in targets': { annotations: targets('{a: '.repeat(TARGETS)), reason: 'bad_value' },
  'aliases of aliases in targets': {
    annotations: targets(
      many(26, (index) => {
        const letter = String.fromCharCode(97 + index)
        const inner = index === 0 ? 'x' : `*${String.fromCharCode(96 + index)}`
        return `${letter}: &${letter} [${Array(9).fill(inner).join(', ')}]`
      }).join('\n'),
    ),
    reason: 'bad_value',
  },
  'keys in targets': {
    annotations: targets(many(3_500, (index) => `k${index}: x`).join('\n')),
    reason: 'bad_value',
  },
  'anchors in targets': {
    annotations: targets(
      [...many(900, (i) => `k${i}: &a${i} x`), ...many(900, (i) => `l${i}: *a${i}`)].join('\n'),
    ),
    reason: 'bad_value',
  },
  'targets longer than are read': {
    annotations: { targets: '- '.repeat(TEXT / 2) },
    reason: 'bad_value',
  },
  'what the EKS webhook added, many times': {
    spec: app({
      env: [
        ...many(MANY, () => ({ name: 'AWS_ROLE_ARN', value: BASE_ROLE })),
        {
          name: 'AWS_WEB_IDENTITY_TOKEN_FILE',
          value: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token',
        },
      ],
      volumeMounts: many(MANY, () => ({
        name: 'aws-iam-token',
        mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount',
      })),
    }),
    reason: 'injected',
  },
  'conflicts in containers': {
    spec: {
      containers: many(MANY, (index) => ({
        ...container(index),
        env: [{ name: 'AWS_PROFILE', value: 'x' }],
      })),
    },
    reason: 'conflict',
  },
  'volumes of our names': {
    spec: { ...app({}), volumes: many(MANY, (index) => ({ name: `rolechain-token-${index}` })) },
    reason: 'injected',
  },
  'sidecars of our name': {
    spec: { ...app({}), initContainers: many(MANY, sidecar) },
    reason: 'injected',
  },
  'hosts that need no proxy': {
    spec: app({
      env: [
        { name: 'HTTPS_PROXY', value: 'http://proxy' },
        { name: 'NO_PROXY', value: names('h', 1_000_000) },
      ],
    }),
    reason: 'injected',
  },
}

describe('the webhook is not kept busy by', () => {
  for (const [what, { annotations = {}, spec = app({}), reason }] of Object.entries(HOSTILE)) {
    it(what, () => {
      const asked = 'targets' in annotations ? {} : { 'target-role-arn': TARGET_ROLE }
      const pod = { metadata: { annotations: withPrefix({ ...asked, ...annotations }) }, spec }
      const verdict = mutate({ namespace: 'team-a', pod }, lookup, configuration)
      assert.equal(verdict.reasons[0], reason, JSON.stringify(verdict).slice(0, 1000))
      if (verdict.kind === 'denied') assert.ok(verdict.message.length < 64 * 1024)
      assert.ok(verdict.warnings.length <= 16)
    })
  }

  it('names to skip in parity mode', () => {
    const annotations = { 'eks.amazonaws.com/skip-containers': names('c', TEXT) }
    const pod = { metadata: { annotations }, spec: { containers: many(MANY, container) } }
    const { reasons } = mutate({ namespace: 'team-a', pod }, lookup, configuration)
    assert.equal(reasons[0], 'web_identity')
  })
})
