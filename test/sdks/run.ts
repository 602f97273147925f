/**
 * Runs all checks of one SDK in the network namespace that it was started in. `main.ts` starts it, and reads its
 * report.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { isSeldom, toWords, UNCOUNTED, type Counts } from './asks.ts'
import { createRecorder, type Report } from './checks.ts'
import { startClient } from './client.ts'
import { countAsks } from './hour.ts'
import { checkInAnHour, type Subject } from './in-an-hour.ts'
import { checkOverRenewals } from './over-renewals.ts'
import { toEntered } from './namespace.ts'
import type { Pods } from './pods.ts'
import { checkProfiles } from './profiles.ts'
import { startReader } from './reader.ts'

/** What is written for it; the report goes to `reportFile`. */
export interface Order {
  readonly command: readonly string[]
  readonly parallel: number
  readonly isReader: boolean
  readonly hasProfileOption: boolean
  readonly hasRegion: boolean
  readonly prefersDefault: boolean
  readonly isCommandLine: boolean
  /** The helper of profiles, built. */
  readonly helper: string
  readonly pods: Pods
  readonly reportFile: string
  /** How long is counted, where the SDK's clock can be moved. */
  readonly hour: { readonly minutes: number; readonly libfaketime: string } | undefined
}

async function main([orderFile = '']: readonly string[]): Promise<void> {
  const order = JSON.parse(readFileSync(orderFile, 'utf8')) as Order
  const recorder = createRecorder()
  const { command, isReader } = order
  const subject: Subject = {
    ...order,
    start: (environment, place) => {
      const own = place === undefined ? command : toEntered(place.root, command)
      const start = { command: own, environment }
      return isReader ? startReader(start, place?.object) : startClient(start)
    },
    recorder,
  }
  const { version, errors, inFirstCalls } = await checkInAnHour(subject)
  await checkOverRenewals(subject)
  const profiles = await checkProfiles(subject)
  const asks = { inFirstCalls, ...(await countHours(subject, order.hour)) }
  const report: Report = { version, errors, asks, profiles, outcomes: recorder.outcomes }
  writeFileSync(order.reportFile, JSON.stringify(report))
}

async function countHours(subject: Subject, hour: Order['hour']): Promise<Counts> {
  let counts = UNCOUNTED
  if (hour === undefined) return counts
  await subject.recorder.check('hour', async () => {
    const fresh = await countAsks(subject, { ...hour, isFresh: true })
    const ours = await countAsks(subject, { ...hour, isFresh: false })
    counts = { minutes: hour.minutes, ours, fresh }
    assert.ok(isSeldom(counts), toWords(counts))
    return toWords(counts)
  })
  return counts
}

// With its own end it ends what it has started.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1))
await main(process.argv.slice(2))
process.exit(0)
