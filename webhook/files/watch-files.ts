/**
 * Notices that files have other contents. It compares contents, since mounted ConfigMaps and Secrets change by a
 * swapped symlink.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Contents of the files in the order of their paths. */
export type Contents = readonly string[]

export interface FileWatch {
  readonly paths: readonly string[]
  /** What is in use already, or the failure that is known already. Anything else is reported. */
  readonly known: Contents | Error
  readonly everyMs: number
  /** Reads their contents; {@link readFiles} unless told. */
  readonly read?: (paths: readonly string[]) => Promise<Contents>
  /** Told once for each different content that two looks in a row have seen. What it throws is a failure too. */
  readonly onChange: (contents: Contents) => void
  /** Told once for each different failure to read them, of two looks in a row too. */
  readonly onFailure: (error: unknown) => void
}

/** Reads all files as text; throws when one cannot be read. */
export function readFiles(paths: readonly string[]): Promise<Contents> {
  return Promise.all(paths.map((path) => readFile(path, 'utf8')))
}

/** Looks at the files again and again; returns how to stop. */
export function watchFiles(watch: FileWatch): () => Promise<void> {
  const stopping = new AbortController()
  let known = toKey(watch.known)
  let last = known

  /** What is there now, as one text. It changes whenever the content does. */
  async function read(): Promise<{ key: string; tell: () => void }> {
    try {
      const contents = await (watch.read ?? readFiles)(watch.paths)
      return { key: toKey(contents), tell: () => watch.onChange(contents) }
    } catch (error) {
      return { key: toKey(error), tell: () => watch.onFailure(error) }
    }
  }

  async function look(): Promise<void> {
    const { key, tell } = await read()
    // What two looks see alike: a file that is just being written is shorter, and may mean something else.
    const isSettled = key === last
    last = key
    if (key === known || !isSettled) return
    known = key
    try {
      tell()
    } catch (error) {
      watch.onFailure(error)
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(watch.everyMs, undefined, { signal: stopping.signal, ref: false }).catch(
        () => undefined,
      )
      if (!stopping.signal.aborted) await look()
    }
  }

  const running = run()
  return () => {
    stopping.abort()
    return running
  }
}

function toKey(look: unknown): string {
  return Array.isArray(look) ? JSON.stringify(look) : String(look)
}
