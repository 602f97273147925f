/**
 * Laws of every verdict, for any pod: no exception, a patch that applies, nothing touched that is not ours, nothing
 * left for a second look.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { z } from 'zod'
import { SIDECAR_CONTAINER_NAME } from '../../../sidecar/contract.ts'
import { CHAIN_KEY_NAMES } from '../../../webhook/core/vocabulary/keys.ts'
import { mutate } from '../../../webhook/core/mutate.ts'
import { REASONS } from '../../../webhook/core/vocabulary/reasons.ts'
import { pod, roles, serviceAccounts } from './arbitrary-pods.ts'
import { shapes } from './arbitrary-shapes.ts'
import {
  givenSchema,
  judge,
  TARGET_ROLE,
  toConfiguration,
  toLookup,
  withPrefix,
  type Given,
} from './fixture.ts'

const configuration = toConfiguration({
  settings: {},
  parity: { useRegionalSts: true },
  kubernetes: '1.34',
})

function givenWith(serviceAccount: Record<string, string>): Given {
  return z.strictObject(givenSchema).parse({ serviceAccount })
}

describe('for any pod', () => {
  it('the patch applies, touches only what is ours, and leaves nothing to do', () => {
    fc.assert(
      fc.property(pod, serviceAccounts, (subject, serviceAccount) => {
        judge(subject, givenWith(serviceAccount), configuration)
      }),
      { numRuns: 1500 },
    )
  })

  it('what is not ours survives byte for byte', () => {
    fc.assert(
      fc.property(pod, serviceAccounts, (subject, serviceAccount) => {
        const { patched } = judge(subject, givenWith(serviceAccount), configuration)
        assert.equal(foreignText(patched), foreignText(subject))
      }),
      { numRuns: 1000 },
    )
  })

  it('a pod that asks for a target is denied or has its sidecar; none runs as the base role instead', () => {
    fc.assert(
      fc.property(pod, roles, serviceAccounts, (subject, role, serviceAccount) => {
        const asking = {
          ...subject,
          metadata: { ...subject.metadata, annotations: withPrefix({ 'target-role-arn': role }) },
        }
        const { verdict, patched } = judge(asking, givenWith(serviceAccount), configuration)
        if (verdict.kind === 'denied') return
        const { spec } = looseSpec.parse(patched)
        assert.equal(
          spec.initContainers?.filter(({ name }) => name === SIDECAR_CONTAINER_NAME).length,
          1,
        )
        assert.ok(
          spec.containers.some(({ env }) =>
            env?.some(({ name }) => name === 'AWS_CONTAINER_CREDENTIALS_FULL_URI'),
          ) ||
            spec.initContainers?.some(
              ({ env, name }) =>
                name !== SIDECAR_CONTAINER_NAME &&
                env?.some((entry) => entry.name === 'AWS_CONTAINER_CREDENTIALS_FULL_URI'),
            ),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('no container with a target has a variable that comes before it, without a word', () => {
    fc.assert(
      fc.property(pod, serviceAccounts, (subject, serviceAccount) => {
        const { verdict, patched } = judge(subject, givenWith(serviceAccount), configuration)
        if (verdict.kind === 'denied' || verdict.mode !== 'chain') return
        const told = verdict.reasons.some((reason) => reason.startsWith('conflict'))
        const { spec } = looseSpec.parse(patched)
        const shadowed = [...(spec.initContainers ?? []), ...spec.containers].filter(
          ({ name, env = [] }) =>
            name !== SIDECAR_CONTAINER_NAME &&
            env.some(({ value }) => value?.startsWith('http://127.0.0.1:7755/')) &&
            env.some((variable) => isShadowing(name, variable)),
        )
        assert.ok(told || shadowed.length === 0, JSON.stringify(shadowed))
      }),
      { numRuns: 1500 },
    )
  })

  it('only the sidecar mounts the STS token and the state', () => {
    fc.assert(
      fc.property(pod, serviceAccounts, (subject, serviceAccount) => {
        const { verdict, patched } = judge(subject, givenWith(serviceAccount), configuration)
        if (verdict.kind === 'denied' || verdict.mode === 'skip') return
        const { spec } = looseSpec.parse(patched)
        const others = [...(spec.initContainers ?? []), ...spec.containers].filter(
          ({ name }) => name !== SIDECAR_CONTAINER_NAME,
        )
        assert.ok(
          others.every(({ volumeMounts = [] }) =>
            volumeMounts.every(
              ({ name }) => name !== 'rolechain-sts-token' && name !== 'rolechain-state',
            ),
          ),
        )
      }),
      { numRuns: 500 },
    )
  })
})

describe('for any JSON', () => {
  it('there is a verdict with known reasons, and its patch applies', () => {
    fc.assert(
      fc.property(shapes, serviceAccounts, (raw, serviceAccount) => {
        const { verdict } = judge(raw, givenWith(serviceAccount), configuration)
        assert.ok(
          verdict.reasons.length > 0 && verdict.reasons.every((reason) => reason in REASONS),
        )
      }),
      { numRuns: 1500 },
    )
  })

  it('any text in any annotation gets a verdict', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom('a: &a [*a]', '{', '&a [1,1,1]'),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...CHAIN_KEY_NAMES),
        texts,
        texts,
        (key, onPod, onServiceAccount) => {
          const subject = {
            metadata: { annotations: withPrefix({ 'target-role-arn': TARGET_ROLE, [key]: onPod }) },
            spec: { containers: [{ name: 'app' }] },
          }
          mutate(
            { namespace: 'team-a', pod: subject },
            toLookup(givenWith({ [key]: onServiceAccount })),
            configuration,
          )
        },
      ),
      { numRuns: 1500 },
    )
  })
})

const looseContainer = z.looseObject({
  name: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string() })).optional(),
})
const looseSpec = z.looseObject({
  spec: z.looseObject({
    containers: z.array(looseContainer),
    initContainers: z.array(looseContainer).optional(),
  }),
})

/** Of the variables that arbitrary pods have. Which profiles a container has, another law says. */
function isShadowing(
  container: string,
  { name, value = '' }: { readonly name: string; readonly value?: string | undefined },
) {
  return (
    ['AWS_CONFIG_FILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'].includes(name) &&
    !['', '/dev/null', `/opt/rolechain.io/${container}.config`].includes(value)
  )
}

/** The pod without all that may be ours: what is left has to be the same before and after. */
function foreignText(subject: unknown): string {
  return JSON.stringify(subject, (key, value: unknown) => {
    if (['env', 'volumeMounts', 'labels', 'annotations', 'volumes'].includes(key)) return undefined
    if (key === 'initContainers' && Array.isArray(value)) {
      const others = value.filter(
        (element: { name: unknown }) => element.name !== SIDECAR_CONTAINER_NAME,
      )
      return others.length === 0 ? undefined : others
    }
    return value
  })
}
