/**
 * The folder outside the tree in which SDKs and other programs are installed, and the tools that install them. A folder
 * in it is named after what was installed, so that a changed lock file makes another one.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** Something that a client needs is not to be had on this machine: the message says what and why. */
export class Missing extends Error {
  override readonly name = 'Missing'
}

/** Where everything is kept. */
export const CACHE = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'rolechain-sdks',
)
const DONE = '.done'
const TIMEOUT_MS = 20 * 60_000
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024
const execute = promisify(execFile)

/** Runs a command to its end and returns what it printed. Throws {@link Missing} with its last words when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      timeout: TIMEOUT_MS,
      maxBuffer: OUTPUT_LIMIT_BYTES,
    })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '', message = '' } = error as Partial<Record<string, string>>
    const last = `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n')
    throw new Missing(`${command} ${args.join(' ')} failed: ${last || message}`)
  }
}

/**
 * The folder of a client, made by `install` where it is not there yet: it begins as a copy of `sources`, files and
 * folders, and may not be moved.
 */
export async function installOnce(
  name: string,
  sources: readonly string[],
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) await addTo(hash, source)
  const folder = join(CACHE, `${name}-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(join(folder, DONE))) return folder
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const source of sources)
    await cp(source, join(folder, toCopyName(source)), { recursive: true })
  await install(folder)
  await writeFile(join(folder, DONE), '')
  return folder
}

/** A folder's content goes into the client's own folder. */
function toCopyName(source: string): string {
  return source.endsWith('/') ? '.' : (source.split('/').at(-1) ?? source)
}

async function addTo(hash: ReturnType<typeof createHash>, source: string): Promise<void> {
  if (!source.endsWith('/')) {
    hash.update(await readFile(source))
    return
  }
  for (const name of (await readdir(source, { recursive: true })).toSorted()) {
    hash.update(name)
    hash.update(await readFile(join(source, name)).catch(() => ''))
  }
}

/** Makes sure that there is a tool, if need be from a Debian package. Throws {@link Missing}. */
export async function needTool(tool: string, debianPackage: string): Promise<void> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  if (folders.some((folder) => existsSync(join(folder, tool)))) return
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Missing(`${tool} is not installed, and only root on Debian could install it`)
  }
  await installPackages([debianPackage])
}

/** Installs Debian packages. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  const environment = { DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], { environment })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    environment,
  })
}

/** The library of libfaketime, taken out of its Debian package; nothing of it is installed. */
export async function fetchLibfaketime(): Promise<string> {
  const folder = await installOnce('libfaketime', [], async (place) => {
    await download(place).catch(async () => {
      await run('apt-get', ['update', '-qq'])
      await download(place)
    })
    const [file = ''] = (await readdir(place)).filter((name) => name.endsWith('.deb'))
    await run('dpkg', ['-x', join(place, file), place])
  })
  const files = await readdir(folder, { recursive: true })
  const library = files.find((name) => name.endsWith('libfaketimeMT.so.1'))
  if (library === undefined) throw new Missing('there is no libfaketime in its package')
  return join(folder, library)
}

async function download(cwd: string): Promise<void> {
  await run('apt-get', ['download', 'libfaketime'], { cwd })
}
