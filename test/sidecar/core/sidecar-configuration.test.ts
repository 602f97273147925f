/** What the webhook writes is read back; what it never writes is refused, all of it at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import {
  serialiseSidecarConfiguration,
  type SidecarConfiguration,
} from '../../../sidecar/contract.ts'
import { parseSidecarConfiguration } from '../../../sidecar/core/sidecar-configuration.ts'
import { BASE_ROLE, TARGET_ROLE } from '../sessions.ts'

const small = { targets: { default: { chain: [{ roleArn: TARGET_ROLE }] } }, port: 7755 }

const full: SidecarConfiguration = {
  targets: {
    default: { chain: [{ roleArn: BASE_ROLE }, { roleArn: TARGET_ROLE, externalId: 'x' }] },
    reports: {
      chain: [
        {
          roleArn: TARGET_ROLE,
          sessionTags: [
            { key: 'team', value: '{namespace}', isTransitive: true },
            { key: 'empty', value: '' },
          ],
          sourceIdentity: '{pod}',
          sessionPolicy: '{"Version":"2012-10-17"}',
          durationSeconds: 43_200,
        },
      ],
    },
  },
  port: 7755,
  sessionName: '{pod}',
  logLevel: 'debug',
  metricsPort: 9090,
}

function problemsOf(value: unknown): readonly string[] {
  const source = typeof value === 'string' ? value : JSON.stringify(value)
  const parsed = parseSidecarConfiguration(source)
  return parsed.kind === 'valid' ? [] : parsed.problems
}

const isDefault = { isDefault: true } as const
const twice = { default: isDefault, reports: isDefault }
const several = {
  ...full,
  targets: { ...full.targets, extra: { chain: [{ roleArn: TARGET_ROLE }], isOptional: true } },
} as const

const wrong: readonly (readonly [string, unknown, RegExp])[] = [
  ['no JSON', '{', /is not JSON/],
  ['something else than an object', '[]', /not an object/],
  ['no target', { ...small, targets: {} }, /targets: names no target/],
  ['targets that are a list', { ...small, targets: [] }, /targets: \[\] is not an object/],
  ['no port', { targets: small.targets }, /port: is missing/],
  ['a low port', { ...small, port: 80 }, /port: 80 is not a whole number from 1024/],
  ['a port as a text', { ...small, port: '7755' }, /port: "7755"/],
  ['an unknown key', { ...small, policy: 'x' }, /policy: is not known to this version/],
  ['an unknown level', { ...small, logLevel: 'loud' }, /logLevel: "loud" is not "debug" or/],
  ['one port twice', { ...small, metricsPort: 7755 }, /metricsPort: is the same as port/],
  [
    'the reserved target',
    { ...small, targets: { sts: small.targets.default } },
    /targets\.sts: the name is reserved/,
  ],
  [
    'a target that is no name',
    { ...small, targets: { 'A b': small.targets.default } },
    /targets\.A b: "A b" is not a name/,
  ],
  [
    'an empty chain',
    { ...small, targets: { default: { chain: [] } } },
    /default\.chain: the list is empty/,
  ],
  [
    'a source that nobody knows',
    { ...small, source: 'web-identity' },
    /source: "web-identity" is not "pod-identity"/,
  ],
  [
    'hours for a role that is assumed from another session',
    {
      ...small,
      source: 'pod-identity',
      targets: { default: { chain: [{ roleArn: TARGET_ROLE, durationSeconds: 3601 }] } },
    },
    /default\.chain: .* than an hour/,
  ],
  [
    'a hop that is no role',
    { ...small, targets: { default: { chain: [{ roleArn: 'arn:aws:iam::1:user/x' }] } } },
    /chain\[0\]\.roleArn: "arn:aws:iam::1:user\/x" is not the ARN of a role/,
  ],
  ...(
    [
      ['of a target that there is not', { app: { dev: {} } }, /profiles\.app\.dev: is no target/],
      ['of a container without any', { app: {} }, /profiles\.app: names no target/],
      ['two defaults', { app: twice }, /profiles\.app: has several defaults, default and reports/],
      [
        'another default',
        { app: { default: {}, reports: isDefault } },
        /app\.default: has the name/,
      ],
      ['an optional default', { app: { extra: isDefault } }, /app\.extra: is the default, and its/],
      [
        'no container',
        { 'a/../b': { default: isDefault } },
        /"a\/\.\.\/b" is not a name of a cont/,
      ],
      [
        'no region',
        { app: { reports: { region: 'x\ny = z' } } },
        /region: "x\\ny = z" is not a reg/,
      ],
      ['a key of its own', { app: { reports: { role: 'x' } } }, /reports\.role: is not known/],
    ] as const
  ).map(([name, profiles, problem]): (typeof wrong)[number] => [
    `profiles with ${name}`,
    { ...several, profiles },
    problem,
  ]),
  [
    'a setting of a hop that this version does not know',
    { ...small, targets: { default: { chain: [{ roleArn: TARGET_ROLE, serialNumber: 'x' }] } } },
    /chain\[0\]\.serialNumber: is not known/,
  ],
]

describe('the configuration', () => {
  it('comes back as the webhook has written it, without defaults', () => {
    const profiles = {
      app: { default: isDefault, reports: { region: 'eu-west-1' }, extra: {} },
      other: { extra: {}, reports: isDefault },
    } as const
    const associated = { ...small, source: 'pod-identity', targets: { a: { chain: [] } } } as const
    for (const configuration of [small, full, { ...several, profiles }, associated]) {
      const parsed = parseSidecarConfiguration(serialiseSidecarConfiguration(configuration))
      assert.deepEqual(parsed, { kind: 'valid', value: configuration })
    }
    const explicit = { ...small, logLevel: 'info', sessionName: '{namespace}.{pod}' } as const
    assert.equal(serialiseSidecarConfiguration(explicit), serialiseSidecarConfiguration(small))
    assert.equal(
      serialiseSidecarConfiguration(small),
      `{"targets":{"default":{"chain":[{"roleArn":"${TARGET_ROLE}"}]}},"port":7755}`,
    )
  })

  for (const [name, value, problem] of wrong) {
    it(`is refused for ${name}`, () => {
      const problems = problemsOf(value)
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', problem)
      assert.match(problems[0] ?? '', /^ROLECHAIN_CONFIG: /)
    })
  }

  it('tells all problems at once', () => {
    assert.equal(problemsOf({ targets: { sts: { chain: [{}] } }, port: 1, x: 1 }).length, 4)
  })

  it('is judged, not choked on, whatever it is', () => {
    fc.assert(fc.property(fc.json(), (source) => problemsOf(source).length > 0))
    fc.assert(fc.property(fc.string(), (source) => problemsOf(source).length > 0))
  })
})
