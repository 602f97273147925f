/**
 * `npm run bench`: builds the bundles, measures them beside peers in the same run, and prints one table; a line on
 * standard error says what is measured now. Its exit status does not judge: machines are noisy, so people read the
 * ratios.
 *
 *   npm run bench                     about five minutes
 *   npm run bench -- endurance [0.1]  an hour, or a share of it: whether anything grows
 *   npm run bench -- fleet [1000]     a minute: what 150,000 sidecars, or as many as told, ask of STS; simulated
 *   npm run bench -- soak [0.1]       24 minutes, or a share of them: whether a call fails through a day of trouble
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureEndurance } from './endurance.ts'
import { measureFleet } from './fleet.ts'
import { buildPeers } from './peers/build.ts'
import { measureProfiles } from './profiles.ts'
import { progress } from './progress.ts'
import { measureScale } from './scale.ts'
import { measureSidecar } from './sidecar.ts'
import { measureSoak } from './soak.ts'
import { formatTable, type Row } from './table.ts'
import { measureWebhook } from './webhook.ts'
import { measureWorstReview } from './worst-review.ts'

/** Of reviews while service accounts change. */
const CHURN_SECONDS = 60

/** With the bundles of the peers. */
async function withPeers(run: (folder: string) => Promise<Row[]>): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-peers-'))
  try {
    await buildPeers(folder)
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measureAll(folder: string): Promise<Row[]> {
  return [
    ...(await measureSidecar(join(folder, 'http.cjs'))),
    ...(await measureProfiles()),
    ...(await measureWebhook(join(folder, 'https.cjs'))),
    ...(await measureScale(CHURN_SECONDS)),
    measureWorstReview(),
  ]
}

function measure(what: string | undefined, share: number): Promise<Row[]> {
  if (what === 'endurance') return measureEndurance(share)
  if (what === 'soak') return withPeers((folder) => measureSoak(share, join(folder, 'http.cjs')))
  return withPeers(measureAll)
}

const [what, size] = process.argv.slice(2)
const rows =
  what === 'fleet' ? measureFleet(Number(size ?? 150_000)) : await measure(what, Number(size ?? 1))
progress.end()
console.log(formatTable(rows))
