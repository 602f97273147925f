/**
 * Makes admissions and configurations out of fixtures in YAML: what a row leaves out is the pod and the cluster of the
 * example.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import jsonPatch from 'fast-json-patch'
import { z } from 'zod'
import { parseSettings } from '../../../webhook/core/configuration/settings-schema.ts'
import {
  createConfiguration,
  PARITY_DEFAULTS,
  type Configuration,
  type ParitySettings,
} from '../../../webhook/core/configuration/configuration.ts'
import { decideLookup, mutate } from '../../../webhook/core/mutate.ts'
import { parseRoleMapping } from '../../../webhook/core/configuration/role-mapping.ts'
import type {
  ServiceAccount,
  ServiceAccountLookup,
} from '../../../webhook/core/vocabulary/service-account.ts'
import type { Verdict } from '../../../webhook/core/review/verdict.ts'
import { CHAIN_PREFIX } from '../../../webhook/core/vocabulary/names.ts'

export const BASE_ROLE = 'arn:aws:iam::111111111111:role/cluster-base'
export const TARGET_ROLE = 'arn:aws:iam::222222222222:role/reports-reader'

const texts = z.record(z.string(), z.string())
const json = z.record(z.string(), z.unknown())

/** What a fixture may say about the circumstances of a pod. */
export const givenSchema = {
  /** Merged over the configuration file of the example: a region and an image. */
  settings: json.default({}),
  parity: json.default({}),
  /** `--chain-annotation-prefix` */
  prefix: z.string().optional(),
  /** Version of the API server, or `unknown`. */
  kubernetes: z.string().default('1.34'),
  /** Annotations of the service account; a name without a slash gets the prefix of chain mode. */
  serviceAccount: texts.default({ 'eks.amazonaws.com/role-arn': BASE_ROLE }),
  /** Instead of finding the service account. */
  lookup: z.enum(['missing', 'unknown']).optional(),
  /** Annotations of the service account as the cache has it, for `lookup: unknown`. */
  cached: texts.optional(),
  /** Whether the service account has the label `rolechain.io/chain: "true"`. */
  isLabelled: z.boolean().default(true),
  isEnforced: z.boolean().default(false),
  /** What the ConfigMap of `--watch-config-map` says in `config`. */
  roleMapping: json.optional(),
  /** Service accounts with EKS Pod Identity, as `namespace/name`. */
  podIdentities: z.array(z.string()).default([]),
  /** In [0, 1). */
  jitter: z.number().default(0),
}

export type Given = z.infer<z.ZodObject<typeof givenSchema>>

export function toConfiguration({
  settings,
  parity,
  kubernetes,
  roleMapping,
  podIdentities = [],
  prefix = CHAIN_PREFIX,
}: Pick<Given, 'settings' | 'parity' | 'kubernetes'> &
  Partial<Pick<Given, 'roleMapping' | 'podIdentities' | 'prefix'>>): Configuration {
  const file = merged(
    { region: 'eu-west-1', sidecar: { image: 'localhost/rolechain-sidecar:0.1.0' } },
    settings,
    true,
  )
  const parsed = parseSettings(file)
  assert.ok(
    parsed.kind === 'settings',
    parsed.kind === 'problems' ? parsed.problems.join('\n') : '',
  )
  const mapped = parseRoleMapping(JSON.stringify(roleMapping ?? {}))
  assert.ok(mapped.kind === 'mapping')
  const [major = 0, minor = 0] = kubernetes.split('.').map(Number)
  return createConfiguration(
    {
      settings: parsed.settings,
      parity: { ...PARITY_DEFAULTS, ...(parity as Partial<ParitySettings>) },
      chainAnnotationPrefix: prefix,
      kubernetesVersion: kubernetes === 'unknown' ? null : { major, minor },
      version: '0.1.0',
      roleMapping: mapped.mapping,
      podIdentities: new Set(podIdentities),
    },
    sha256,
  )
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function withPrefix(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [
      name.includes('/') ? name : `${CHAIN_PREFIX}/${name}`,
      value,
    ]),
  )
}

function named(annotations: Readonly<Record<string, string>>): ServiceAccount {
  return { namespace: 'team-a', name: 'reports', annotations: withPrefix(annotations) }
}

