/** A review as the webhook does it, from parsed JSON to the text of the answer, and what it costs. */
import { z } from 'zod'
import { decideLookup, mutate } from '../../../../webhook/core/mutate.ts'
import { readServiceAccountName } from '../../../../webhook/core/pod/pod.ts'
import { readReview, toReview } from '../../../../webhook/core/review/review.ts'
import type { ServiceAccountLookup } from '../../../../webhook/core/vocabulary/service-account.ts'
import { advised } from '../../../../webhook/core/review/verdicts.ts'
import type { Verdict } from '../../../../webhook/core/review/verdict.ts'
import { givenSchema, TARGET_ROLE, toConfiguration, toLookup, withPrefix } from '../fixture.ts'

const configuration = toConfiguration({
  settings: {
    skipContainers: ['*a*b*c*d*'],
    policy: { rules: [{ namespaces: ['*'], roleArns: [TARGET_ROLE, '*-a*-b*-c*-d'] }] },
  },
  parity: {},
  kubernetes: '1.34',
})

/** Annotations without a slash get the prefix of chain mode. */
export interface Subject {
  readonly pod: object
  /** Of the service account; a base role unless told. */
  readonly serviceAccount?: Readonly<Record<string, string>>
}

export interface Reviewed {
  readonly verdict: Verdict
  /** What is sent back. */
  readonly answer: string
  /** What whoever writes a Deployment of such pods is told. */
  readonly advice: readonly string[]
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

/** Reviews a pod, and the template of a Deployment that makes it. */
export function review({ pod, serviceAccount }: Subject): Reviewed {
  const read = readReview({ request: { uid: 'u', namespace: 'team-a', object: pod } })
  if (read.kind !== 'pod') throw new Error(`a review of a pod, and not of ${read.kind}`)
  const { namespace } = read
  const admission = { namespace, pod: read.pod }
  readServiceAccountName(read.pod)
  const lookup = lookupOf(serviceAccount)
  const cached = lookup.kind === 'found' ? lookup.serviceAccount : undefined
  decideLookup(admission, cached, configuration)
  const verdict = mutate(admission, lookup, configuration)
  return {
    verdict,
    answer: JSON.stringify(toReview(read.envelope, verdict, toBase64)),
    advice: advised(verdict, 'Deployment').warnings,
  }
}

const given = z.strictObject(givenSchema)
const lookups = new WeakMap<object, ServiceAccountLookup>()
const NOTHING_GIVEN = {}

function lookupOf(serviceAccount?: Readonly<Record<string, string>>): ServiceAccountLookup {
  const key = serviceAccount ?? NOTHING_GIVEN
  const lookup = lookups.get(key) ?? toLookup(given.parse(serviceAccount ? { serviceAccount } : {}))
  lookups.set(key, lookup)
  return lookup
}

/** Milliseconds of this thread's CPU that one review takes: the least of a few, since a busy machine only ever adds. */
export function cpuMs(subject: Subject, { tries = 3, each = 1 } = {}): number {
  const costs = Array.from({ length: tries }, () => {
    const before = process.threadCpuUsage()
    for (let count = 0; count < each; count += 1) review(subject)
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000 / each
  })
  return Math.min(...costs)
}

/** A pod as a Deployment makes it. */
export const ORDINARY: Subject = {
  pod: {
    metadata: {
      generateName: 'nightly-7d9c5b8f4-',
      labels: { app: 'nightly' },
      annotations: withPrefix({ 'target-role-arn': TARGET_ROLE }),
    },
    spec: {
      serviceAccountName: 'reports',
      containers: [
        {
          name: 'app',
          image: 'registry.example/app:1',
          env: Array.from({ length: 20 }, (_, index) => ({ name: `S_${index}`, value: 'x' })),
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  },
}

/** What an {@link ORDINARY} review costs in a process that has done many. */
export function ordinaryCpuMs(): number {
  cpuMs(ORDINARY, { tries: 1, each: 2000 })
  return cpuMs(ORDINARY, { tries: 3, each: 1000 })
}
