#!/usr/bin/env node
/** The entry of the command `rolechain`: the process's streams and environment go in, its exit code comes out. */
import { fromProcess } from './output/surroundings.ts'
import { run } from './program.ts'

void run(process.argv.slice(2), fromProcess(process)).then((code) => {
  // Not `process.exit`: what is written to a pipe would be cut.
  process.exitCode = code
})
