/**
 * From the command line to settings of the program, with all problems at once. The flags themselves are in `flags.ts`.
 *
 * Not by `parseArgs` of `node:util`: it reads `-port=443` as the flags p, o, r and t, lets no boolean be `=false`, and
 * throws at the first problem when it is strict; when it is not, it knows no unknown flags. Each argument would have to
 * be rewritten before and judged after, which is all that is done here.
 */
import { closestMatch } from 'leven'
import { FlagProblem } from './flag-parsers.ts'
import { FLAGS } from './flags.ts'
import type { Flag, FlagName, FlagValues } from './flags.ts'

/** What the command line asks for. */
export type CommandLine =
  | { readonly kind: 'run'; readonly values: FlagValues; readonly notes: readonly string[] }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] }

interface Given {
  readonly name: FlagName
  readonly text: string
}

/**
 * Reads arguments in Go's spellings: one or two hyphens, `--name=value` or `--name value`, booleans alone or with `=`,
 * and `-v4`. Of a flag that is given twice the last counts.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { given, problems, notes } = readArguments(args)
  const values: Record<string, unknown> = {}
  const defaults = flagEntries.flatMap(([name, { standard: text }]) =>
    text === null ? [] : [{ name, text }],
  )
  for (const { name, text } of [...defaults, ...given]) {
    try {
      values[name] = FLAGS[name].parse(text)
    } catch (error) {
      if (!(error instanceof FlagProblem)) throw error
      problems.push(`--${name}=${text} ${error.message}.`)
    }
  }
  if (values['version'] === true) return { kind: 'version' }
  if (values['help'] === true) return { kind: 'help' }
  if (problems.length > 0) return { kind: 'refused', problems }
  for (const { name } of given) {
    if (FLAGS[name].standard === null) notes.push(`--${name} has no effect.`)
  }
  return { kind: 'run', values: values as unknown as FlagValues, notes }
}

/** All flags with their defaults, for people. */
export function helpText(): string {
  const lines = flagEntries
    .filter(([, { standard }]) => standard !== null)
    .map(([name, { standard, does }]) => `  --${name}=${standard}\n      ${does}`)
  return `rolechain webhook\n\nFlags with their defaults:\n${lines.join('\n')}\n`
}

const flagEntries = Object.entries<Flag<unknown>>(FLAGS) as [FlagName, Flag<unknown>][]

/** One argument that begins with a hyphen, without what may follow it. */
interface Option {
  readonly spelling: string
  readonly name: string
  /** What stands behind its equals sign; undefined without one. */
  readonly value: string | undefined
}

function readArguments(args: readonly string[]): {
  given: Given[]
  problems: string[]
  notes: string[]
} {
  const given: Given[] = []
  const problems: string[] = []
  const notes: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? ''
    const option = readOption(argument)
    if (option === null) {
      notes.push(toPositionalNote(argument))
      continue
    }
    const read = readFlag(option, args[index + 1])
    if (typeof read === 'string') problems.push(read)
    else given.push(read)
    if (takesNext(option)) index += 1
  }
  return { given, problems, notes }
}

/** The flag with its text, or what is wrong with it. */
function readFlag({ name, spelling, value }: Option, next: string | undefined): Given | string {
  if (!isFlagName(name)) return `${spelling} is not a flag; did you mean --${nearestFlag(name)}?`
  const text = value ?? (FLAGS[name].isBoolean ? 'true' : next)
  return text === undefined ? `--${name} needs a value; write --${name}=….` : { name, text }
}

/** Whether the next argument is the value. */
function takesNext({ name, value }: Option): boolean {
  return value === undefined && isFlagName(name) && !FLAGS[name].isBoolean
}

function readOption(argument: string): Option | null {
  const [, spelling, name = '', value] = /^(--?([^-=][^=]*))(?:=(.*))?$/s.exec(argument) ?? []
  if (spelling === undefined) return null
  if (name === 'h') return { spelling, name: 'help', value }
  // klog's level may stand behind its letter.
  const level = /^-v(\d+)$/.exec(argument)?.[1]
  return level === undefined ? { spelling, name, value } : { spelling, name: 'v', value: level }
}

/** Upstream ignores words that are no flag, so manifests that start there start here. */
function toPositionalNote(value: string): string {
  return `${value} is not a flag and has no effect; a value of a boolean flag has to follow an equals sign, as in --in-cluster=false.`
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name)
}

function nearestFlag(name: string): string {
  return closestMatch(name, Object.keys(FLAGS)) ?? name
}
