/**
 * What is to happen when: a list for each tenth of a second, put in order when its time has come. In the order in which
 * things were added, those that have waited for longest would get the few calls of each tenth.
 */

const TICK_MS = 100

export interface Agenda<Item> {
  /** What would happen after the end does not. */
  add(atMs: number, item: Item): void
  /** Takes everything in order. What is added meanwhile has to be of a later tick. */
  run(handle: (atMs: number, item: Item) => void): void
}

export function createAgenda<Item>(untilMs: number): Agenda<Item> {
  const ticks: { readonly atMs: number; readonly item: Item }[][] = []
  return {
    add: (atMs, item) => {
      if (atMs < untilMs) (ticks[Math.floor(atMs / TICK_MS)] ??= []).push({ atMs, item })
    },
    run: (handle) => {
      for (let tick = 0; tick < ticks.length; tick += 1) {
        const due = (ticks[tick] ?? []).sort((a, b) => a.atMs - b.atMs)
        for (const { atMs, item } of due) handle(atMs, item)
        // 150,000 sidecars over hours would not fit.
        ticks[tick] = []
      }
    },
  }
}
