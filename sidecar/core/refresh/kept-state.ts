/** What a sidecar leaves to its next run, and how that is read back: whole and of this format, or not at all. */
import type { HeldSessions } from './sessions.ts'
import { isSession } from '../chain/job.ts'
import { type Check, dictionary, list, oneOf, record, text } from '../shape.ts'

/** Holds credentials: it goes nowhere but into the state folder. */
export interface State {
  /** The pod that it is of: whatever else is in it means nothing to another. */
  readonly pod: string
  /** Whether a probe has succeeded, so that the gate does not close again behind a running pod. */
  readonly wasReady: boolean
  readonly sessions: HeldSessions
  /** Hashes of accepted endpoint tokens by target, oldest first. */
  readonly endpointTokens: Readonly<Record<string, readonly string[]>>
}

const session: Check = (value, path) => (isSession(value) ? [] : [`${path}: is not a session`])
const anyText = text(/^[^]+$/, 'a text')

const shape = record({
  pod: anyText,
  wasReady: oneOf([true, false]),
  sessions: record({
    targets: dictionary(anyText, record({ chainKey: anyText, session })),
    baseSessions: dictionary(anyText, session),
  }),
  endpointTokens: dictionary(anyText, list(text(/^[0-9a-f]{64}$/, 'a hash'), 0)),
})

/** Reads the file's text; undefined when it is damaged or of another format. */
export function parseState(source: string): State | undefined {
  try {
    const value: unknown = JSON.parse(source)
    return shape(value, '').length === 0 ? (value as State) : undefined
  } catch {
    return undefined
  }
}
