/** The helper's twin in TypeScript does what the table says; `test/cluster/helper.cluster.ts` has the helper itself. */
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { CASES } from './cases.ts'
import { check, type Helper } from './check.ts'

const file = fileURLToPath(new URL('../../demo/kubelet/credentials.ts', import.meta.url))
const twin: Helper = (root) => Promise.resolve([process.execPath, file, root])

/** The twin is no shell: machines on which it runs have one. */
const ASKED = CASES.filter(({ isShell }) => isShell !== true)

suite('the twin', { concurrency: 4 }, () => {
  for (const given of ASKED) test(given.name, () => check(twin, given))
})