export function toLookup({ serviceAccount, lookup, isLabelled }: Given): ServiceAccountLookup {
  if (lookup === 'missing') return { kind: 'missing' }
  if (lookup === 'unknown') {
    return { kind: 'unknown', why: 'no answer within 1 s' }
  }
  const found = named(serviceAccount)
  return {
    kind: 'found',
    serviceAccount: isLabelled ? found : { ...found, lacksChainLabel: true },
  }
}

/** Judges a pod and brings it to what the verdict says, checking what holds for every verdict. */
export function judge(
  pod: unknown,
  given: Given,
  configuration = toConfiguration(given),
): { readonly verdict: Verdict; readonly patched: unknown } {
  const before = JSON.stringify(pod)
  const { cached, jitter } = given
  const decide = (subject: unknown) => {
    const admission = {
      namespace: 'team-a',
      pod: subject,
      unknownMeans: given.isEnforced ? ('refuse' as const) : ('admit' as const),
      jitter,
    }
    const { unknownMeans } = decideLookup(admission, cached && named(cached), configuration)
    return mutate({ ...admission, unknownMeans }, toLookup(given), configuration)
  }
  const verdict = decide(pod)
  assert.equal(JSON.stringify(pod), before, 'the pod itself is left as it was')
  assert.ok(
    verdict.warnings.every((warning) => warning.length <= 256),
    'no warning is cut by the API server',
  )
  if (verdict.kind !== 'patched') return { verdict, patched: pod }
  assertMinimal(pod, verdict.patch)
  const patched = applied(pod, verdict.patch)
  const again = decide(patched)
  assert.deepEqual(
    again.kind === 'patched' ? again.patch : again.kind,
    'allowed',
    'a second look finds nothing to do',
  )
  return { verdict, patched }
}

/** The pod after a patch, as the API server would have it: through JSON both ways. */
export function applied(
  pod: unknown,
  patch: Extract<Verdict, { kind: 'patched' }>['patch'],
): unknown {
  const copy = JSON.parse(JSON.stringify(pod)) as object
  const operations = JSON.parse(JSON.stringify(patch)) as jsonPatch.Operation[]
  const patched: unknown = jsonPatch.applyPatch(copy, operations, true).newDocument
  return patched
}

/** No operation puts an array where one is, and none goes where we own nothing. */
export function assertMinimal(pod: unknown, patch: readonly jsonPatch.Operation[]): void {
  for (const { op, path } of patch) {
    assert.match(path, OURS, `${op} ${path}`)
    if (path.startsWith('/spec/') && !/\/(?:-|\d+)$/.test(path)) {
      assert.ok(!Array.isArray(at(pod, path)), `${op} ${path} would replace an array`)
    }
  }
}

const OURS = new RegExp(
  [
    String.raw`^/spec/(?:initContainers|containers)/\d+/env(?:/(?:-|\d+|\d+/value))?$`,
    String.raw`^/spec/(?:initContainers|containers)/\d+/volumeMounts(?:/(?:-|\d+))?$`,
    String.raw`^/spec/initContainers(?:/\d+)?$`,
    String.raw`^/spec/volumes(?:/(?:-|\d+))?$`,
    String.raw`^/spec/imagePullSecrets(?:/-)?$`,
    String.raw`^/metadata(?:/labels(?:/eks\.amazonaws\.com~1(?:skip-pod-identity-webhook|pod-identity))?|/annotations(?:/rolechain\.io~1injected)?)?$`,
  ].join('|'),
)

/**
 * The value at a JSON Pointer; undefined where there is none. `[name=x]` as a segment finds the element of an array by
 * its name.
 */
export function at(document: unknown, pointer: string): unknown {
  const segments = pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
  return segments.reduce<unknown>((value, segment) => {
    if (typeof value !== 'object' || value === null) return undefined
    if (!Array.isArray(value)) return (value as Record<string, unknown>)[segment]
    return /^\d+$/.test(segment)
      ? (value[Number(segment)] as unknown)
      : value.find((element: { name?: unknown }) => element.name === segment)
  }, document)
}

/** Objects merged field by field; all else replaced; null takes a field away unless it is kept as a value. */
export function merged(base: unknown, over: unknown, keepsNull = false): unknown {
  if (!isRecord(base) || !isRecord(over)) return over
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    if (value === null && !keepsNull) Reflect.deleteProperty(result, key)
    else result[key] = merged(result[key], value, keepsNull)
  }
  return result
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
