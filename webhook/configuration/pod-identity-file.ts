/** The file that lists who gets EKS Pod Identity: read at the start, and again whenever it changes. Bad content leaves the last good in use. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parsePodIdentities } from '../core/configuration/pod-identities.ts'
import type { PodIdentities } from '../core/configuration/pod-identities.ts'
import { toSentence } from '../../log/error-text.ts'
import type { Log } from '../log/events.ts'

export interface PodIdentityFile {
  readonly path: string
  readonly everyMs: number
  readonly onChange: (identities: PodIdentities) => void
  /** Whether the content that was just read is in use. */
  readonly onRead: (isGood: boolean) => void
  readonly log: Log
}

/** Resolves when the file has been looked at once; returns how to stop. A file that is not there names nobody, as in upstream. */
export async function watchPodIdentityFile(file: PodIdentityFile): Promise<() => Promise<void>> {
  const { path, everyMs, log } = file
  const stopping = new AbortController()
  let seen: string | undefined
  /** Not used before it is seen twice. */
  let emptyAtLastLook = false

  async function look(): Promise<void> {
    const text = await read(path)
    // Whoever writes the file anew empties it first: all pods of that moment would be without credentials.
    if (text === '' && seen !== undefined && seen !== '' && !emptyAtLastLook) {
      emptyAtLastLook = true
      return
    }
    emptyAtLastLook = false
    if (text === seen) return
    seen = text
    use(text)
  }

  function use(text: string): void {
    const parsed = parsePodIdentities(text)
    file.onRead(parsed.kind === 'identities')
    if (parsed.kind === 'unusable') {
      log(
        'pod_identities_refused',
        `The file ${path} ${parsed.why}. What it said before stays in use.`,
      )
      return
    }
    file.onChange(parsed.identities)
    log(
      'pod_identities_used',
      `The file ${path} gives EKS Pod Identity to ${parsed.identities.size} service accounts.`,
    )
  }

  let failure = ''
  async function lookAndTell(): Promise<void> {
    try {
      await look()
      failure = ''
    } catch (error) {
      const sentence = toSentence(error)
      if (sentence === failure) return
      failure = sentence
      file.onRead(false)
      log(
        'pod_identities_refused',
        `The file ${path} cannot be read: ${sentence}. What it said before stays in use.`,
      )
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(everyMs, undefined, { signal: stopping.signal, ref: false }).catch(
        () => undefined,
      )
      if (!stopping.signal.aborted) await lookAndTell()
    }
  }

  await lookAndTell()
  const running = run()
  return () => {
    stopping.abort()
    return running
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
