/**
 * Keeps what a restarted sidecar needs to answer at once: one file, written whole and renamed into place. It owns the
 * file's format and what happens when it cannot be written; it does not judge whether what it holds is still good.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { HeldSessions } from '../core/refresh/sessions.ts'
import type { Clock } from '../core/clock.ts'
import { parseState, type State } from '../core/refresh/kept-state.ts'
import type { Log } from '../events.ts'
import { errorCode } from './error-code.ts'

/**
 * A write that failed is tried again without waiting for the next change: a crash meanwhile would lose the sessions.
 */
const RETRY_INTERVAL_MS = 10_000

export interface StateFolder {
  /** What a former run has left; an empty state when there is none, or when it cannot be read. */
  readonly restored: State
  /** Writes the state as `collect` gives it now. Never throws: serving goes on without it. */
  save(): void
  stop(): void
}

export interface StateFolderOptions {
  readonly file: string
  /** Names this pod: nothing is restored that another has left, in a volume that was copied. */
  readonly pod: string
  readonly collect: () => Omit<State, 'pod'>
  readonly clock: Clock
  readonly log: Log
}

export const NO_SESSIONS: HeldSessions = { targets: {}, baseSessions: {} }

/** Reads the file, synchronously: nothing is served before it is known what is held. */
export function openStateFolder(options: StateFolderOptions): StateFolder {
  const { file, pod, collect, clock, log } = options
  let problem: string | undefined
  let cancelRetry: (() => void) | undefined

  const save = (): void => {
    cancelRetry?.()
    cancelRetry = undefined
    const found = writeState(file, { pod, ...collect() })
    if (found !== undefined) cancelRetry = clock.setTimer(save, RETRY_INTERVAL_MS)
    if (found !== undefined && found !== problem) {
      log(
        'state_not_saved',
        `The state file ${file} cannot be written (${found}): credentials are served as before, but a restarted sidecar would have to ask STS again; make room in the volume rolechain-state, or see who else writes there.`,
      )
    }
    if (found === undefined && problem !== undefined) {
      log('state_saved', `The state file ${file} can be written again.`)
    }
    problem = found
  }

  return {
    restored: readState(options),
    save,
    stop: () => {
      cancelRetry?.()
    },
  }
}

function readState({ file, pod, log }: StateFolderOptions): State {
  const empty: State = { pod, wasReady: false, sessions: NO_SESSIONS, endpointTokens: {} }
  const text = readText(file, log)
  if (text === undefined) return empty
  const state = parseState(text)
  if (state?.pod === pod) return state
  // What the parser says is not logged: it quotes the text, which holds credentials.
  const what = state === undefined ? 'is damaged, or of another version' : 'is of another pod'
  log(
    'state_not_restored',
    `The state file ${file} ${what}: the sidecar starts without it and asks STS.`,
  )
  return empty
}

function readText(file: string, log: Log): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') {
      log(
        'state_not_restored',
        `The state file ${file} cannot be read (${errorCode(error)}): the sidecar starts without it and asks STS.`,
      )
    }
    return undefined
  }
}

/** Writes beside the file and renames, so that a reader finds the old state or the new one. Says what failed. */
function writeState(file: string, state: State): string | undefined {
  const next = `${file}.next`
  try {
    // Removed first: a file that a killed run left may be in the way of the mode, or of the room.
    rmSync(next, { force: true })
    writeFileSync(next, JSON.stringify(state), { mode: 0o600, flag: 'wx' })
    renameSync(next, file)
    return undefined
  } catch (error) {
    try {
      rmSync(next, { force: true })
    } catch {
      // The first failure is the one to tell.
    }
    return errorCode(error)
  }
}
