#!/usr/bin/env node
/** The entry of the command `rolechain`: the process's streams and environment go in, its exit code comes out. */
import { fromProcess } from './output/surroundings.ts'
import { run } from './program.ts'

// Whoever reads the pipe may have had enough, as in `rolechain pods | head`. The exit code stays what was found.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

void run(process.argv.slice(2), fromProcess(process)).then((code) => {
  // Not `process.exit`: what is written to a pipe would be cut.
  process.exitCode = code
})
