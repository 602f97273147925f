/**
 * Starts the strict AWS: one HTTP port for its services, faults carried out, every call recorded. The services judge.
 * Under `/_/` the same, and what `control.ts` has beside it, is offered to other processes.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Environment, Service } from './call.ts'
import { toWorld } from './configuration.ts'
import { answerControl, isControl } from './control.ts'
import { createFaultScript, type Fault } from './faults.ts'
import { listen } from './listen.ts'
import { splitTarget, type AwsRequest } from './request.ts'
import { findService } from './services.ts'
import { createSessionStore } from './session-store.ts'
import { toTrailEntry, type TrailEntry } from './trail.ts'

/** All may be left out. */
export interface AwsOptions {
  /** Absent: a free one. */
  readonly port?: number
  /**
   * Lifetimes of sessions are divided by it: at 600 an hour's session ends after 6 s. The clock itself is not scaled.
   */
  readonly timeScale?: number
  /** The clock, in milliseconds; absent: that of the machine. */
  readonly now?: () => number
  /** Where an OIDC provider's issuer really answers, by the provider's URL: `{ [issuer.issuer]: issuer.url }`. */
  readonly issuerLocations?: Readonly<Record<string, string>>
}

/** A running strict AWS, as tests in the same process use it. */
export interface Aws {
  /** The endpoint of every service: `http://127.0.0.1:port`. */
  readonly url: string
  /** Every call so far, the oldest first. */
  trail(): readonly TrailEntry[]
  clearTrail(): void
  /** Faults add up; the function that is returned takes this one back. */
  addFault(fault: Fault): () => void
  clearFaults(): void
  stop(): Promise<void>
}

/** An object of 5 MB and what an SDK adds: more than any test sends. */
const BODY_LIMIT_BYTES = 6 * 1024 * 1024

async function readRequest(incoming: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT_BYTES) throw new AwsError('EntityTooLarge', 'Your request is too big.')
    chunks.push(chunk)
  }
  return {
    method: incoming.method ?? 'GET',
    ...splitTarget(incoming.url ?? '/'),
    headers: new Map(
      Object.entries(incoming.headersDistinct).map(([name, values]) => [
        name,
        (values ?? []).join(','),
      ]),
    ),
    body: Buffer.concat(chunks),
    sourceIp: incoming.socket.remoteAddress ?? '',
  }
}

function write(response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body)
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length })
  response.end(body)
}

function writeFaulty(response: ServerResponse, answer: Answer, faults: readonly Fault[]): void {
  if (faults.some(({ kind }) => kind === 'garbage'))
    return write(response, { ...answer, status: 200, body: '<<<\0 not XML at all & {"half": ' })
  if (!faults.some(({ kind }) => kind === 'cut_off')) return write(response, answer)
  const body = Buffer.from(answer.body)
  response.writeHead(answer.status, { ...answer.headers, 'content-length': body.length })
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy())
}

/** The error that a fault asks for, in place of judging the call. */
function toFaultError(fault: Fault, service: Service): AwsError | undefined {
  if (fault.kind === 'throttle') return service.throttled(fault.retryAfterSeconds)
  if (fault.kind !== 'error') return undefined
  const { status, code, message = 'A fault that was asked for.', retryAfterSeconds } = fault
  return new AwsError(code, message, { status, retryAfterSeconds })
}

/** Starts the strict AWS on the loopback, with the world that `configuration` describes (see `example.yaml`). */
export async function startAws(configuration: unknown, options: AwsOptions = {}): Promise<Aws> {
  const { port = 0, timeScale = 1, now = Date.now, issuerLocations = {} } = options
  const faults = createFaultScript()
  const trail: TrailEntry[] = []
  const world = toWorld(configuration)
  const users = [...world.accounts.values()].flatMap((account) => account.users)
  const environment: Environment = {
    world,
    sessions: createSessionStore(users),
    issuerLocations,
    timeScale,
    trail: () => trail,
    record: (entry) => void trail.push(entry),
  }

  function toCall(request: AwsRequest, service: Service, drawn: readonly Fault[]): Call {
    const offsets = drawn.map((fault) => (fault.kind === 'clock' ? fault.offsetMs : 0))
    return {
      request,
      operation: service.readOperation(request),
      environment,
      nowMs: offsets.reduce((sum, offset) => sum + offset, now()),
      requestId: randomUUID(),
      notes: {
        caller: { kind: 'unknown' },
        region: 'us-east-1',
        requestParameters: {},
        responseElements: null,
      },
    }
  }

  async function judge(call: Call, service: Service, drawn: readonly Fault[]): Promise<Answer> {
    const { eventSource } = service
    try {
      const fault = drawn
        .map((one) => toFaultError(one, service))
        .find((error) => error !== undefined)
      if (fault !== undefined) throw fault
      const answer = await service.answer(call)
      trail.push(toTrailEntry(call, { eventSource, error: undefined }))
      return answer
    } catch (error) {
      const { answer, ...words } = service.toErrorAnswer(error, call)
      trail.push(toTrailEntry(call, { eventSource, error: words }))
      return answer
    }
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    if (isControl(request))
      return write(response, answerControl(request, { trail, faults, environment, nowMs: now() }))
    const service = findService(request)
    const drawn = faults.draw(service.readOperation(request))
    for (const fault of drawn) if (fault.kind === 'delay') await delay(fault.delayMs)
    if (drawn.some(({ kind }) => kind === 'reset')) {
      incoming.socket.resetAndDestroy()
      return
    }
    const call = toCall(request, service, drawn)
    // SDKs learn from it how far their own clock is off.
    response.setHeader('date', new Date(call.nowMs).toUTCString())
    writeFaulty(response, await judge(call, service, drawn), drawn)
  }

  const server = createServer((incoming, response) => {
    // Only a mistake in the strict AWS itself comes here: it must look like no refusal of AWS.
    serve(incoming, response).catch((error: unknown) => {
      write(response, {
        status: 500,
        headers: { 'content-type': 'text/plain' },
        body: String(error),
      })
    })
  })
  const { url, stop } = await listen(server, port)
  return {
    url,
    trail: () => [...trail],
    clearTrail() {
      trail.length = 0
    },
    addFault(fault) {
      const id = faults.add(fault)
      return () => {
        faults.remove(id)
      }
    },
    clearFaults: () => {
      faults.clear()
    },
    stop,
  }
}
