/** Runs all checks of one SDK in the network namespace that it was started in. `main.ts` starts it, and reads its report. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRecorder, type Report } from './checks.ts'
import { startClient } from './client.ts'
import { countAsks } from './hour.ts'
import { checkInAnHour, type Subject } from './in-an-hour.ts'
import { checkOverRenewals } from './over-renewals.ts'
import type { Pods } from './pods.ts'
import { startReader } from './reader.ts'

/** What is written for it; the report goes to `reportFile`. */
export interface Order {
  readonly command: readonly string[]
  readonly parallel: number
  readonly isReader: boolean
  readonly pods: Pods
  readonly reportFile: string
  /** How long is counted, where the SDK's clock can be moved. */
  readonly hour: { readonly minutes: number; readonly libfaketime: string } | undefined
}

async function main([orderFile = '']: readonly string[]): Promise<void> {
  const order = JSON.parse(readFileSync(orderFile, 'utf8')) as Order
  const recorder = createRecorder()
  const { command, parallel, isReader, pods } = order
  const subject: Subject = {
    start: (environment) => (isReader ? startReader : startClient)({ command, environment }),
    parallel,
    pods,
    recorder,
  }
  const { version, errors, inFirstCalls } = await checkInAnHour(subject)
  await checkOverRenewals(subject)
  const asks = { inFirstCalls, ...(await countHours(subject, order.hour)) }
  const report: Report = { version, errors, asks, outcomes: recorder.outcomes }
  writeFileSync(order.reportFile, JSON.stringify(report))
}

/**
 * An SDK asks when its session is about to end. With a session that is up to half an hour old to begin with it asks up to once for
 * each of the sidecar's renewals more than with fresh ones; more than that is polling.
 */
async function countHours(subject: Subject, hour: Order['hour']) {
  const asks = { minutes: 0, ours: 0, fresh: 0 }
  if (hour === undefined) return asks
  asks.minutes = hour.minutes
  await subject.recorder.check('hour', async () => {
    asks.fresh = await countAsks(subject, { ...hour, isFresh: true })
    asks.ours = await countAsks(subject, { ...hour, isFresh: false })
    const renewals = Math.floor(hour.minutes / 30)
    if (asks.ours > asks.fresh + renewals)
      throw new Error(`${asks.ours} with ours, ${asks.fresh} with fresh sessions`)
    return `${asks.ours} times in ${hour.minutes} minutes, ${asks.fresh} with fresh sessions`
  })
  return asks
}

// With its own end it ends what it has started.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))
await main(process.argv.slice(2))
process.exit(0)
