/**
 * Puts what profiles need into the folder that containers mount: the helper, a link to it for programs that want a
 * shell, and the AWS config files. Each is written beside its place and renamed, so that a container finds the file of
 * before or the new one. It decides nothing of what is in them.
 */
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { ProfileFiles } from '../core/profiles.ts'
import type { Log } from '../events.ts'
import { errorCode } from './error-code.ts'

/** For a volume that was full. */
const RETRY_INTERVAL_MS = 10_000

export interface WrittenFiles {
  /** Why something is not there, as a stable sentence; undefined when all is. */
  problem(): string | undefined
  stop(): void
}

export interface ProfileFileOptions {
  /** Absent when no container has profiles: then there is nothing to do. */
  readonly files: ProfileFiles | undefined
  readonly clock: Clock
  readonly log: Log
  /** Called when what was in the way at first is gone, and all is there. */
  readonly onMended: () => void
}

/**
 * Writes all files at once, each time it is started: another image of the sidecar may have another helper. Never throws
 * and never gives up.
 */
export function writeProfileFiles(options: ProfileFileOptions): WrittenFiles {
  const { files, clock, log, onMended } = options
  let problem: string | undefined
  let cancelRetry: (() => void) | undefined
  if (files === undefined) return { problem: () => undefined, stop: () => undefined }

  const write = (): void => {
    const found = tryToWrite(files)
    if (found !== undefined) {
      if (found !== problem) log('profiles_not_written', found)
      problem = found
      cancelRetry = clock.setTimer(write, RETRY_INTERVAL_MS)
      return
    }
    log('profiles_written', `The files of the profiles are in ${dirname(files.helper)}.`)
    if (problem === undefined) return
    problem = undefined
    onMended()
  }
  write()

  return {
    problem: () => problem,
    stop: () => {
      cancelRetry?.()
    },
  }
}

/** One file: where it is to be, and how it is made beside that place. */
interface Piece {
  readonly path: string
  readonly make: (path: string) => void
}

/** Gives what is in the way. */
function tryToWrite(files: ProfileFiles): string | undefined {
  const { helperSource } = files
  const code = codeOf(() => accessSync(helperSource, constants.R_OK))
  if (code !== undefined) {
    return `The helper that profiles need cannot be read at ${helperSource} in the sidecar's image (${code}); let webhook and sidecar image be of one version`
  }
  for (const { path, make } of toPieces(files)) {
    const found = replace(path, make)
    if (found !== undefined) {
      return `The file ${path}, which profiles need, cannot be written (${found}); see whether the sidecar's user may write to the volume rolechain-profiles, and whether that is full`
    }
  }
  return undefined
}

/** The config files come last: whoever finds one finds what it names. */
function toPieces({ helperSource, helper, shell, configFiles }: ProfileFiles): Piece[] {
  return [
    {
      path: helper,
      make: (path) => {
        // By the kernel: the resident process never holds it.
        copyFileSync(helperSource, path)
        chmodSync(path, 0o555)
      },
    },
    { path: shell, make: (path) => symlinkSync(relative(dirname(shell), helper), path) },
    ...Object.entries(configFiles).map(([file, text]) => ({
      path: file,
      make: (path: string) => {
        writeFileSync(path, text)
        // Whatever the umask is: other users read it.
        chmodSync(path, 0o444)
      },
    })),
  ]
}

/** Gives the code of what failed; what was there is then still there. */
function replace(path: string, make: Piece['make']): string | undefined {
  const next = join(dirname(path), `.${basename(path)}.next`)
  const code = codeOf(() => {
    // Only one that it has made is its own.
    if (mkdirSync(dirname(path), { recursive: true })) chmodSync(dirname(path), 0o755)
    // A killed run may have left it.
    rmSync(next, { force: true })
    make(next)
    renameSync(next, path)
  })
  if (code !== undefined) codeOf(() => rmSync(next, { force: true }))
  return code
}

function codeOf(act: () => void): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return errorCode(error)
  }
}
