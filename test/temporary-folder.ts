/** Folders that last as long as the process of a test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty folder. */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
