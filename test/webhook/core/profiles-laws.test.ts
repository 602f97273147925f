/** Laws of containers with several targets, for any pod: who has which profiles, and nobody has more. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { z } from 'zod'
import { SIDECAR_CONTAINER_NAME } from '../../../sidecar/contract.ts'
import { pod } from './arbitrary-pods.ts'
import { targetsOf } from './arbitrary-targets.ts'
import { BASE_ROLE, givenSchema, judge, toConfiguration, withPrefix } from './fixture.ts'

const configuration = toConfiguration({ settings: {}, parity: {}, kubernetes: '1.34' })

const containerSchema = z.looseObject({
  name: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  volumeMounts: z
    .array(
      z.looseObject({
        name: z.string(),
        mountPath: z.string(),
        readOnly: z.boolean().default(false),
      }),
    )
    .default([]),
})
const podSchema = z.looseObject({
  spec: z.looseObject({
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).default([]),
    volumes: z.array(z.looseObject({ name: z.string() })).default([]),
  }),
})
const sidecarSchema = z.looseObject({
  targets: z.record(z.string(), z.looseObject({ isOptional: z.literal(true).optional() })),
  profiles: z
    .record(
      z.string(),
      z.record(z.string(), z.looseObject({ isDefault: z.literal(true).optional() })),
    )
    .default({}),
})

type Container = z.infer<typeof containerSchema>

interface Admitted {
  readonly others: readonly Container[]
  readonly sidecar: Container
  readonly configuration: z.infer<typeof sidecarSchema>
  readonly reasons: readonly string[]
  readonly gate: string | undefined
}

const bases = fc.constantFrom<Record<string, string>>(
  {},
  { 'eks.amazonaws.com/role-arn': BASE_ROLE },
)

/** Arbitrary pods with targets, without what most of them would be refused for. */
const asking = pod.chain((subject) => {
  const {
    securityContext: _,
    shareProcessNamespace: __,
    ...spec
  } = subject.spec as typeof subject.spec & { securityContext?: unknown }
  const toLists = (containers: typeof spec.containers) =>
    containers
      .filter(({ name }) => name !== SIDECAR_CONTAINER_NAME)
      .map(({ securityContext: ___, ...container }) => ({
        ...container,
        volumeMounts: container.volumeMounts?.filter(
          ({ name }) => !name.startsWith('rolechain-') || name === 'rolechain-profiles',
        ),
      }))
  const lists = {
    containers: toLists(spec.containers),
    ...(spec.initContainers === undefined ? {} : { initContainers: toLists(spec.initContainers) }),
  }
  const names = [...lists.containers, ...(lists.initContainers ?? [])].map(({ name }) => name)
  return fc.tuple(targetsOf(names), fc.constantFrom('on', 'all')).map(([targets, gate]) => ({
    ...subject,
    metadata: {
      ...subject.metadata,
      annotations: withPrefix({ targets, gate, 'on-conflict': 'warn' }),
    },
    spec: { ...spec, ...lists },
  }))
})

/** Looks at all of them that are admitted. */
function forAdmitted(look: (admitted: Admitted) => void): void {
  let several = 0
  fc.assert(
    fc.property(asking, bases, (subject, serviceAccount) => {
      const given = z.strictObject(givenSchema).parse({ serviceAccount })
      const { verdict, patched } = judge(subject, given, configuration)
      if (verdict.kind === 'denied') return
      const { spec } = podSchema.parse(patched)
      const sidecar = spec.initContainers.find(({ name }) => name === SIDECAR_CONTAINER_NAME)
      assert.ok(sidecar !== undefined)
      const [{ value: text = '' } = {}] = sidecar.env
      const others = [...spec.initContainers, ...spec.containers].filter(
        (container) => container !== sidecar,
      )
      const read = sidecarSchema.parse(JSON.parse(text))
      several += Object.keys(read.profiles).length
      look({
        others,
        sidecar,
        configuration: read,
        reasons: verdict.reasons,
        gate: verdict.auditAnnotations['gate'],
      })
    }),
    { numRuns: 400 },
  )
  assert.ok(several > 50, `${several} containers had profiles`)
}

