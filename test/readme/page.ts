/**
 * Runs the commands of a section of the README as they stand, with stand-ins for the programs that need a cluster, AWS
 * or docker.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One call of a program: its arguments, what it read from its standard input, and the files that `file://` named. */
export interface Call {
  readonly program: string
  readonly parameters: readonly string[]
  /** `AWS_PROFILE`, where it is set. */
  readonly profile?: string
  readonly input: string
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

/** Notes the call, and answers the question for the issuer. */
const STAND_IN = String.raw`
const { appendFileSync, readFileSync } = require('node:fs')
const [, path, ...parameters] = process.argv
const input = parameters.includes('--filename=-') ? readFileSync(0, 'utf8') : ''
const named = parameters.filter((one) => one.startsWith('file://')).map((one) => one.slice(7))
const files = Object.fromEntries(named.map((file) => [file, readFileSync(file, 'utf8')]))
const program = require('node:path').basename(path)
appendFileSync(process.env.CALLS, JSON.stringify({ program, parameters, profile: process.env.AWS_PROFILE, input, files }) + '\n')
if (parameters.includes('--raw')) console.log(process.env.DISCOVERY)
`

/** Runs shell code and tells what it called, in order. Fails when a command fails or a variable has not been set. */
export function runCommands(code: string, issuer: string): readonly Call[] {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-page-'))
  try {
    const calls = join(folder, 'calls')
    for (const program of ['aws', 'docker', 'helm', 'kubectl', 'terraform']) {
      writeFileSync(join(folder, program), `#!${process.execPath}\n${STAND_IN}`, { mode: 0o755 })
    }
    execFileSync('bash', ['--norc', '-euo', 'pipefail', '-c', code], {
      cwd: folder,
      env: {
        PATH: `${folder}:${process.env['PATH'] ?? ''}`,
        CALLS: calls,
        DISCOVERY: JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }),
      },
    })
    const lines = readFileSync(calls, 'utf8').trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line) as Call)
  } finally {
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
