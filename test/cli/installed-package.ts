/** The npm package as people get it: built, packed, and installed from its archive into a folder of its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { buildCommand } from '../../build-command.ts'

export const VERSION = '0.1.0'

/** The archive and the folder in which it is installed. */
export interface InstalledPackage {
  readonly archive: string
  readonly home: string
  /** Without a network, and with nothing of this project's settings; gives what it prints. */
  readonly run: (command: string, args: readonly string[], cwd?: string) => string
}

/** Both are made in `folder`. */
export async function installPackage(folder: string): Promise<InstalledPackage> {
  const made = join(folder, 'made')
  const home = join(folder, 'home')
  const archive = join(folder, `rolechain-${VERSION}.tgz`)
  const run = (command: string, args: readonly string[], cwd = home): string => {
    const { stdout, stderr, status } = spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, npm_config_offline: 'true' },
    })
    assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  for (const path of [made, home]) mkdirSync(path)
  for (const file of ['package.json', 'README.md', 'LICENSE']) cpSync(file, join(made, file))
  await buildCommand(join(made, 'dist'), VERSION)
  run('npm', ['pack', '--silent', `--pack-destination=${folder}`], made)
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', archive])
  return { archive, home, run }
}
