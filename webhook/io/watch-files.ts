/** Notices that files have other contents. It compares contents, since mounted ConfigMaps and Secrets change by a swapped symlink. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Contents of the files in the order of their paths. */
export type Contents = readonly string[]

export interface FileWatch {
  readonly paths: readonly string[]
  /** What is in use already; anything else is told. */
  readonly known: Contents
  readonly everyMs: number
  /** Told once for each different content. What it throws is a failure too. */
  readonly onChange: (contents: Contents) => void
  /** Told once for each different failure to read them. */
  readonly onFailure: (error: unknown) => void
}

/** Reads all files as text; throws when one cannot be read. */
export function readFiles(paths: readonly string[]): Promise<Contents> {
  return Promise.all(paths.map((path) => readFile(path, 'utf8')))
}

/** Looks at the files again and again; returns how to stop. */
export function watchFiles(watch: FileWatch): () => Promise<void> {
  const stopping = new AbortController()
  let known = JSON.stringify(watch.known)

  /** What is there now, as one text that differs whenever it does. */
  async function read(): Promise<{ key: string; tell: () => void }> {
    try {
      const contents = await readFiles(watch.paths)
      return { key: JSON.stringify(contents), tell: () => watch.onChange(contents) }
    } catch (error) {
      return { key: String(error), tell: () => watch.onFailure(error) }
    }
  }

  async function look(): Promise<void> {
    const { key, tell } = await read()
    if (key === known) return
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
