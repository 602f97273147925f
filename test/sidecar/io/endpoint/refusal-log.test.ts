/**
 * What the endpoint logs of refusals: one line a second of each kind, so that clients that retry do not fill the disk.
 */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, it } from 'node:test'
import {
  type EndpointStage,
  realClock,
  startEndpointStage,
  toRequest,
} from '../../endpoint-stage.ts'

let nowMs: number
let stage: EndpointStage

beforeEach(async () => {
  nowMs = 1_000_000
  stage = await startEndpointStage({}, { ...realClock, nowMs: () => nowMs })
})

afterEach(() => {
  stage.stop()
})

interface Line {
  readonly event: string
  readonly code: string
  readonly status: number
  readonly target?: string
  readonly unlogged?: number
}

/** The refusals that these requests have logged. */
async function logged(...given: Parameters<typeof toRequest>[0][]): Promise<object[]> {
  const before = stage.collected.lines().length
  for (const headers of given) await stage.exchange(toRequest(headers))
  return (stage.collected.lines().slice(before) as unknown as Line[])
    .filter(({ event }) => event === 'refused')
    .map(({ code, status, target, unlogged }) => ({ code, status, target, unlogged }))
}

const guess = { Authorization: 'guess' }
const forwarded = { 'X-Forwarded-For': '10.0.0.1' }
const wrong = { code: 'wrong_token', status: 401, target: 'default' }
const line = (unlogged?: number) => ({ ...wrong, unlogged })

it('logs the first at once, and after a second how many there were meanwhile', async () => {
  assert.deepEqual(await logged(guess, guess, guess), [line()])
  nowMs += 999
  assert.deepEqual(await logged(guess), [])
  nowMs += 1
  assert.deepEqual(await logged(guess, guess), [line(3)])
  nowMs += 1_000
  assert.deepEqual(await logged(guess), [line(1)])
  nowMs += 1_000
  assert.deepEqual(await logged(guess), [line()])
})

it('logs each kind for itself', async () => {
  const kinds = (await logged(guess, forwarded, guess)) as { code: string }[]
  assert.deepEqual(
    kinds.map(({ code }) => code),
    ['wrong_token', 'forwarded_request'],
  )
})

it('logs on when the clock was set back', async () => {
  assert.deepEqual(await logged(guess), [line()])
  nowMs -= 3_600_000
  assert.deepEqual(await logged(guess, guess), [line()])
})
