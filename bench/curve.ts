/** A memory curve over a long run, told by its start and its end. */
import { readMemory } from './process.ts'
import { formatMib, type Row } from './table.ts'

/** A tenth of the samples is the warm-up, in which code is compiled and heaps find their size; it is left out. */
const WARM_UP_SHARE = 0.1
/** Start and end are each the median of this share: single samples fall on either side of a garbage collection. */
const END_SHARE = 0.2
/**
 * What the end may be above the start. Under load that goes on V8 doubles its young generation once or twice, by 4 MiB
 * at this size, and keeps it; a leak of 10 bytes a request would show 9.5 MiB over a million.
 */
const GROWTH_KIB = 4096

export interface Curve {
  readonly sample: () => void
  readonly toRow: (what: string) => Row
}

/** Private memory of one process; whoever does the work samples after every hundredth or so of it. */
export function startCurve(pid: number): Curve {
  const samplesKib: number[] = []
  return {
    sample: () => void samplesKib.push(readMemory(pid).privateKib),
    toRow: (what) => {
      const warm = samplesKib.slice(Math.ceil(samplesKib.length * WARM_UP_SHARE))
      const length = Math.ceil(warm.length * END_SHARE)
      const start = median(warm.slice(0, length))
      const end = median(warm.slice(-length))
      const [least, most] = [Math.min(...warm), Math.max(...warm)]
      return {
        what,
        measured: `${formatMib(start)} at the start, ${formatMib(end)} at the end (${formatMib(least)} to ${formatMib(most)})`,
        goal: 'no growth',
        isReached: end <= start + GROWTH_KIB,
      }
    },
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
