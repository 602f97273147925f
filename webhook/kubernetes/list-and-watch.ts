/**
 * A list of the API server, read once and then followed by watches, for as long as it is wanted. It never gives up, and
 * keeps nothing of what it reads itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log/events.ts'
import { toSentence } from '../../log/error-text.ts'
import type { KubernetesApi, WatchEvent } from './kubernetes-api.ts'
import { ApiError } from './kubernetes-api.ts'

export interface ListAndWatch {
  readonly api: KubernetesApi
  /** Of the watch, with what selects objects in its query. */
  readonly path: string
  /** Of the watch: which form of the objects is asked for. */
  readonly accept: string
  /** Reads the list whole. Returns the resource version from which it is to be followed; a rejection is tried again. */
  readonly list: (stopping: AbortSignal) => Promise<string | undefined>
  /** Takes a change, or a bookmark, which changes nothing. Returns the resource version after it. */
  readonly take: (event: WatchEvent) => string | undefined
  /** The sentence to log; `failure` is one itself. */
  readonly describe: (failure: string) => string
  readonly log: Log
  /** In [0, 1); spreads the reconnects of replicas. */
  readonly random: () => number
  /** Milliseconds before the first retry, doubled up to 30 s; 200 unless told. */
  readonly firstDelayMs?: number | undefined
}

/** The API server ends a watch after this many seconds. */
const watchSeconds = 300
/**
 * API servers send a bookmark about each minute. A watch that is silent for longer may hang, so a new one goes on where
 * it was.
 */
const longestSilenceMs = 150_000
const longestDelayMs = 30_000

/** Something came that cannot be read. Where the watch was it would come again, so the list is read anew. */
class Unreadable extends Error {}

/** Begins, and goes on until the returned function is called; that resolves when the last request has ended. */
export function listAndWatch(parts: ListAndWatch): () => Promise<void> {
  const { api, path, accept, firstDelayMs = 200 } = parts
  const stopping = new AbortController()
  const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=`
  const watchPath = `${path}${path.includes('?') ? '&' : '?'}${query}`
  /** The resource version up to which all is known; undefined when the list has to be read anew. */
  let position: string | undefined
  let failures = 0

  function take(event: WatchEvent): void {
    if (event.type === 'ERROR') throw readStatus(event.object)
    try {
      position = parts.take(event)
    } catch (error) {
      throw new Unreadable(toSentence(error), { cause: error })
    }
    failures = 0
  }

  async function step(): Promise<void> {
    position ??= await parts.list(stopping.signal)
    await watchWhileHeard(`${watchPath}${position ?? ''}`)
    // Were each watch to end at once, this would become a flood of requests.
    await pause(firstDelayMs)
  }

  /** Returns when the watch has ended, also for its silence. */
  async function watchWhileHeard(watched: string): Promise<void> {
    const silence = new AbortController()
    const listen = () => setTimeout(() => silence.abort(), longestSilenceMs)
    let timer = listen()
    const signal = AbortSignal.any([stopping.signal, silence.signal])
    try {
      await api.watch({ path: watched, accept, signal }, (event) => {
        clearTimeout(timer)
        timer = listen()
        take(event)
      })
    } catch (error) {
      if (!silence.signal.aborted) throw error
      parts.log(
        'watch_began_anew',
        parts.describe(`The watch was silent for ${longestSilenceMs / 1000} s.`),
      )
    } finally {
      clearTimeout(timer)
    }
  }

  function recover(error: unknown): Promise<void> {
    // After a broken connection the watch goes on where it was; 410 says that this place is no longer known.
    const isGone = error instanceof ApiError && error.status === 410
    if (isGone || error instanceof Unreadable || failures >= 5) position = undefined
    const longMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures)
    failures += 1
    parts.log(isGone ? 'watch_began_anew' : 'watch_failed', parts.describe(toSentence(error)))
    return pause(longMs * (0.5 + parts.random() / 2))
  }

  function pause(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined)
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await step()
      } catch (error) {
        if (!stopping.signal.aborted) await recover(error)
      }
    }
  }

  const running = run()
  return () => {
    stopping.abort()
    return running
  }
}

/** The error in a `Status` that came as an event of a watch. */
function readStatus(sent: unknown): ApiError {
  const { code, message } = (sent ?? {}) as { code?: unknown; message?: unknown }
  return new ApiError(
    typeof code === 'number' ? code : 500,
    typeof message === 'string' ? message : 'The API server ended the watch with an error.',
  )
}
