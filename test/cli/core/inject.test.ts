/** Manifests get what the webhook would answer, in every kind that has pods, and lose it again. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { stringify } from 'yaml'
import { injectManifest, readWorkloads, type Judges } from '../../../cli/core/inject/inject.ts'
import { injectedBy, uninjectPod } from '../../../cli/core/inject/uninject.ts'
import { changeManifest } from '../../../cli/core/manifests/change.ts'
import { readManifest } from '../../../cli/core/manifests/manifest.ts'
import type { JsonObject } from '../../../webhook/core/formats/json.ts'
import { pod as arbitraryPods, serviceAccounts } from '../../webhook/core/arbitrary-pods.ts'
import { judge, toConfiguration, toLookup, type Given } from '../../webhook/core/fixture.ts'
import { corpus, toGiven } from './corpus.ts'

/** The same pod in each kind that has pods, as a text. */
const KINDS: Readonly<Record<string, (pod: JsonObject) => JsonObject>> = {
  Pod: (pod) => pod,
  Deployment: ({ metadata, spec }) => ({ spec: { replicas: 2, template: { metadata, spec } } }),
  StatefulSet: ({ metadata, spec }) => ({ spec: { template: { metadata, spec } } }),
  DaemonSet: ({ metadata, spec }) => ({ spec: { template: { metadata, spec } } }),
  ReplicaSet: ({ metadata, spec }) => ({ spec: { template: { metadata, spec } } }),
  Job: ({ metadata, spec }) => ({ spec: { template: { metadata, spec }, backoffLimit: 1 } }),
  CronJob: ({ metadata, spec }) => ({
    spec: { jobTemplate: { spec: { template: { metadata, spec } } }, schedule: '@daily' },
  }),
  PodTemplate: ({ metadata, spec }) => ({ template: { metadata, spec } }),
  Rollout: ({ metadata, spec }) => ({ spec: { template: { metadata, spec } } }),
}

/** What neither a person nor a chart writes, and a merge key without a map. */
const PARTS_OF_WEBHOOKS =
  /rolechain-|\/rolechain\.io|aws-iam-token|eks-pod-identity|AWS_ROLE|WEB_IDENTITY|AWS_CONTAINER|<</g

/** The pod with names of a person's in their place. */
function asWritten(pod: unknown): JsonObject {
  const text = JSON.stringify(pod).replaceAll(PARTS_OF_WEBHOOKS, (part) =>
    part.startsWith('/') ? '/own' : 'own-',
  )
  return JSON.parse(text) as JsonObject
}

function toText(kind: string, pod: JsonObject): string {
  const own = kind === 'Pod' ? {} : { metadata: { name: 'web', namespace: 'team-a' } }
  return stringify({ apiVersion: 'v1', kind, ...own, ...KINDS[kind]?.(pod) }, { version: '1.1' })
}

function toJudges(given: Given): Judges & { readonly isConfigurationKnown: boolean } {
  return {
    configuration: toConfiguration(given),
    lookUp: () => toLookup(given),
    isConfigurationKnown: true,
  }
}

function inject(text: string, judges: Judges): ReturnType<typeof injectManifest> {
  const manifest = readManifest('test', text)
  return injectManifest(manifest, readWorkloads(manifest, 'team-a'), judges)
}

function uninject(text: string, judges: ReturnType<typeof toJudges>): string {
  const manifest = readManifest('test', text)
  const changes = readWorkloads(manifest, 'team-a').map((workload) => ({
    ...workload,
    pod: uninjectPod(workload.template.pod, injectedBy(workload, judges)),
  }))
  return changeManifest(manifest, changes).text
}

function podOf(kind: string, text: string): unknown {
  const manifest = readManifest('test', text)
  const [workload] = readWorkloads(manifest, 'team-a')
  const { apiVersion: _version, kind: _kind, ...rest } = workload?.template.pod ?? {}
  return kind === 'Pod' ? workload?.template.pod : rest
}

/** What an API server would have written before the webhook sees a pod, `inject.cluster.ts` holds against one. */
function withoutBounds(pod: unknown): unknown {
  const { spec, ...rest } = pod as { readonly spec?: JsonObject }
  const { resources: _, ...others } = spec ?? {}
  return { ...rest, spec: others }
}

describe('inject makes of the whole corpus what the webhook answers', () => {
  it('has hundreds of pods in it', () => {
    assert.ok(corpus.length > 400, String(corpus.length))
  })

  for (const [index, kind] of Object.keys(KINDS).entries()) {
    it(`as ${kind}`, () => {
      for (const { name, pod, given } of corpus) {
        // Each pod in each kind would take a minute; each kind gets its share, a Pod them all.
        if (kind !== 'Pod' && corpus.findIndex((one) => one.pod === pod) % 8 !== index - 1) continue
        const text = toText(kind, pod)
        // A YAML text has no `undefined`, and what is no plain text is quoted in it.
        const { verdict, patched } = judge(pod, given)
        const injected = inject(text, toJudges(given))
        const expected = podOf(kind, toText(kind, patched as JsonObject))
        assert.deepEqual(withoutBounds(podOf(kind, injected.text)), withoutBounds(expected), name)
        const problems = injected.findings.filter(({ level }) => level === 'problem')
        assert.equal(problems.length > 0, verdict.kind === 'denied', name)
        if (verdict.kind === 'denied') {
          const codes = new Set(problems.map(({ code }) => code))
          assert.deepEqual([...codes].toSorted(), verdict.reasons.toSorted(), name)
        }
      }
    })
  }
})

/** Of variables without a value none follows from another. */
const EMPTY_REGIONS: [pod: object, serviceAccount: Record<string, string>] = [
  {
    metadata: { name: 'p' },
    spec: {
      containers: [{ name: 'app', env: [{ name: 'AWS_DEFAULT_REGION' }, { name: 'AWS_REGION' }] }],
    },
  },
  { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111111111111:role/cluster-base' },
]

describe('uninject', () => {
  it('gives manifests of the corpus back, or others of which inject makes the same', () => {
    let same = 0
    let all = 0
    // A third of it: there and back takes three times as long as there.
    for (const { name, pod, given } of corpus.filter((_, index) => index % 3 === 0)) {
      const judges = toJudges(given)
      const text = toText('Pod', pod)
      const injected = inject(text, judges)
      // What holds parts of ours already (a backup) is not what a person wrote.
      if (injected.text === text || uninject(text, judges) !== text) continue
      all += 1
      const back = uninject(injected.text, judges)
      if (back === text) same += 1
      else
        assert.deepEqual(podOf('Pod', inject(back, judges).text), podOf('Pod', injected.text), name)
    }
    assert.ok(all > 50, String(all))
    assert.ok(same / all > 0.8, `${same} of ${all}`)
  })

  it('of any pod without parts of webhooks gives one of which inject makes the same', () => {
    const configuration = toConfiguration({
      settings: {},
      parity: { useRegionalSts: true },
      kubernetes: '1.34',
    })
    fc.assert(
      fc.property(arbitraryPods, serviceAccounts, (pod, serviceAccount) => {
        const given = toGiven({ serviceAccount })
        const judges = { ...toJudges(given), configuration }
        const text = toText('Pod', asWritten(pod))
        const injected = inject(text, judges)
        const back = uninject(injected.text, judges)
        assert.deepEqual(podOf('Pod', inject(back, judges).text), podOf('Pod', injected.text))
      }),
      { numRuns: 100, examples: [EMPTY_REGIONS] },
    )
  })
})
