/** The webhook's app with the real core behind it, and service accounts as a test says them. */
import type { FastifyInstance } from 'fastify'
import { createApp } from '../../../webhook/http/app.ts'
import type { AppParts } from '../../../webhook/http/app.ts'
import { parseSettings } from '../../../webhook/core/configuration/settings-schema.ts'
import {
  createConfiguration,
  PARITY_DEFAULTS,
} from '../../../webhook/core/configuration/configuration.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { decideLookup, mutate } from '../../../webhook/core/mutate.ts'
import { verify } from '../../../webhook/core/verify.ts'
import { readServiceAccountName } from '../../../webhook/core/pod/pod.ts'
import type {
  ServiceAccount,
  ServiceAccountLookup,
} from '../../../webhook/core/vocabulary/service-account.ts'
import { createMetrics } from '../../../webhook/metrics/metrics.ts'
import type { Metrics } from '../../../webhook/metrics/metrics.ts'
import type { LookupRequest } from '../../../webhook/service-accounts/service-accounts.ts'
import { createJudge } from '../../../webhook/judge/judge.ts'
import type { JudgeParts } from '../../../webhook/judge/judge.ts'
import type { Decisions } from '../../../webhook/judge/look-up.ts'
import { createTemplateJudge } from '../../../webhook/judge/judge-template.ts'
import { CHAIN_PREFIX } from '../../../webhook/core/vocabulary/names.ts'
import { createLog } from '../../../log/log.ts'
import { EVENTS } from '../../../webhook/log/events.ts'

export const baseRole = 'arn:aws:iam::111111111111:role/base'
export const targetRole = 'arn:aws:iam::222222222222:role/target'

export interface Surroundings {
  readonly cached?: ServiceAccount
  readonly live?: ServiceAccountLookup
  readonly missing?: ServiceAccountLookup
  readonly decisions?: Partial<Decisions>
  readonly parts?: Partial<AppParts>
  readonly onMissed?: () => void
}

export interface AppUnderTest {
  readonly app: FastifyInstance
  readonly metrics: Metrics
  /** Which lookups were made, in order. */
  readonly lookups: (LookupRequest & { readonly kind: 'live' | 'missing' })[]
  readonly logged: Record<string, unknown>[]
}

export function readConfiguration(): Configuration {
  const parsed = parseSettings({ sidecar: { image: 'localhost/sidecar:1' } })
  if (parsed.kind !== 'settings') throw new Error(parsed.problems.join())
  return createConfiguration(
    {
      settings: parsed.settings,
      parity: PARITY_DEFAULTS,
      chainAnnotationPrefix: CHAIN_PREFIX,
      kubernetesVersion: { major: 1, minor: 34 },
      version: '0.0.0',
    },
    () => 'abcdef01',
  )
}

export function createAppUnderTest(surroundings: Surroundings = {}): AppUnderTest {
  const unknown: ServiceAccountLookup = { kind: 'unknown', why: 'No answer in this test.' }
  const { cached, live = unknown, missing = unknown, decisions, parts, onMissed } = surroundings
  const metrics = createMetrics({ countServiceAccounts: () => 0, isUsed: () => false })
  const lookups: AppUnderTest['lookups'] = []
  const logged: Record<string, unknown>[] = []
  const log = createLog(EVENTS, {
    write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>),
    nowMs: () => 0,
    level: 'debug',
  })
  const configuration = readConfiguration()
  const judging: JudgeParts = {
    decisions: { decideLookup, mutate, readServiceAccountName, ...decisions },
    serviceAccounts: {
      readCached: () => cached,
      readLive: (request) => {
        lookups.push({ ...request, kind: 'live' })
        return Promise.resolve(live)
      },
      awaitMissing: (request) => {
        lookups.push({ ...request, kind: 'missing' })
        return Promise.resolve(missing)
      },
    },
    onMissed: onMissed ?? metrics.serviceAccountMissed,
  }
  const app = createApp({
    judge: createJudge(judging),
    judgeTemplate: createTemplateJudge(judging),
    judgeFinal: createJudge({ ...judging, decisions: { ...judging.decisions, mutate: verify } }),
    readConfiguration: () => configuration,
    readUnreadiness: () => '',
    isDraining: () => false,
    metrics,
    log,
    ...parts,
  })
  return { app, metrics, lookups, logged }
}

/** The body of a review of a pod in namespace `a` with service account `b`. */
export function toBody(pod: object, request: object = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'uid-1', namespace: 'a', operation: 'CREATE', object: pod, ...request },
  })
}

export function podWith(annotations: Readonly<Record<string, string>>): object {
  return {
    metadata: { generateName: 'p-', annotations },
    spec: { serviceAccountName: 'b', containers: [{ name: 'app', image: 'x' }] },
  }
}

export const plainPod = podWith({})
export const chainPod = podWith({ 'rolechain.io/target-role-arn': targetRole })

export function serviceAccount(annotations: Readonly<Record<string, string>>): ServiceAccount {
  return { namespace: 'a', name: 'b', annotations }
}

export interface Answer {
  readonly apiVersion: string
  readonly kind: string
  readonly response: {
    readonly uid: string
    readonly allowed: boolean
    readonly patch?: string
    readonly patchType?: string
    readonly status?: { readonly message: string }
    readonly warnings?: readonly string[]
    readonly auditAnnotations?: Readonly<Record<string, string>>
  }
}

/** Posts a body as the API server does, and returns the response of the review. */
export async function review(
  app: FastifyInstance,
  body: string,
  url = '/mutate?timeout=5s',
): Promise<Answer['response']> {
  const headers = { 'content-type': 'application/json' }
  const answer = await app.inject({ method: 'POST', url, headers, body })
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${answer.body}`)
  return answer.json<Answer>().response
}
