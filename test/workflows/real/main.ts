/**
 * `npm run test:workflows -- --aws real …`: the pages of `docs/workflows/` on the reader's AWS accounts and cluster. On
 * Ctrl+C it deletes what it has made; a second one does not hurry it.
 */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { openCluster } from './cluster.ts'
import { parseOptions } from './options.ts'
import { isGood, toReport } from './report.ts'
import { runOnAws } from './run.ts'
import { PACE } from './stacks.ts'

const LOOK_EVERY_MS = 15_000

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}

/** Runs it and ends the process; 1 where not all is as the pages say. */
export async function runReal(parameters: readonly string[]): Promise<void> {
  const options = parseOptions(parameters)
  const interruption = new AbortController()
  const interrupt = () => {
    say('Interrupted: what has been made is being deleted, please wait.')
    interruption.abort(new Error('The run was interrupted.'))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt)
  const result = await runOnAws(options, {
    cluster: openCluster(options.context),
    pace: PACE,
    lookEveryMs: LOOK_EVERY_MS,
    id: randomBytes(3).toString('hex'),
    say,
    signal: interruption.signal,
  })
  const report = toReport(result)
  await writeFile(options.report, report)
  process.stdout.write(`${report}\n`)
  say(`The report is in ${options.report}.`)
  process.exitCode = isGood(result) ? 0 : 1
}