function tokensOf({ volumeMounts }: Container): readonly string[] {
  return volumeMounts
    .filter(({ name }) => name.startsWith('rolechain-token-'))
    .map(({ name }) => name.slice('rolechain-token-'.length))
}

function valueOf({ env }: Container, variable: string): string | undefined {
  return env.findLast(({ name }) => name === variable)?.value
}

describe('for any pod with targets', () => {
  it('a container mounts the tokens of its profiles, of one target or of none, each once and read-only', () => {
    forAdmitted(({ others, configuration: { profiles } }) => {
      for (const container of others) {
        const own = Object.keys(profiles[container.name] ?? {})
        const tokens = tokensOf(container)
        if (own.length > 0) assert.deepEqual([...tokens].sort(), [...own].sort())
        else assert.ok(tokens.length <= 1)
        for (const { name, mountPath, readOnly } of container.volumeMounts)
          if (name.startsWith('rolechain-token-'))
            assert.deepEqual(
              [mountPath, readOnly],
              [`/var/run/secrets/rolechain.io/${name.slice('rolechain-token-'.length)}`, true],
            )
      }
    })
  })

  it('only containers with profiles mount their folder, once and read-only, and nothing stands in it', () => {
    forAdmitted(({ others, sidecar, configuration: { profiles } }) => {
      const writes = sidecar.volumeMounts.filter(({ name }) => name === 'rolechain-profiles')
      assert.equal(writes.length, Object.keys(profiles).length > 0 ? 1 : 0)
      for (const container of others) {
        const mounts = container.volumeMounts.filter(({ name }) => name === 'rolechain-profiles')
        const has = container.name in profiles
        assert.deepEqual(
          mounts.map(({ mountPath, readOnly }) => [mountPath, readOnly]),
          has ? [['/opt/rolechain.io', true]] : [],
        )
        const beside = container.volumeMounts.filter(({ name }) => name !== 'rolechain-profiles')
        assert.ok(
          !has ||
            beside.every(({ mountPath }) => !/^\/opt\/(?:\.\/)*rolechain\.io/.test(mountPath)),
        )
      }
    })
  })

  it('a container with profiles finds them and none of others, or is told', () => {
    forAdmitted(({ others, configuration: { profiles }, reasons }) => {
      const isTold = reasons.some((reason) => reason.startsWith('conflict'))
      for (const container of others) {
        const own = profiles[container.name]
        const file = `/opt/rolechain.io/${container.name}.config`
        assert.ok(
          isTold || (valueOf(container, 'AWS_CONFIG_FILE') === file) === (own !== undefined),
        )
        const profile = valueOf(container, 'AWS_PROFILE') ?? ''
        const names = ['', 'default', ...Object.keys(own ?? {})]
        assert.ok(isTold || own === undefined || names.includes(profile), profile)
      }
    })
  })

  it("the endpoint's variables name the default profile, or are not there, or that is told", () => {
    forAdmitted(({ others, configuration: { profiles }, reasons }) => {
      const isTold = reasons.some((reason) => reason.startsWith('conflict'))
      for (const container of others) {
        const own = Object.entries(profiles[container.name] ?? {})
        const defaults = own.filter(([, { isDefault }]) => isDefault)
        assert.ok(defaults.length <= 1)
        if (own.length === 0 || isTold) continue
        const [[target] = []] = defaults
        assert.equal(
          valueOf(container, 'AWS_CONTAINER_CREDENTIALS_FULL_URI'),
          target === undefined ? undefined : `http://127.0.0.1:7755/v1/credentials/${target}`,
        )
      }
    })
  })

  it('the gate waits for what some container has as its only or default target, and with all for every target', () => {
    forAdmitted(({ others, configuration: { profiles, targets: all }, gate }) => {
      const needed = new Set(
        others.flatMap((container) => {
          const own = Object.entries(profiles[container.name] ?? {})
          return own.length === 0
            ? tokensOf(container)
            : own.filter(([, { isDefault }]) => isDefault).map(([target]) => target)
        }),
      )
      for (const [target, { isOptional }] of Object.entries(all))
        if (gate !== 'off') assert.equal(isOptional ?? false, gate !== 'all' && !needed.has(target))
    })
  })
})
