/** The helper itself: built from `helper/`, and run in a folder that is `/` to it and holds nothing else. */
import { execFile } from 'node:child_process'
import { mkdir, copyFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { HELPER_FILE, PROFILES_FOLDER } from '../../sidecar/contract.ts'
import type { Helper } from './check.ts'

export type Architecture = 'amd64' | 'arm64'

export const SOURCE = fileURLToPath(new URL('../../helper', import.meta.url))

/** Go's name of this machine's architecture. */
export const OWN_ARCHITECTURE: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

const execute = promisify(execFile)

/** Builds a copy of the source, with a cache of its own or the machine's. */
export async function buildHelper(
  architecture: Architecture,
  file: string,
  { source = SOURCE, cache }: { readonly source?: string; readonly cache?: string } = {},
): Promise<void> {
  const env = { ...process.env, ...(cache !== undefined && { GOCACHE: cache }) }
  await execute(join(source, 'build.sh'), [architecture, file], { env })
}

/**
 * Runs a built helper where there is neither a shell nor a library. Other users than root get that by a user namespace.
 */
export function inEmptyRoot(program: string): Helper {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return async (root, isShell) => {
    const shell = `${PROFILES_FOLDER}/bin/sh`
    await mkdir(dirname(join(root, shell)), { recursive: true })
    await copyFile(program, join(root, HELPER_FILE))
    await symlink('../credentials', join(root, shell))
    return ['unshare', ...asRoot, 'chroot', root, isShell ? shell : HELPER_FILE]
  }
}
