/** SDKs of Rust, from Cargo.toml and Cargo.lock. */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CACHE, installOnce, Missing, needTool, run } from './cache.ts'
import { sourceOf, USUAL, type Sdk } from './sdk.ts'

/** Shared by all versions: a changed lock file compiles only what it changes. */
const COMPILED = join(CACHE, 'cargo')

export const RUST_SDKS: readonly Sdk[] = [
  {
    name: 'rust',
    language: 'Rust',
    ...USUAL,
    install: async () => {
      const place = await installOnce('rust', [sourceOf('rust/')], async (cwd) => {
        await needTool('cargo', 'cargo')
        const AWS_CONFIG_VERSION = await readVersion(join(cwd, 'Cargo.toml'))
        await completeLock(cwd)
        // A quick build and not a quick program; and others have work to do on this machine.
        const target = ['--target-dir', COMPILED]
        await run('nice', ['-n', '10', 'cargo', 'build', '--quiet', '--locked', ...target], {
          cwd,
          environment: { AWS_CONFIG_VERSION },
        })
        await copyFile(join(COMPILED, 'debug/client'), join(cwd, 'client'))
      })
      return [join(place, 'client')]
    },
  },
]

async function readVersion(manifest: string): Promise<string> {
  const found = /^aws-config = .*"=([\d.]+)"/mu.exec(await readFile(manifest, 'utf8'))
  if (found?.[1] === undefined) throw new Missing(`${manifest} pins no aws-config`)
  return found[1]
}

/**
 * Our Cargo.lock says the version and the checksum of each crate, and not from which registry it is, so that it holds
 * behind mirrors too. Cargo wants to read that: what it calls its registry is taken from a lock file that it makes
 * itself.
 */
async function completeLock(cwd: string): Promise<void> {
  const file = join(cwd, 'Cargo.lock')
  const pinned = await readFile(file, 'utf8')
  await rm(file)
  await run('cargo', ['generate-lockfile', '--quiet'], { cwd })
  const source = /^source = .*$/mu.exec(await readFile(file, 'utf8'))
  if (source === null) throw new Missing('cargo has made a lock file without a registry')
  await writeFile(file, pinned.replaceAll(/^checksum = /gmu, `${source[0]}\nchecksum = `))
}
