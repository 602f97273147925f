/**
 * What is known of pods that run: their sidecar, its gate, how old its sessions are and why it last failed. Read from
 * the status of the pod and from the log of its sidecar; nothing of it is secret.
 */
import { SIDECAR_CONTAINER_NAME } from '../../../sidecar/contract.ts'
import { FAILURES } from '../../../sidecar/core/failures/failures.ts'
import {
  isObject,
  objectAt,
  readObjectsAt,
  textAt,
  type JsonObject,
} from '../../../webhook/core/formats/json.ts'
import { parseTimestamp } from '../../../sidecar/core/timestamp.ts'
import { toFinding, type CommandFinding, type FindingCode } from '../../findings/findings.ts'

export interface RunningTarget {
  readonly target: string
  /** A sentence part: how old its session is. */
  readonly session: string
  /** Null where it works. */
  readonly failure: { readonly code: string; readonly message: string } | null
}

export interface RunningPod {
  readonly name: string
  /** A sentence part: what its sidecar does. */
  readonly sidecar: string
  /** `ended`: the pod has done its work, or has failed. Null where there is no sidecar. */
  readonly gate: 'open' | 'closed' | 'ended' | null
  readonly targets: readonly RunningTarget[]
}

export interface Running {
  readonly pods: readonly RunningPod[]
}

/** A pod of the API, and the log of its sidecar. */
export interface PodWithLog {
  readonly pod: JsonObject
  /** Undefined where there is none. */
  readonly log: string | undefined
}

/** What is told of pods that run, and what is wrong with them. `wantsSidecar`: they ask for a target. */
export function readRunning(
  pods: readonly PodWithLog[],
  { wantsSidecar, nowMs }: { readonly wantsSidecar: boolean; readonly nowMs: number },
): { readonly running: Running; readonly findings: readonly CommandFinding[] } {
  const read = pods.map((one) => readPod(one, nowMs))
  return {
    running: { pods: read.map(({ running }) => running) },
    findings: read.flatMap(({ running, findings }) => [
      ...findings,
      ...(wantsSidecar && running.gate === null && findings.length === 0
        ? [withoutSidecar(running.name)]
        : []),
    ]),
  }
}

function withoutSidecar(name: string): CommandFinding {
  return toFinding('pod_without_sidecar', {
    level: 'problem',
    place: `pod/${name}`,
    message: 'it asks for a target now, and was made without the sidecar: it runs without its role',
  })
}

interface ReadPod {
  readonly running: RunningPod
  readonly findings: readonly CommandFinding[]
}

function readPod({ pod, log }: PodWithLog, nowMs: number): ReadPod {
  const name = textAt(objectAt(pod, 'metadata'), 'name')
  const status = sidecarStatus(pod)
  if (status === undefined) {
    return { running: { name, sidecar: 'has no sidecar', gate: null, targets: [] }, findings: [] }
  }
  const place = `pod/${name}`
  const gate = gateOf(pod, status)
  const targets = readTargets(log ?? '', nowMs)
  const reason = textAt(waitingOf(status), 'reason')
  const { restartCount } = status
  const phase = phaseOf(pod)
  const found =
    phase === 'Succeeded'
      ? []
      : [
          ...imageFindings(status, place),
          ...targets.flatMap((target) => failureFindings(target, place)),
        ]
  return {
    running: {
      name,
      sidecar: `sidecar ${reason || SIDECAR_DOES[gate]}, restarts ${Number(restartCount ?? 0)}`,
      gate,
      targets,
    },
    findings: gate !== 'closed' || found.length > 0 ? found : [gateFinding(place, reason)],
  }
}

const SIDECAR_DOES = {
  open: 'runs',
  closed: 'has no credentials yet',
  ended: 'has ended with the pod',
} as const

function phaseOf(pod: JsonObject): string {
  return textAt(objectAt(pod, 'status'), 'phase')
}

