/** Which pods need what kind of look at their service account, and facts of the configuration that reviews rely on. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideLookup } from '../../../webhook/core/mutate.ts'
import { toMatcher } from '../../../webhook/core/formats/name-patterns.ts'
import { readServiceAccountName } from '../../../webhook/core/pod/pod.ts'
import { parseSettings } from '../../../webhook/core/configuration/settings-schema.ts'
import type { ServiceAccount } from '../../../webhook/core/vocabulary/service-account.ts'
import { toConfiguration, withPrefix } from './fixture.ts'

const configuration = toConfiguration({ settings: {}, parity: {}, kubernetes: '1.34' })

function withAnnotations(annotations: Record<string, string>): ServiceAccount {
  return { namespace: 'a', name: 'b', annotations }
}

function stampOf(
  settings: Record<string, unknown>,
  more: Partial<Parameters<typeof toConfiguration>[0]> = {},
): string {
  return toConfiguration({ settings, parity: {}, kubernetes: '1.34', ...more }).stamp
}

describe('the look at a service account', () => {
  const cached = {
    nothing: undefined,
    'no chain': withAnnotations(withPrefix({ gate: 'on', 'eks.amazonaws.com/role-arn': 'x' })),
    'a chain': withAnnotations(withPrefix({ target: 'x' })),
    'a misspelt chain': withAnnotations(withPrefix({ targetRoleArn: 'x' })),
  }
  const rows: readonly (readonly [
    string,
    Record<string, string>,
    keyof typeof cached,
    'none' | 'cached' | 'wait' | 'live',
    'refuse' | 'admit',
  ])[] = [
    ['a pod with a target', { 'target-role-arn': 'x' }, 'no chain', 'live', 'admit'],
    ['any chain key is enough', { 'external-id': 'x' }, 'no chain', 'live', 'admit'],
    ['a pod with a target', { 'target-role-arn': 'x' }, 'nothing', 'live', 'admit'],
    ['a stamped pod, since it asked once', { injected: 'x' }, 'no chain', 'live', 'admit'],
    ['a stamped pod', { injected: 'x' }, 'nothing', 'live', 'admit'],
    ['a stamped pod', { injected: 'x' }, 'a chain', 'live', 'refuse'],
    ['a pod without a target', { gate: 'on' }, 'no chain', 'cached', 'admit'],
    ['a pod without a target', { gate: 'on' }, 'nothing', 'wait', 'admit'],
    ['a pod without a target', { gate: 'on' }, 'a chain', 'live', 'refuse'],
    ['a pod without a target', { gate: 'on' }, 'a misspelt chain', 'live', 'refuse'],
    ['to be left alone', { inject: 'false', target: 'x' }, 'a chain', 'none', 'admit'],
    [
      'a mirror pod',
      { 'kubernetes.io/config.mirror': 'x', target: 'x' },
      'nothing',
      'none',
      'admit',
    ],
  ]
  for (const [name, annotations, held, kind, unknownMeans] of rows) {
    it(`is ${kind} for ${name}, where the cache holds ${held}, and unknown means ${unknownMeans}`, () => {
      const pod = { metadata: { annotations: withPrefix(annotations) } }
      const admission = { namespace: 'team-a', pod }
      assert.deepEqual(decideLookup(admission, cached[held], configuration), { kind, unknownMeans })
    })
  }

  it('takes the cache for anything that is no pod', () => {
    for (const pod of [null, [], 'x', 1, {}]) {
      const admission = { namespace: 'team-a', pod }
      assert.equal(decideLookup(admission, cached['no chain'], configuration).kind, 'cached')
    }
  })

  it('lets the entry for enforced namespaces refuse what stays unknown', () => {
    const admission = { namespace: 'team-a', pod: {}, unknownMeans: 'refuse' } as const
    assert.equal(decideLookup(admission, undefined, configuration).unknownMeans, 'refuse')
  })

  it('is for the name that the pod says, or the default one', () => {
    assert.equal(
      readServiceAccountName({ spec: { serviceAccountName: 'a', serviceAccount: 'b' } }),
      'a',
    )
    assert.equal(readServiceAccountName({ spec: { serviceAccount: 'b' } }), 'b')
    for (const pod of [null, {}, { spec: null }, { spec: { serviceAccountName: '' } }])
      assert.equal(readServiceAccountName(pod), 'default')
  })
})

describe('patterns of names', () => {
  it('fit whole names, with a star for any characters and all else literal', () => {
    const fits = toMatcher(['team-*', 'a.b', '*+x'])
    assert.deepEqual(['team-', 'team-a', 'a.b', 'y+x'].map(fits), [true, true, true, true])
    assert.deepEqual(['xteam-a', 'aXb', 'team', 'yyx', 'y+xz', ''].map(fits), [
      false,
      false,
      false,
      false,
      false,
      false,
    ])
    assert.equal(toMatcher([])('x'), false)
    assert.equal(toMatcher(['*'])(''), true)
  })
})

describe('the configuration file', () => {
  it('may be {}, and not empty: that is lost more often than meant', () => {
    assert.equal(parseSettings({}).kind, 'settings')
    for (const content of [null, undefined]) {
      const parsed = parseSettings(content)
      assert.match(parsed.kind === 'problems' ? parsed.problems.join() : '', /^the file is empty; /)
    }
  })

  it('tells all its problems, each with where it is', () => {
    const parsed = parseSettings({
      gate: true,
      regoin: 'x',
      region: 'Frankfurt',
      sidecar: {
        httpsProxy: 'user:secret',
        port: 80,
        metricsPort: 'x',
        cpuLimit: 'fast',
        user: 0,
        stsEndpoint: 'ftp://x',
        caBundle: 'hunter2',
      },
      chains: { a: { namespaces: [], chain: [{ roleArn: 'x', externalId: '!' }] } },
      policy: { default: 'maybe', rules: [{ namespaces: ['*'] }] },
    })
    assert.ok(parsed.kind === 'problems')
    const story = parsed.problems.join('\n')
    for (const part of [
      'gate: ',
      "there is no field 'regoin'",
      "region: 'Frankfurt' is not a region",
      "sidecar.port: '80' is below 1024",
      'sidecar.metricsPort',
      "sidecar.cpuLimit: 'fast' is not a Kubernetes quantity",
      "sidecar.user: '0' is root",
      'sidecar.stsEndpoint',
      'sidecar.caBundle: holds no PEM certificate',
      'chains.a.namespaces',
      "chains.a.chain[0].roleArn: 'x' is not the ARN",
      'chains.a.chain[0].externalId',
      'policy.default',
      'policy.rules[0].roleArns: is missing',
    ]) {
      assert.ok(story.includes(part), `${part}\n is not in\n${story}`)
    }
  })

  it('says no value that may be secret', () => {
    for (const httpsProxy of ['user:hunter2@proxy', 'http://user:hunter2@proxy:3128']) {
      const parsed = parseSettings({ sidecar: { httpsProxy } })
      assert.ok(parsed.kind === 'problems')
      assert.match(parsed.problems.join(), /^sidecar\.httpsProxy: /)
      assert.doesNotMatch(parsed.problems.join(), /hunter2/)
    }
  })

  it('refuses an http endpoint for STS, and one port for two', () => {
    const parsed = parseSettings({
      sidecar: { stsEndpoint: 'http://x', port: 9000, metricsPort: 9000 },
    })
    assert.deepEqual(
      parsed.kind === 'problems' && parsed.problems.map((problem) => problem.split(':')[0]),
      ['sidecar.metricsPort', 'sidecar.stsEndpoint'],
    )
  })

  it('gives another stamp to another content, and the same to the same', () => {
    assert.equal(stampOf({}), stampOf({ gate: 'on' }))
    assert.notEqual(stampOf({}), stampOf({ gate: 'off' }))
    for (const flags of [{ parity: { mountPath: '/elsewhere' } }, { prefix: 'roles.example' }])
      assert.notEqual(stampOf({}), stampOf({}, flags), JSON.stringify(flags))
  })

  it('gives the same stamp whatever the version of the API server, and whoever has a role by other ways', () => {
    const others = [{ kubernetes: '1.35' }, { podIdentities: ['a/b'] }]
    for (const other of others) assert.equal(stampOf({}), stampOf({}, other), JSON.stringify(other))
  })
})
