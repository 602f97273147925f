/**
 * What CloudTrail has of the calls that a page expects. Its event history has management events only, and has them some
 * minutes later, so that the pages are held against it when all of them have run.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { paginateLookupEvents, type CloudTrailClient } from '@aws-sdk/client-cloudtrail'
import type { TrailEntry } from '../../../stand-ins/aws/trail.ts'
import { compareCalls, describeCall } from '../trail.ts'

/** What a page says of the trail. */
export interface ExpectedCalls {
  readonly page: string
  readonly calls: readonly string[]
  /** Names of the page's roles. */
  readonly roles: readonly string[]
  /** When the page last said so; what comes later it says nothing of. */
  readonly untilMs: number
}

/** A call in CloudTrail, in the words of the pages. */
export interface SeenCall {
  readonly line: string
  readonly atMs: number
}

/** What came of a page's calls. */
export interface TrailResult {
  readonly found: readonly string[]
  readonly missing: readonly string[]
  /** What AWS has and the page does not. */
  readonly unexpected: readonly string[]
  /** Calls about objects of S3, which the event history does not have. */
  readonly notInHistory: readonly string[]
}

/** CloudTrail User Guide, "Logging data events": Amazon S3 object-level API activity. */
const DATA_EVENT = /^(?:(?:Get|Head|Put|Delete)Object|ListObjects\w*) /

function nameOf(line: string): string {
  return /^\w+/.exec(line)?.[0] ?? ''
}

/** The names of the events that the event history can have of these calls. */
export function toEventNames(expected: readonly ExpectedCalls[]): readonly string[] {
  const calls = expected.flatMap((one) => one.calls).filter((call) => !DATA_EVENT.test(call))
  return [...new Set(calls.map(nameOf))]
}

/** Holds the calls of a page against those that CloudTrail has. */
export function judgeTrail(expected: ExpectedCalls, seen: readonly SeenCall[]): TrailResult {
  const calls = [...new Set(expected.calls)]
  const wanted = calls.filter((call) => !DATA_EVENT.test(call))
  const names = toEventNames([expected])
  const own = seen.filter(
    ({ line, atMs }) =>
      atMs <= expected.untilMs &&
      names.includes(nameOf(line)) &&
      expected.roles.some((role) => line.includes(role)),
  )
  const { unexpected, missing } = compareCalls(
    wanted,
    own.map(({ line }) => line),
  )
  return {
    found: wanted.filter((call) => !missing.includes(call)),
    missing,
    unexpected,
    notInHistory: calls.filter((call) => DATA_EVENT.test(call)),
  }
}

/** A record as AWS has it: what is not asked for is null. */
interface TrailRecord extends Omit<TrailEntry, 'requestParameters'> {
  readonly requestParameters: TrailEntry['requestParameters'] | null
}

function toSeen(text: string): SeenCall {
  const record = JSON.parse(text) as TrailRecord
  const entry = { ...record, requestParameters: record.requestParameters ?? {} }
  return { line: describeCall(entry), atMs: Date.parse(record.eventTime) }
}

/** What is looked for, and where. */
export interface Search {
  readonly clients: readonly CloudTrailClient[]
  readonly prefix: string
  readonly sinceMs: number
  readonly waitMs: number
  readonly everyMs: number
  readonly signal: AbortSignal
}

/** Every call with the prefix of the run in it; only the run's roles and namespaces have it. */
async function lookUp(search: Search, names: readonly string[]): Promise<readonly SeenCall[]> {
  const seen: SeenCall[] = []
  for (const client of search.clients)
    for (const AttributeValue of names) {
      const input = {
        StartTime: new Date(search.sinceMs),
        LookupAttributes: [{ AttributeKey: 'EventName' as const, AttributeValue }],
      }
      for await (const { Events = [] } of paginateLookupEvents({ client }, input))
        for (const { CloudTrailEvent = '{}' } of Events)
          if (CloudTrailEvent.includes(search.prefix)) seen.push(toSeen(CloudTrailEvent))
    }
  return seen
}

/** Looks until all calls are there, time is up, or the signal says so; gives one result a page. */
export async function searchTrail(
  expected: readonly ExpectedCalls[],
  search: Search,
): Promise<readonly TrailResult[]> {
  const names = toEventNames(expected)
  const end = Date.now() + search.waitMs
  for (;;) {
    const seen = await lookUp(search, names)
    const results = expected.map((one) => judgeTrail(one, seen))
    const isDone = results.every(({ missing }) => missing.length === 0)
    if (isDone || Date.now() >= end || search.signal.aborted) return results
    await pause(search.everyMs, undefined, { signal: search.signal }).catch(() => undefined)
  }
}
