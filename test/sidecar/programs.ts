/**
 * The sidecar's programs, bundled as for its image once a test process: tests start them hundreds of times, and from
 * source each start costs several times over.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { makeTemporaryFolder } from '../temporary-folder.ts'

export interface Programs {
  /** File of the process that stays. */
  readonly main: string
  /** File of the child. */
  readonly assume: string
}

const SOURCES = ['../../sidecar/main.ts', '../../sidecar/assume.ts'] as const

let made: Programs | undefined

function bundle(): Programs {
  const folder = makeTemporaryFolder()
  buildSync({
    entryPoints: SOURCES.map((source) => fileURLToPath(new URL(source, import.meta.url))),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    format: 'cjs',
    logLevel: 'warning',
  })
  return { main: join(folder, 'main.cjs'), assume: join(folder, 'assume.cjs') }
}

/** The programs as the sources are now. */
export function findPrograms(): Programs {
  made ??= bundle()
  return made
}
