/**
 * The last look at a pod: what a later webhook changed, or somebody forged, is found; what the API server adds is not.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'yaml'
import { verify } from '../../../webhook/core/verify.ts'
import { FORGERIES } from '../../cluster/boundary/forgeries.ts'
import {
  forged,
  isPodIdentityRule,
  isProfileRule,
  severalTargets,
  type Change,
} from '../../cluster/boundary/rules.ts'
import { givenSchema, judge, merged, TARGET_ROLE, toConfiguration, toLookup } from './fixture.ts'
import { z } from 'zod'

const given = z.object(givenSchema).parse({
  settings: { sidecar: { stsEndpoint: 'http://sts.test', allowHttpSts: true } },
})
const configuration = toConfiguration(given)
const before: unknown = parse(
  readFileSync(new URL('../../fixtures/pairs/example.before.yaml', import.meta.url), 'utf8'),
)
const admitted = judge(before, given, configuration).patched as object
const withProfiles = admittedWith({
  'rolechain.io/target-role-arn': null,
  'rolechain.io/external-id': null,
  ...severalTargets(TARGET_ROLE),
})
const withPodIdentity = admittedWith({ 'rolechain.io/source': 'pod-identity' })

function admittedWith(annotations: Readonly<Record<string, string | null>>): object {
  const pod = merged(before, { metadata: { annotations } })
  return judge(pod, given, configuration).patched as object
}

/** A genuine pod that has what the rule is about. */
function genuineFor(rule: string): object {
  if (isProfileRule(rule)) return withProfiles
  return isPodIdentityRule(rule) ? withPodIdentity : admitted
}

function look(pod: object, lookup = toLookup(given)) {
  return verify({ namespace: 'team-a', pod, unknownMeans: 'refuse' }, lookup, configuration)
}

const SIDECAR = '/spec/initContainers/=rolechain-sidecar'
const APP = '/spec/containers/=app'

/** What API servers, a LimitRange and other webhooks may add. */
const LEFT_ALONE: Readonly<Record<string, readonly Change[]>> = {
  nothing: [],
  'defaults of the API server': [
    ['add', `${SIDECAR}/terminationMessagePath`, '/dev/termination-log'],
    ['add', `${SIDECAR}/terminationMessagePolicy`, 'File'],
    ['add', `${SIDECAR}/imagePullPolicy`, 'Always'],
    ['add', `${SIDECAR}/startupProbe/successThreshold`, 1],
    ['add', '/spec/volumes/=rolechain-sts-token/projected/defaultMode', 420],
  ],
  'an amount of a LimitRange': [['add', `${SIDECAR}/resources/limits/ephemeral-storage`, '1Gi']],
  'a label and an annotation': [
    ['add', '/metadata/labels/x', 'y'],
    ['add', '/metadata/annotations/x', 'y'],
  ],
  'another stamp': [['replace', '/metadata/annotations/rolechain.io~1injected', 'x']],
  'a variable of the application': [['add', `${APP}/env/-`, { name: 'X', value: 'y' }]],
}

const CHANGED: Readonly<Record<string, readonly [RegExp, ...Change[]]>> = {
  'a variable less in the application': [/spec\.containers\[0\]\.env/, ['remove', `${APP}/env/2`]],
  'another container': [
    /spec\.containers\[1\]/,
    ['add', '/spec/containers/-', { name: 'late', image: 'localhost/late:1' }],
  ],
  'another place of the sidecar': [
    /spec\.initContainers/,
    ['add', '/spec/initContainers/0', { name: 'first', image: 'localhost/first:1' }],
  ],
  'left alone': [
    /to be left alone/,
    ['add', '/metadata/annotations/rolechain.io~1inject', 'false'],
  ],
  'no target': [/target/, ['remove', '/metadata/annotations/rolechain.io~1target-role-arn']],
}

/** Not what this looks at, but the policies of the API server alone. */
const OF_POLICIES = ['irsa', 'host', 'processes']

