/**
 * The webhook writes what the sidecar reads: env, configuration and paths, through the expansion that Kubernetes does
 * on values.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { z } from 'zod'
import {
  CONFIGURATION_VARIABLE,
  endpointTokenFolder,
  PROFILES_FOLDER,
  STATE_FOLDER,
  STS_TOKEN_FOLDER,
} from '../../../../sidecar/contract.ts'
import { readSettings } from '../../../../sidecar/environment.ts'
import { toStsInput } from '../../../../sidecar/core/chain/chain.ts'
import { parseSidecarConfiguration } from '../../../../sidecar/core/sidecar-configuration.ts'
import { roles } from '../arbitrary-pods.ts'
import { environmentOf } from './container-environment.ts'
import { at, givenSchema, judge, TARGET_ROLE, withPrefix, type Given } from '../fixture.ts'

const SIDECAR = '/spec/initContainers/rolechain-sidecar'

const given: Given = z.strictObject(givenSchema).parse({})

function podWith(annotations: Record<string, string>): unknown {
  return {
    metadata: { name: 'p', annotations: withPrefix(annotations) },
    spec: { containers: [{ name: 'app' }] },
  }
}

function tagAnnotation(
  pairs: readonly (readonly [string, string, boolean])[],
): Record<string, string> {
  const written = pairs.map(
    ([key, value, isTransitive]) => `${key}${isTransitive ? '!' : ''}=${value}`,
  )
  return written.length === 0 ? {} : { 'session-tags': written.join(',') }
}

function mountsOfSidecar(annotations: Record<string, string>): readonly string[] {
  return z
    .array(z.looseObject({ mountPath: z.string() }))
    .parse(at(judge(podWith(annotations), given).patched, `${SIDECAR}/volumeMounts`))
    .map(({ mountPath }) => mountPath)
}

describe('the contract', () => {
  it('the sidecar accepts its whole environment', () => {
    const settings = {
      sidecar: {
        httpsProxy: 'http://p:1/$$(POD_NAME)',
        noProxy: '.svc',
        useFipsEndpoint: true,
        metricsPort: 9100,
        logLevel: 'debug',
        stsEndpoint: 'https://sts.internal',
      },
    }
    const { patched } = judge(
      podWith({ 'target-role-arn': TARGET_ROLE, 'session-name': '{namespace}.{node}' }),
      { ...given, settings },
    )
    const environment = environmentOf(patched)
    const read = readSettings(environment)
    assert.ok(read.kind === 'valid', read.kind === 'invalid' ? read.problems.join('\n') : '')
    assert.equal(environment['HTTPS_PROXY'], 'http://p:1/$$(POD_NAME)')
    assert.equal(read.value.configuration.metricsPort, 9100)
    assert.equal(read.value.configuration.sessionName, '{namespace}.{node}')
  })

  it('whatever a pod may say, the sidecar reads the same chain', () => {
    const policies = fc
      .string({ unit: fc.constantFrom('$', '(', ')', 'POD_NAME', '\\', '"', 'é', ' ') })
      .map((text) => JSON.stringify({ Statement: [text] }))
    const tags = fc.array(
      fc.tuple(
        fc.stringMatching(/^[a-d][\w.:/+@-]{0,8}$/),
        fc.stringMatching(/^[\w .:/=+@-]{0,8}$/),
        fc.boolean(),
      ),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(
        fc.record({
          role: roles,
          policy: policies,
          tags,
          identity: fc.stringMatching(/^[\w+=,.@-]{2,20}$/),
          seconds: fc.integer({ min: 900, max: 3600 }),
        }),
        ({ role, policy, tags: pairs, identity, seconds }) => {
          const pod = podWith({
            'target-role-arn': role,
            'session-policy': policy,
            'source-identity': identity,
            'duration-seconds': String(seconds),
            ...tagAnnotation(pairs),
          })
          const { verdict, patched } = judge(pod, given)
          if (verdict.kind === 'denied') return
          const parsed = parseSidecarConfiguration(
            environmentOf(patched)[CONFIGURATION_VARIABLE] ?? '',
          )
          assert.ok(
            parsed.kind === 'valid',
            parsed.kind === 'invalid' ? parsed.problems.join('\n') : '',
          )
          const chain = parsed.value.targets['default']?.chain ?? []
          assert.equal(chain.at(-1)?.sessionPolicy, policy)
          assert.equal(chain[1]?.sourceIdentity, identity)
          assert.equal(chain.at(-1)?.durationSeconds ?? 3600, seconds)
          assert.deepEqual(
            chain.flatMap(({ sessionTags = [] }) => sessionTags.map(({ key }) => key)).sort(),
            pairs.map(([key]) => key).sort(),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('what the sidecar opens is mounted, and something else where the API token would be', () => {
    const instead = '/var/run/secrets/kubernetes.io/serviceaccount'
    assert.deepEqual(mountsOfSidecar({ 'target-role-arn': TARGET_ROLE }), [
      STS_TOKEN_FOLDER,
      STATE_FOLDER,
      endpointTokenFolder('default'),
      instead,
    ])
    assert.deepEqual(mountsOfSidecar({ targets: '{a: {chain: []}, b: {chain: []}}' }), [
      STS_TOKEN_FOLDER,
      STATE_FOLDER,
      PROFILES_FOLDER,
      endpointTokenFolder('a'),
      endpointTokenFolder('b'),
      instead,
    ])
  })

  it('what is admitted as an identity is what STS gets, whatever the pod is called', () => {
    const name = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/)
    const piece = fc.constantFrom('{namespace}', '{pod}', '{serviceAccount}', '-', 'x'.repeat(20))
    const template = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(name, template, template, (pod, sourceIdentity, tag) => {
        const subject = {
          metadata: {
            name: pod,
            annotations: withPrefix({
              'target-role-arn': TARGET_ROLE,
              'source-identity': sourceIdentity,
              'session-tags': `from=${tag}`,
            }),
          },
          spec: { containers: [{ name: 'app' }] },
        }
        const { verdict, patched } = judge(subject, given)
        if (verdict.kind === 'denied') return
        const config = at(patched, `${SIDECAR}/env/${CONFIGURATION_VARIABLE}/value`)
        const parsed = parseSidecarConfiguration(String(config))
        assert.ok(parsed.kind === 'valid')
        const placeholders = {
          '{namespace}': 'team-a',
          '{pod}': pod,
          '{serviceAccount}': 'reports',
        }
        const hop = parsed.value.targets['default']?.chain[1]
        assert.ok(hop)
        const rendered = toStsInput(hop, { sessionName: 'nightly', placeholders }, () => '')
        assert.ok(rendered.kind === 'input')
        const fill = (text: string) =>
          text
            .replaceAll('{namespace}', 'team-a')
            .replaceAll('{pod}', pod)
            .replaceAll('{serviceAccount}', 'reports')
        assert.equal(rendered.input.SourceIdentity, fill(sourceIdentity))
        assert.deepEqual(rendered.input.Tags, [{ Key: 'from', Value: fill(tag) }])
      }),
    )
  })
})
