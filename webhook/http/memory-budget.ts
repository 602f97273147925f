/**
 * What all requests under way may hold in memory together. Where it is not enough, who holds the most has to go: a
 * stranger's hoard, and not the reviews of everybody else.
 */

export interface Share {
  /** Holds so many bytes more; false when this share had to go. */
  readonly take: (bytes: number) => boolean
  /** From now on it cannot be told to go: it is being worked on. */
  readonly keep: () => void
  readonly release: () => void
}

export interface MemoryBudget {
  /** `giveUp` is called when this share has to go; by then nothing of it is counted. */
  readonly open: (giveUp: () => void) => Share
  /** What is held in all. */
  readonly heldBytes: () => number
}

interface Holder {
  bytes: number
  isKept: boolean
  readonly giveUp: () => void
}

export function createMemoryBudget(limitBytes: number): MemoryBudget {
  const holders = new Set<Holder>()
  let total = 0

  const drop = (holder: Holder) => {
    if (holders.delete(holder)) total -= holder.bytes
  }
  /** Who has to go. Undefined when there is room, or when nobody can go. */
  const findLargest = () => {
    let largest: Holder | undefined
    if (total <= limitBytes) return largest
    for (const holder of holders) {
      if (!holder.isKept && holder.bytes > (largest?.bytes ?? 0)) largest = holder
    }
    return largest
  }
  const makeRoom = () => {
    for (let largest = findLargest(); largest !== undefined; largest = findLargest()) {
      drop(largest)
      largest.giveUp()
    }
  }
  return {
    open: (giveUp) => {
      const holder: Holder = { bytes: 0, isKept: false, giveUp }
      holders.add(holder)
      return {
        take: (bytes) => {
          if (!holders.has(holder)) return false
          holder.bytes += bytes
          total += bytes
          makeRoom()
          return holders.has(holder)
        },
        keep: () => {
          holder.isKept = true
        },
        release: () => drop(holder),
      }
    },
    heldBytes: () => total,
  }
}
