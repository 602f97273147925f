/**
 * Runs the commands of a section of the README as they stand, with stand-ins for the programs that need a cluster, AWS
 * or docker.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json, text as readText } from 'node:stream/consumers'

/** One call of a program: its arguments, and the files that it is given. */
export interface Call {
  readonly program: string
  readonly parameters: readonly string[]
  /** `AWS_PROFILE`, where it is set. */
  readonly profile?: string
  /** By what names them: after `file://`, or after `--filename`. */
  readonly files: Readonly<Record<string, string>>
}

/** The shell code of a section of the README, or of another page, in its order. */
export function readCommands(heading: string, page = 'README.md'): string {
  return readCode('sh', { heading, page }).join('')
}

/** The pieces of code in a language of a section of a page, in their order. */
export function readCode(
  language: string,
  { heading, page }: { readonly heading: string; readonly page: string },
): readonly string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')
  const [, section = ''] = text.split(`\n## ${heading}\n`)
  const [own = ''] = section.split(/\n## /)
  const piece = new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^ *\`\`\`$`, 'gmu')
  return [...own.matchAll(piece)].map(([, indent = '', code = '']) =>
    code.replaceAll(new RegExp(`^${indent}`, 'gmu'), ''),
  )
}

/** Tells the test of the call, and does what that says. */
const STAND_IN = String.raw`
const { readFileSync } = require('node:fs')
const [, path, ...parameters] = process.argv
const named = parameters.flatMap((one, index) =>
  one.startsWith('file://') ? [one.slice(7)] : parameters[index - 1] === '--filename' ? [one] : [])
const call = {
  program: require('node:path').basename(path),
  parameters,
  profile: process.env.AWS_PROFILE,
  files: Object.fromEntries(named.map((file) => [file, readFileSync(file, 'utf8')])),
}
fetch(process.env.CALLS, { method: 'POST', body: JSON.stringify(call) })
  .then((answer) => answer.json())
  .then(({ stdout = '', code = 0 }) => {
    process.stdout.write(stdout)
    process.exitCode = code
  })
`

/** What a stand-in prints and ends with. */
export interface Reply {
  readonly stdout?: string
  readonly code?: number
}

/** Where commands run. */
export interface Where {
  /** Told of each call before it ends. */
  readonly answer?: (call: Call) => Reply | undefined
  /** Variables besides PATH. */
  readonly environment?: Readonly<Record<string, string>>
  /** A folder with programs that come first. */
  readonly programs?: string
}

/** What came of commands. */
export interface Ran {
  readonly calls: readonly Call[]
  readonly stdout: string
}

/** Runs shell code in an empty folder. Fails when a command fails or a variable has not been set. */
export async function runCommands(code: string, where: Where = {}): Promise<Ran> {
  const { answer, environment, programs } = where
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-page-'))
  const calls: Call[] = []
  const server = createServer((request, response) => {
    void json(request).then((value) => {
      const call = value as Call
      calls.push(call)
      response.end(JSON.stringify(answer?.(call) ?? {}))
    })
  })
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    for (const program of ['aws', 'docker', 'helm', 'kubectl', 'npm', 'terraform']) {
      writeFileSync(join(folder, program), `#!${process.execPath}\n${STAND_IN}`, { mode: 0o755 })
    }
    const path = [folder, ...(programs === undefined ? [] : [programs]), process.env['PATH'] ?? '']
    const child = spawn('bash', ['--norc', '-euo', 'pipefail', '-c', code], {
      cwd: folder,
      env: {
        ...environment,
        PATH: path.join(':'),
        CALLS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    })
    const said = Promise.all([readText(child.stdout), readText(child.stderr)])
    const [ended] = (await once(child, 'close')) as [number | null]
    const [stdout, stderr] = await said
    if (ended !== 0) throw new Error(`ended with ${String(ended)}:\n${stdout}${stderr}`)
    return { calls, stdout }
  } finally {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The value of an option, `--name value` or `--name=value`. Throws where there is none. */
export function optionOf({ program, parameters }: Call, name: string): string {
  const index = parameters.findIndex((one) => one === name || one.startsWith(`${name}=`))
  const found = parameters[index]
  if (found === undefined) throw new Error(`${program} ${parameters.join(' ')} has no ${name}`)
  return found === name ? (parameters[index + 1] ?? '') : found.slice(name.length + 1)
}
