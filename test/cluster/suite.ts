/** What scenarios are written with: kubectl, waiting with a deadline, namespaces of their own, and the application. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { attempt, run, type CommandOutcome } from './command.ts'
import { IMAGES } from './images.ts'
import { ROLES } from './world.ts'

const { SUITE_AWS_URL_IN_PODS: awsUrlInPods = 'http://none', SUITE_AWS_URL: awsUrl = '' } =
  process.env

/** The strict AWS for pods. */
export const AWS_URL_IN_PODS = awsUrlInPods

/** The strict AWS for this machine, for its trail and its faults. */
export const AWS_URL = awsUrl

/** The address of this machine for pods and the API server. */
export const HOST_IP = new URL(awsUrlInPods).hostname

/** A Kubernetes object, as far as it is known. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

/** Long enough for a machine that is busy; a scenario that works never waits for it. */
const DEADLINE_MS = 90_000
const LOOK_EVERY_MS = 250

/**
 * Looks until `look` gives something (not undefined); throws with what it looked for and the last failure when it takes
 * too long.
 */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
  deadlineMs: number = DEADLINE_MS,
): Promise<Found> {
  const end = Date.now() + deadlineMs
  let last: unknown = 'nothing was found'
  while (Date.now() < end) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      last = error
    }
    await pause(LOOK_EVERY_MS)
  }
  throw new Error(`waited in vain for ${what}: ${String(last)}`)
}

/** A namespace and kubectl in it. */
export interface Place {
  readonly namespace: string
  kubectl(...parameters: string[]): Promise<string>
  /** Like `kubectl`, for what may fail. */
  attempt(...parameters: string[]): Promise<CommandOutcome>
  /** Like `attempt`, with something on standard input. */
  attemptWith(input: string, ...parameters: string[]): Promise<CommandOutcome>
  apply(...objects: KubernetesObject[]): Promise<CommandOutcome>
  get(kind: string, name: string): Promise<Record<string, unknown>>
  /** What the application of a pod printed last, when it has printed something. */
  outcome(pod: string, container?: string): Promise<Outcome | undefined>
}

/** A line of the application. */
export interface Outcome {
  readonly identity?: string
  readonly object?: string
  readonly error?: string
}

/** A namespace that is there. */
export function toPlace(namespace: string): Place {
  const command = (parameters: readonly string[]) => [
    'kubectl',
    '--namespace',
    namespace,
    ...parameters,
  ]
  const place: Place = {
    namespace,
    kubectl: (...parameters) => run(command(parameters)),
    attempt: (...parameters) => attempt(command(parameters)),
    attemptWith: (input, ...parameters) => attempt(command(parameters), { input }),
    apply: (...items) =>
      place.attemptWith(
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
        'apply',
        '-f',
        '-',
      ),
    async get(kind, name) {
      const text = await place.kubectl('get', kind, name, '--output=json')
      return JSON.parse(text) as Record<string, unknown>
    },
    async outcome(name, container = 'app') {
      const { stdout } = await place.attempt('logs', name, `--container=${container}`, '--tail=1')
      return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as Outcome)
    },
  }
  return place
}

/**
 * Runs `scenario` in a new namespace with a service account `reporter` whose base role it is, and removes it
 * afterwards.
 */
export async function inNamespace(
  scenario: (place: Place) => Promise<void>,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const place = toPlace(`suite-${randomBytes(3).toString('hex')}`)
  await applied(place, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: place.namespace, labels },
  })
  try {
    await applied(place, serviceAccount('reporter', { 'eks.amazonaws.com/role-arn': ROLES.base }))
    await scenario(place)
  } catch (error) {
    throw new Error(`${String(error)}\n\n${await describe(place)}`, { cause: error })
  } finally {
    // Without waiting: the next scenario has a namespace of its own.
    await place.attempt('delete', 'namespace', place.namespace, '--wait=false')
  }
}

/** What a person would look at when a scenario fails. */
async function describe(place: Place): Promise<string> {
  const events = await place.attempt('get', 'events', '--output=wide')
  const pods = await place.attempt('get', 'pods', '--output=yaml')
  const logs = await place.attempt(
    'logs',
    // Every pod: one that has not this label.
    '--selector=!suite',
    '--all-containers',
    '--prefix',
    '--tail=20',
    '--ignore-errors',
  )
  return [events.stdout, logs.stdout, logs.stderr, pods.stdout].join('\n')
}

/** Applies objects that have to be accepted. */
export async function applied(
  place: Place,
  ...objects: KubernetesObject[]
): Promise<CommandOutcome> {
  const outcome = await place.apply(...objects)
  assert.equal(outcome.exitCode, 0, outcome.stderr)
  return outcome
}

export function serviceAccount(
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, annotations } }
}

/** The application as a container, which may run under Pod Security `restricted`. */
export function appContainer(
  settings: { name?: string; bucket?: string; mode?: 'once' | 'forever' } = {},
): Readonly<Record<string, unknown>> {
  const { name = 'app', bucket = 'reports', mode = 'once' } = settings
  return {
    name,
    image: IMAGES.app,
    args: [mode],
    env: [
      { name: 'AWS_ENDPOINT_URL_STS', value: awsUrlInPods },
      { name: 'AWS_ENDPOINT_URL_S3', value: awsUrlInPods },
      { name: 'BUCKET', value: bucket },
      { name: 'KEY', value: 'hello.txt' },
    ],
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}

/** The part of a workload that makes its pods. */
export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly spec: Readonly<Record<string, unknown>>
}

/** A pod template of the service account `reporter`. */
export function podTemplate(
  annotations: Readonly<Record<string, string>>,
  spec: Readonly<Record<string, unknown>> = {},
): PodTemplate {
  return {
    metadata: { labels: { app: 'app' }, annotations },
    spec: { serviceAccountName: 'reporter', containers: [appContainer()], ...spec },
  }
}

/** A bare pod that runs once. */
export function pod(
  name: string,
  annotations: Readonly<Record<string, string>>,
  spec: Readonly<Record<string, unknown>> = {},
): KubernetesObject {
  const template = podTemplate(annotations, { restartPolicy: 'Never', ...spec })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...template.metadata },
    spec: template.spec,
  }
}

/** Waits until a pod has ended, and gives its phase. */
export function ended(place: Place, name: string): Promise<string> {
  return until(`the end of pod ${name}`, async () => {
    const phase = await place.kubectl('get', 'pod', name, '--output=jsonpath={.status.phase}')
    return ['Succeeded', 'Failed'].includes(phase) ? phase : undefined
  })
}
