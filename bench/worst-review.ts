/**
 * What the most expensive review costs that anybody may send: the worst of those that tests are made of, beside an
 * ordinary one.
 */
import { cpuMs, ordinaryCpuMs } from '../test/webhook/core/hostile/hostile-review.ts'
import { HOSTILE_REVIEWS, ORDINARY_REVIEWS_AT_MOST } from '../test/webhook/core/hostile-reviews.ts'
import { progress } from './progress.ts'
import { formatMs, type Row } from './table.ts'

/** CPU of this process, from parsed JSON to the text of the answer. */
export function measureWorstReview(): Row {
  progress.show('webhook: the most expensive review')
  const ordinaryMs = ordinaryCpuMs()
  const costs = Object.entries(HOSTILE_REVIEWS).map(([what, subject]) => ({
    what,
    ms: cpuMs(subject),
  }))
  const worst = costs.reduce((most, next) => (next.ms > most.ms ? next : most))
  const times = worst.ms / ordinaryMs
  return {
    what: `webhook, CPU of the worst review (${worst.what})`,
    measured: `${formatMs(worst.ms)}, ${Math.round(times)} ordinary ones`,
    peer: `an ordinary review ${formatMs(ordinaryMs)}`,
    goal: `${ORDINARY_REVIEWS_AT_MOST} ordinary ones`,
    isReached: times <= ORDINARY_REVIEWS_AT_MOST,
  }
}
