/**
 * The control paths of the strict AWS, for other processes and shells, as JSON under `/_/`: the trail, the faults, how
 * fast time passes for sessions, and who a role trusts.
 */
import { z } from 'zod'
import type { Answer, Environment } from './call.ts'
import { faultSchema, type FaultScript } from './faults.ts'
import { trustPolicy } from './policy-schemas.ts'
import type { AwsRequest } from './request.ts'
import type { TrailEntry } from './trail.ts'

/** What the control paths show and change. */
export interface Controlled {
  readonly trail: TrailEntry[]
  readonly faults: FaultScript
  readonly environment: Environment
}

/** `_` is no bucket's name, so nothing of S3 is hidden. */
export function isControl(request: AwsRequest): boolean {
  return request.rawPath.startsWith('/_/')
}

function toJson(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value, null, 2)}\n`,
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function addFault(body: Buffer, faults: FaultScript): Answer {
  const parsed = faultSchema.safeParse(parseJson(body))
  return parsed.success
    ? toJson(201, { id: faults.add(parsed.data) })
    : toJson(400, { message: `Not a fault: ${z.prettifyError(parsed.error)}` })
}

/** For sessions from now on. */
function changeTimeScale(body: Buffer, environment: Environment): Answer {
  const parsed = z.number().positive().safeParse(parseJson(body))
  if (!parsed.success) return toJson(400, { message: 'A time scale is a number above 0.' })
  environment.timeScale = parsed.data
  return toJson(200, parsed.data)
}

/** What IAM calls UpdateAssumeRolePolicy; for calls from now on. */
function changeTrustPolicy(arn: string, body: Buffer, { world }: Environment): Answer {
  const role = [...world.accounts.values()]
    .flatMap(({ roles }) => roles)
    .find((candidate) => candidate.arn === arn)
  if (role === undefined) return toJson(404, { message: `There is no role ${arn}.` })
  const parsed = trustPolicy.safeParse(parseJson(body))
  if (!parsed.success)
    return toJson(400, { message: `Not a trust policy: ${z.prettifyError(parsed.error)}` })
  role.trust = parsed.data
  return toJson(200, {})
}

type Answerer = (controlled: Controlled, body: Buffer, name: string) => Answer

/** By method and path; `<id>` or `<role ARN>` in the path is the name that the function gets. */
const ANSWERERS: Readonly<Record<string, Answerer>> = {
  'GET /_/trail': ({ trail }) => toJson(200, trail),
  'DELETE /_/trail': ({ trail }) => {
    trail.length = 0
    return toJson(200, trail)
  },
  'GET /_/faults': ({ faults }) => toJson(200, faults.list()),
  'POST /_/faults': ({ faults }, body) => addFault(body, faults),
  'DELETE /_/faults': ({ faults }) => {
    faults.clear()
    return toJson(200, [])
  },
  'DELETE /_/faults/<id>': ({ faults }, _body, id) => {
    faults.remove(Number(id))
    return toJson(200, faults.list())
  },
  'PUT /_/time-scale': ({ environment }, body) => changeTimeScale(body, environment),
  'PUT /_/trust-policies/<role ARN>': ({ environment }, body, arn) =>
    changeTrustPolicy(arn, body, environment),
}

const unknownPath: Answerer = () =>
  toJson(404, { message: `There are ${Object.keys(ANSWERERS).join(', ')}.` })

/** Answers a control request; unknown ones with the list of those that there are. */
export function answerControl(
  { method, rawPath, body }: AwsRequest,
  controlled: Controlled,
): Answer {
  const [, folder, name = ''] = /^(.+?\/(?:faults|trust-policies)\/)(.+)$/.exec(rawPath) ?? []
  const path =
    folder === undefined ? rawPath : `${folder}${folder === '/_/faults/' ? '<id>' : '<role ARN>'}`
  return (ANSWERERS[`${method} ${path}`] ?? unknownPath)(controlled, body, name)
}
