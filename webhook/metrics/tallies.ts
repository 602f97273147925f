/** Kinds of metrics that cost less than the library's own, for what is counted with each review. */
import { Counter } from 'prom-client'
import type { Gauge, Registry } from 'prom-client'

/**
 * A counter that hands its sums to the library only when it is read: the library checks and hashes labels with each
 * count.
 */
export function createTally(
  registry: Registry,
  description: { readonly name: string; readonly help: string; readonly labelNames: string[] },
): (...labels: readonly string[]) => void {
  const sums = new Map<string, { readonly labels: readonly string[]; sum: number }>()
  const counter = new Counter({
    ...description,
    registers: [registry],
    collect: () => {
      for (const { labels, sum } of sums.values()) counter.labels(...labels).inc(sum)
      sums.clear()
    },
  })
  return (...labels) => {
    const key = labels.join(' ')
    const entry = sums.get(key)
    if (entry === undefined) sums.set(key, { labels, sum: 1 })
    else entry.sum += 1
  }
}

/**
 * Upstream's summary has no quantiles, only sum and count. The library's keeps a digest of every observation for them,
 * which costs more than the rest of the counting; so this one is kept by hand.
 */
export function registerSumAndCount(
  registry: Registry,
): (verb: string, path: string, value: number) => void {
  const name = 'http_request_duration_microseconds'
  const kept = new Map<
    string,
    { labels: { verb: string; path: string }; sum: number; count: number }
  >()
  const metric = {
    name,
    help: 'Sum and count of latencies in microseconds by verb and path.',
    type: 'summary',
    aggregator: 'sum',
    reset: () => kept.clear(),
    get: () =>
      Promise.resolve({
        ...metric,
        values: [...kept.values()].flatMap(({ labels, sum, count }) => [
          { metricName: `${name}_sum`, labels, value: sum },
          { metricName: `${name}_count`, labels, value: count },
        ]),
      }),
  }
  registry.registerMetric(metric as unknown as Gauge)
  return (verb, path, value) => {
    const key = `${verb} ${path}`
    const entry = kept.get(key) ?? { labels: { verb, path }, sum: 0, count: 0 }
    entry.sum += value
    entry.count += 1
    kept.set(key, entry)
  }
}
