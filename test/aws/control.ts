/** The control paths of the strict AWS, for other processes and shells: the trail and the faults as JSON under `/_/`. */
import { z } from 'zod'
import type { Answer } from './call.ts'
import { faultSchema, type FaultScript } from './faults.ts'
import type { AwsRequest } from './request.ts'
import type { TrailEntry } from './trail.ts'

/** What the control paths show and change. */
export interface Controlled {
  readonly trail: TrailEntry[]
  readonly faults: FaultScript
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

/** Answers a control request; unknown ones with the list of those that there are. */
export function answerControl(request: AwsRequest, { trail, faults }: Controlled): Answer {
  const id = /^\/_\/faults\/(\d+)$/.exec(request.rawPath)?.[1]
  switch (`${request.method} ${id === undefined ? request.rawPath : '/_/faults/<id>'}`) {
    case 'GET /_/trail':
      return toJson(200, trail)
    case 'DELETE /_/trail':
      trail.length = 0
      return toJson(200, trail)
    case 'GET /_/faults':
      return toJson(200, faults.list())
    case 'POST /_/faults':
      return addFault(request.body, faults)
    case 'DELETE /_/faults':
      faults.clear()
      return toJson(200, [])
    case 'DELETE /_/faults/<id>':
      faults.remove(Number(id))
      return toJson(200, faults.list())
    default:
      return toJson(404, {
        message:
          'There are GET and DELETE /_/trail, GET, POST and DELETE /_/faults, DELETE /_/faults/<id>.',
      })
  }
}
