/**
 * `npm run bench`: builds the bundles, measures them beside peers in the same run, and prints one table. Its exit status does not
 * judge: machines are noisy, so people read the ratios.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPeers } from './peers/build.ts'
import { measureSidecar } from './sidecar.ts'
import { formatTable } from './table.ts'
import { measureWebhook } from './webhook.ts'

const folder = mkdtempSync(join(tmpdir(), 'rolechain-peers-'))
try {
  await buildPeers(folder)
  console.error('Measuring the sidecar (about a minute) …')
  const sidecar = await measureSidecar(join(folder, 'http.cjs'))
  console.error('Measuring the webhook (about a minute) …')
  const webhook = await measureWebhook(join(folder, 'https.cjs'))
  console.log(formatTable([...sidecar, ...webhook]))
} finally {
  rmSync(folder, { recursive: true })
}