/** In a pod with profiles: what policies cannot know. */
const CHANGED_PROFILES: Readonly<Record<string, readonly Change[]>> = {
  'another config file': [
    ['replace', `${APP}/env/=AWS_CONFIG_FILE/value`, '/opt/rolechain.io/migrate.config'],
  ],
  'no config file': [['remove', `${APP}/env/=AWS_CONFIG_FILE`]],
  'a default of another target': [
    [
      'replace',
      `${APP}/env/=AWS_CONTAINER_CREDENTIALS_FULL_URI/value`,
      'http://127.0.0.1:7755/v1/credentials/other',
    ],
  ],
  'a profile that is none of its own': [
    ['add', `${APP}/env/-`, { name: 'AWS_PROFILE', value: 'mine' }],
  ],
  'a token that is missing': [['remove', `${APP}/volumeMounts/=rolechain-token-other`]],
  'the token of a target that the container does not have': [
    [
      'replace',
      '/metadata/annotations/rolechain.io~1targets',
      severalTargets(TARGET_ROLE)['rolechain.io/targets']?.replace(
        '}}',
        '}, third: {chain: [], containers: [migrate]}}',
      ),
    ],
    [
      'add',
      `${APP}/volumeMounts/-`,
      {
        name: 'rolechain-token-third',
        mountPath: '/var/run/secrets/rolechain.io/third',
        readOnly: true,
      },
    ],
  ],
  'a container later than the webhook that runs the helper': [
    [
      'add',
      '/spec/containers/-',
      {
        name: 'late',
        image: 'localhost/late:1',
        volumeMounts: [
          { name: 'rolechain-profiles', mountPath: '/opt/rolechain.io', readOnly: true },
        ],
      },
    ],
  ],
}

describe('the last look at a pod', () => {
  for (const [what, pod] of Object.entries({
    profiles: withProfiles,
    'EKS Pod Identity': withPodIdentity,
  })) {
    it(`allows a pod with ${what}, and says nothing`, () => {
      const verdict = look(pod)
      assert.deepEqual([verdict.kind, verdict.warnings], ['allowed', []], JSON.stringify(verdict))
    })
  }
  for (const [what, changes] of Object.entries(CHANGED_PROFILES)) {
    it(`denies ${what}`, () => assert.equal(look(forged(withProfiles, changes)).kind, 'denied'))
  }
  for (const [what, changes] of Object.entries(LEFT_ALONE)) {
    it(`allows ${what}, and says nothing`, () => {
      const verdict = look(forged(admitted, changes))
      assert.deepEqual([verdict.kind, verdict.warnings], ['allowed', []], JSON.stringify(verdict))
    })
  }
  it('allows what a webhook of another configuration has made, as while a rollout goes on', () => {
    const settings = { ...given.settings, sidecar: { image: 'localhost/rolechain-sidecar:0.0.9' } }
    const older = toConfiguration({ ...given, settings })
    const pod = judge(before, { ...given, settings }, older).patched as object
    assert.equal(look(pod).kind, 'allowed')
    const withoutStamp = forged(pod, [['remove', '/metadata/annotations/rolechain.io~1injected']])
    assert.equal(look(withoutStamp).kind, 'denied')
  })
  it('is not misled by a stamp that whoever creates the pod has written', () => {
    const stamp: Change = ['add', '/metadata/annotations/rolechain.io~1injected', '0.0.9/ffffffff']
    const pod = judge(forged(before as object, [stamp]), given, configuration).patched as object
    assert.equal(look(pod).kind, 'allowed')
    const changed = forged(pod, [['add', '/spec/containers/-', { name: 'late', image: 'late:1' }]])
    assert.equal(look(changed).kind, 'denied')
  })
  for (const [what, [says, ...changes]] of Object.entries(CHANGED)) {
    it(`denies ${what}`, () => {
      const verdict = look(forged(admitted, changes))
      assert.ok(verdict.kind === 'denied')
      assert.match(verdict.message, says)
    })
  }
  for (const [rule, forgeries] of Object.entries(FORGERIES)) {
    if (OF_POLICIES.includes(rule)) continue
    for (const [what, changes] of Object.entries(forgeries)) {
      // Service accounts are looked up elsewhere.
      if (what === 'another service account') continue
      const pod = genuineFor(rule)
      it(`denies ${what}`, () => assert.equal(look(forged(pod, changes)).kind, 'denied'))
    }
  }
  it('denies who cannot be looked up', () => {
    assert.equal(look(admitted, { kind: 'unknown', why: 'no answer' }).kind, 'denied')
    assert.equal(look(admitted, { kind: 'missing' }).kind, 'denied')
  })
})
