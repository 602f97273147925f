/**
 * The file that lists who gets EKS Pod Identity: read at the start, and again whenever it changes. Bad content leaves
 * the last good in use.
 */
import { parsePodIdentities } from '../core/configuration/pod-identities.ts'
import type { PodIdentities } from '../core/configuration/pod-identities.ts'
import { toSentence } from '../../log/error-text.ts'
import type { Log } from '../log/events.ts'
import { readFiles, watchFiles, type Contents } from '../files/watch-files.ts'

export interface PodIdentityFile {
  readonly path: string
  readonly everyMs: number
  readonly onChange: (identities: PodIdentities) => void
  /** Whether the content that was just read is in use. */
  readonly onRead: (isGood: boolean) => void
  readonly log: Log
}

/** Resolves when the file has been looked at once. Returns how to stop. A missing file names nobody, as in upstream. */
export async function watchPodIdentityFile(file: PodIdentityFile): Promise<() => Promise<void>> {
  const { path, everyMs, log } = file

  function use([text = '']: Contents): void {
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

  function tell(error: unknown): void {
    file.onRead(false)
    const sentence = toSentence(error)
    log(
      'pod_identities_refused',
      `The file ${path} cannot be read: ${sentence}. What it said before stays in use.`,
    )
  }

  const known = await read([path]).catch(toError)
  if (known instanceof Error) tell(known)
  else use(known)
  return watchFiles({ paths: [path], known, everyMs, read, onChange: use, onFailure: tell })
}

async function read(paths: readonly string[]): Promise<Contents> {
  try {
    return await readFiles(paths)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ['']
    throw error
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
