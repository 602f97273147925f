/** What a pod with a chain is doing: what it asks for, what it has, and why its containers wait. */
import { SIDECAR_CONTAINER_NAME } from '../../../sidecar/contract.ts'
import { FAILURES } from '../../../sidecar/core/failures/failures.ts'
import { asksForTarget } from '../../../webhook/core/annotations/annotations.ts'
import { readExemption } from '../../../webhook/core/annotations/exemption.ts'
import type { Configuration } from '../../../webhook/core/configuration/configuration.ts'
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { ROLE_VARIABLE } from '../../../webhook/core/vocabulary/names.ts'
import type { CommandFinding, FindingCode } from '../../findings/findings.ts'
import { problem } from './line.ts'
import { annotationsOf, eachAt, inside, namespaceOf, placeOf } from './objects.ts'

/** Why a container's image does not come. */
const PULL_REASONS = ['ImagePullBackOff', 'ErrImagePull', 'InvalidImageName', 'ErrImageNeverPull']

export function sidecarOf(pod: JsonObject): JsonObject | undefined {
  return eachAt(inside(pod, 'spec'), 'initContainers').find(
    (container) => textAt(container, 'name') === SIDECAR_CONTAINER_NAME,
  )
}

/** It has not ended. */
export function isAlive(pod: JsonObject): boolean {
  return !['Succeeded', 'Failed'].includes(textAt(inside(pod, 'status'), 'phase'))
}

export function serviceAccountOf(pod: JsonObject): string {
  return textAt(inside(pod, 'spec'), 'serviceAccountName') || 'default'
}

/** Service accounts by namespace and name. */
export type Accounts = ReadonlyMap<string, JsonObject>

export function toAccounts(serviceAccounts: readonly JsonObject[]): Accounts {
  return new Map(serviceAccounts.map((object) => [placeOf(object), object]))
}

/** The annotations of its service account; none where it is not known. */
export function accountAnnotations(
  pod: JsonObject,
  accounts: Accounts,
): Readonly<Record<string, string>> {
  const found = accounts.get(`${namespaceOf(pod)}/${serviceAccountOf(pod)}`)
  return found === undefined ? {} : annotationsOf(found)
}

/** Whether it is to have a target, by itself or by its service account. */
export function asks(pod: JsonObject, accounts: Accounts, configuration: Configuration): boolean {
  const annotations = annotationsOf(pod)
  return (
    readExemption(annotations, configuration) === null &&
    (asksForTarget(annotations, configuration) ||
      asksForTarget(accountAnnotations(pod, accounts), configuration))
  )
}

/** A container has the role by web identity, as EKS's webhook gives it. */
export function hasWebIdentity(pod: JsonObject): boolean {
  return eachAt(inside(pod, 'spec'), 'containers').some((container) =>
    eachAt(container, 'env').some((variable) => textAt(variable, 'name') === ROLE_VARIABLE),
  )
}

/** Statuses of all its containers. */
function statusesOf(pod: JsonObject): readonly JsonObject[] {
  const status = inside(pod, 'status')
  return [...eachAt(status, 'initContainerStatuses'), ...eachAt(status, 'containerStatuses')]
}

/** `open` once its containers may start; `unknown` where the kubelet has not said. */
export function gateOf(pod: JsonObject): 'open' | 'closed' | 'off' | 'unknown' {
  const sidecar = sidecarOf(pod)
  if (sidecar?.['startupProbe'] === undefined) return 'off'
  const status = statusesOf(pod).find((one) => textAt(one, 'name') === SIDECAR_CONTAINER_NAME)
  if (status === undefined) return 'unknown'
  return status['started'] === true ? 'open' : 'closed'
}

/** Images of a pod of the webhook, or of the sidecar in any pod, that do not come. */
export function pullProblems(pod: JsonObject): readonly CommandFinding[] {
  return statusesOf(pod).flatMap((status) => {
    const waiting = inside(status, 'state', 'waiting')
    const isOurs = sidecarOf(pod) === undefined || textAt(status, 'name') === SIDECAR_CONTAINER_NAME
    if (!isOurs || !PULL_REASONS.includes(textAt(waiting, 'reason'))) return []
    const image = textAt(status, 'image')
    return [
      problem(
        'image_not_pulled',
        `pod/${placeOf(pod)}`,
        `the image ${image} of ${textAt(status, 'name')}: ${textAt(waiting, 'reason')}: ${textAt(waiting, 'message')}`,
      ),
    ]
  })
}

/** What the startup probe of the sidecar said last; undefined where no event is left of it. */
export function failureOf(pod: JsonObject, events: readonly JsonObject[]): string | undefined {
  const uid = textAt(inside(pod, 'metadata'), 'uid')
  return events
    .filter(
      (event) =>
        textAt(event, 'reason') === 'Unhealthy' &&
        textAt(inside(event, 'involvedObject'), 'uid') === uid &&
        textAt(inside(event, 'involvedObject'), 'fieldPath').includes(SIDECAR_CONTAINER_NAME),
    )
    .toSorted((one, other) => (timeOf(one) < timeOf(other) ? -1 : 1))
    .map((event) =>
      textAt(event, 'message')
        .replace(/^Startup probe failed: /, '')
        .trim(),
    )
    .at(-1)
}

/** When it was last seen; empty where it does not say. */
export function timeOf(event: JsonObject): string {
  return textAt(event, 'lastTimestamp') || textAt(event, 'eventTime')
}

const WORDS: readonly (readonly [says: RegExp, code: FindingCode])[] = [
  [/InvalidIdentityToken|IDPRejectedClaim/, 'identity_token_rejected'],
  [/AccessDenied\b[^]*AssumeRoleWithWebIdentity/, 'web_identity_denied'],
  [/AccessDenied/, 'role_denied'],
]

/** The code of a failure that the sidecar has told in its sentence. */
export function failureCode(sentence: string): FindingCode {
  const known = Object.entries(FAILURES).find(([, { advice }]) =>
    sentence.includes(advice.slice(0, 50)),
  )
  if (known !== undefined) return known[0] as keyof typeof FAILURES
  return WORDS.find(([says]) => says.test(sentence))?.[1] ?? 'gate_closed'
}
