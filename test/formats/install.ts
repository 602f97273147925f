/**
 * Programs of others that read what `policy` writes, each from an exact version with its hash, outside the tree. Run as
 * a program it installs them all, so that tests beside each other find them there.
 */
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installOnce } from '../sdks/cache.ts'
import { downloadModule } from '../sdks/go-module.ts'
import { installRequirements } from '../sdks/python.ts'

function sourceOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

/** The folder of the programs of cfn-lint, python-hcl2, moto and the AWS CLI. */
export async function installPython(): Promise<string> {
  return join(await installRequirements('formats', sourceOf('requirements.txt')), 'venv/bin')
}

const SCHEMA = 'pkg/apis/eksctl.io/v1alpha5/assets/schema.json'

/** The schema of eksctl's configuration, out of its Go module. */
export async function readEksctlSchema(): Promise<object> {
  const lock = sourceOf('eksctl.sum')
  const place = await installOnce('eksctl-schema', [lock], async (cwd) => {
    const folder = await downloadModule(await readFile(lock, 'utf8'), cwd)
    await cp(join(folder, SCHEMA), join(cwd, 'schema.json'))
  })
  return JSON.parse(await readFile(join(place, 'schema.json'), 'utf8')) as object
}

if (import.meta.main) {
  await installPython()
  await readEksctlSchema()
}
