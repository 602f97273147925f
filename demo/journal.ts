/** What running programs said, in order, and a way to wait for what they will say. */

export interface Entry {
  /** Who said it, a container's name for example. */
  readonly from: string
  readonly line: string
}

export interface Journal {
  readonly entries: readonly Entry[]
  add(entry: Entry): void
  /** Calls `listener` with every entry from now on, until the function that is returned is called. */
  listen(listener: (entry: Entry) => void): () => void
  /**
   * Resolves with the first entry at or after `since` (an index into `entries`) that `accept` takes, be it there
   * already or still to come; with nothing when none has come after `timeoutMs`.
   */
  find(accept: (entry: Entry) => boolean, wait: Wait): Promise<Entry | undefined>
}

export interface Wait {
  readonly since?: number
  readonly timeoutMs: number
}

export function createJournal(): Journal {
  const entries: Entry[] = []
  const listeners = new Set<(entry: Entry) => void>()
  return {
    entries,
    add(entry) {
      entries.push(entry)
      for (const listener of listeners) listener(entry)
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    find(accept, { since = 0, timeoutMs }) {
      const found = entries.slice(since).find(accept)
      if (found !== undefined) return Promise.resolve(found)
      return new Promise((resolve) => {
        const settle = (entry: Entry | undefined) => {
          clearTimeout(timer)
          listeners.delete(listener)
          resolve(entry)
        }
        const listener = (entry: Entry) => {
          if (accept(entry)) settle(entry)
        }
        const timer = setTimeout(settle, timeoutMs, undefined)
        listeners.add(listener)
      })
    },
  }
}
