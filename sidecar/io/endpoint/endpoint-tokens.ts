/**
 * Judges endpoint tokens against the files in which the kubelet rotates them. It owns which values are accepted: the
 * one that the file has now, and hashes of those that it had before. It knows no request and no session.
 */
import { readFileSync, statSync } from 'node:fs'
import type { Clock } from '../../core/clock.ts'
import type { TokenVerdict } from '../../core/endpoint/reply.ts'
import { sha256 } from '../../core/endpoint/sha256.ts'
import type { Log } from '../../events.ts'
import { errorCode } from '../error-code.ts'

/**
 * How many values that a file has had stay good: some SDKs read it once in their life. The kubelet rotates a token of a
 * day at 80 % of its life, so these are a year's: 365 / 0.8, and a few. They cost 40 KB a target.
 */
const REMEMBERED_VALUES = 460

/** For unknown values, which anybody may send, a file that looks unchanged is read at most this often. */
const REREAD_INTERVAL_MS = 1_000

/**
 * Read now and then without being asked, so that no value is missed; the kubelet looks whether to rotate once a minute.
 */
const POLL_INTERVAL_MS = 30_000

export interface EndpointTokens {
  /**
   * Judges a value in constant time. For an unknown one the file is read again first, if it has changed since or has
   * not been read for a second: a token that the kubelet has just rotated is known at once, and guessing costs no more
   * than a look at the file.
   */
  verify(target: string, value: string): TokenVerdict
  /** Accepted values as hashes, by target, oldest first; for the state folder. */
  hashes(): Readonly<Record<string, readonly string[]>>
  /** Reads every file, and from then on now and then. */
  start(): void
  stop(): void
}

export interface EndpointTokenOptions {
  /** By target. */
  readonly files: Readonly<Record<string, string>>
  /** Hashes that a former run accepted. */
  readonly accepted: Readonly<Record<string, readonly string[]>>
  readonly clock: Clock
  readonly log: Log
  /** Called when {@link EndpointTokens.hashes} has changed. */
  readonly onChange: () => void
}

/** Knows only what a former run accepted until it is started. */
export function createEndpointTokens(options: EndpointTokenOptions): EndpointTokens {
  const files = new Map(
    Object.entries(options.files).map(([target, file]) => [
      target,
      createTokenFile(options, target, file),
    ]),
  )
  let cancelPoll: (() => void) | undefined
  const poll = (): void => {
    for (const file of files.values()) file.read()
    cancelPoll = options.clock.setTimer(poll, POLL_INTERVAL_MS)
  }
  return {
    start: poll,
    verify: (target, value) => files.get(target)?.verify(value) ?? 'refused',
    hashes: () => Object.fromEntries([...files].map(([target, file]) => [target, file.hashes()])),
    stop: () => {
      cancelPoll?.()
    },
  }
}

interface TokenFile {
  read(): void
  verify(value: string): TokenVerdict
  hashes(): readonly string[]
}

function createTokenFile(options: EndpointTokenOptions, target: string, file: string): TokenFile {
  const { clock, log } = options
  let current: string | undefined
  /**
   * Hashes, the newest last, which is the current value's. With the first on: the next rotation may come while no
   * sidecar runs.
   */
  let known: readonly string[] = new Map(Object.entries(options.accepted)).get(target) ?? []
  let readAtMs = Number.NEGATIVE_INFINITY
  let readVersion: string | undefined
  let problem: string | undefined

  const accept = (value: string): void => {
    if (value === current) return
    current = value
    const hashed = sha256(value)
    if (known.at(-1) === hashed) return
    known = [...known.filter((one) => one !== hashed), hashed].slice(-REMEMBERED_VALUES)
    options.onChange()
  }

  const read = (): void => {
    readAtMs = clock.nowMs()
    // Looked at before it is read: a change in between is then seen the next time.
    readVersion = versionOf(file)
    const outcome = readToken(file)
    if (outcome.kind === 'token') accept(outcome.value)
    const found = outcome.kind === 'token' ? undefined : outcome.problem
    if (found !== undefined && found !== problem) {
      log(
        'endpoint_token_unreadable',
        `The endpoint token of target ${target} at ${file} ${found}; values that were good stay good, and it is read again for each unknown value; see whether the kubelet reports a problem with the volume.`,
        { target },
      )
    }
    problem = found
  }

  const isWorthReading = (): boolean => {
    const elapsedMs = clock.nowMs() - readAtMs
    // A clock that was set back must not put off reading.
    return elapsedMs < 0 || elapsedMs >= REREAD_INTERVAL_MS || versionOf(file) !== readVersion
  }

  /** All are looked at, whichever it is. The current one is among them. */
  const isKnown = (hashed: string): boolean =>
    known.filter((one) => isEqualInConstantTime(hashed, one)).length > 0

  return {
    read,
    verify: (value) => {
      if (current !== undefined && isEqualInConstantTime(value, current)) return 'accepted'
      const hashed = sha256(value)
      if (isKnown(hashed)) return 'accepted'
      if (isWorthReading()) read()
      if (isKnown(hashed)) return 'accepted'
      return problem === undefined ? 'refused' : 'unreadable'
    },
    hashes: () => known,
  }
}

type TokenOutcome =
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: 'problem'; readonly problem: string }

function readToken(file: string): TokenOutcome {
  try {
    const value = readFileSync(file, 'utf8').trim()
    return value === '' ? { kind: 'problem', problem: 'is empty' } : { kind: 'token', value }
  } catch (error) {
    return { kind: 'problem', problem: `cannot be read (${errorCode(error)})` }
  }
}

/** Differs when the kubelet has put another file in place; undefined when there is none to look at. */
function versionOf(file: string): string | undefined {
  try {
    const { ino, mtimeMs, size } = statSync(file)
    return `${String(ino)} ${String(mtimeMs)} ${String(size)}`
  } catch {
    return undefined
  }
}

/** Takes as long for any value of the right length: how long that is, is no secret. */
function isEqualInConstantTime(value: string, known: string): boolean {
  let difference = value.length ^ known.length
  for (let index = 0; index < known.length; index += 1) {
    difference |= value.charCodeAt(index) ^ known.charCodeAt(index)
  }
  return difference === 0
}