/** The kubelet says of a sidecar that has ended that it has not started. */
function gateOf(pod: JsonObject, status: JsonObject): keyof typeof SIDECAR_DOES {
  if (['Succeeded', 'Failed'].includes(phaseOf(pod))) return 'ended'
  return status['started'] === true ? 'open' : 'closed'
}

function waitingOf(status: JsonObject): JsonObject {
  return objectAt(objectAt(status, 'state'), 'waiting')
}

function imageFindings(status: JsonObject, place: string): readonly CommandFinding[] {
  const waiting = waitingOf(status)
  const reason = textAt(waiting, 'reason')
  if (!/^(?:ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull)$/.test(reason)) {
    return []
  }
  const why = textAt(waiting, 'message') || reason
  return [
    toFinding('image_not_pulled', {
      level: 'problem',
      place: `${place}, container ${SIDECAR_CONTAINER_NAME}`,
      message: `${textAt(status, 'image')} cannot be pulled: ${why}`,
    }),
  ]
}

function failureFindings(
  { target, failure }: RunningTarget,
  place: string,
): readonly CommandFinding[] {
  if (failure === null) return []
  const where = `${place}, target ${target}`
  const { code, message } = failure
  return [toFinding(toCode(code), { level: 'problem', place: where, message })]
}

function gateFinding(place: string, reason: string): CommandFinding {
  const why = reason === '' ? '' : ` (${reason})`
  const message = `its containers wait for the sidecar, which has no credentials yet${why}`
  return toFinding('gate_closed', { level: 'warning', place, message })
}

function toCode(code: string): FindingCode {
  return Object.hasOwn(FAILURES, code) ? (code as FindingCode) : 'gate_closed'
}

function sidecarStatus(pod: JsonObject): JsonObject | undefined {
  const statuses = readObjectsAt(
    objectAt(pod, 'status'),
    'initContainerStatuses',
    (status) => status,
  )
  const hasSidecar = readObjectsAt(objectAt(pod, 'spec'), 'initContainers', (container) =>
    textAt(container, 'name'),
  ).includes(SIDECAR_CONTAINER_NAME)
  if (!hasSidecar) return undefined
  return statuses.find((status) => textAt(status, 'name') === SIDECAR_CONTAINER_NAME) ?? {}
}

/** The last word of the log on each target. */
function readTargets(log: string, nowMs: number): readonly RunningTarget[] {
  const states = new Map<string, { refreshed?: JsonObject; failed?: JsonObject }>()
  for (const line of log.split('\n')) {
    const event = toEvent(line)
    const target = event === undefined ? '' : textAt(event, 'target')
    if (event === undefined || target === '') continue
    const kind = textAt(event, 'event')
    if (kind === 'refreshed') states.set(target, { refreshed: event })
    if (kind === 'refresh_failed') states.set(target, { ...states.get(target), failed: event })
  }
  return [...states].map(([target, { refreshed, failed }]) => ({
    target,
    session: refreshed === undefined ? 'no session yet' : sessionOf(refreshed, nowMs),
    failure:
      failed === undefined
        ? null
        : { code: textAt(failed, 'code'), message: textAt(failed, 'message') },
  }))
}

function toEvent(line: string): JsonObject | undefined {
  try {
    const event: unknown = JSON.parse(line)
    return isObject(event) ? event : undefined
  } catch {
    return undefined
  }
}

function sessionOf(refreshed: JsonObject, nowMs: number): string {
  const age = minutesBetween(textAt(refreshed, 'time'), nowMs)
  const expiration = textAt(refreshed, 'expiration')
  return `session ${age === null ? 'of unknown age' : `${age} min old`}${expiration === '' ? '' : `, good until ${expiration}`}`
}

function minutesBetween(time: string, nowMs: number): number | null {
  const fromMs = parseTimestamp(time.replace(/\.\d+Z$/, 'Z'))
  return Number.isNaN(fromMs) ? null : Math.max(0, Math.round((nowMs - fromMs) / 60_000))
}
