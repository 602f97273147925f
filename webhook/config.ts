/** From the command line to settings of the program, with all problems at once. The flags themselves are in `flags.ts`. */
import { parseArgs } from 'node:util'
import { FLAGS, FlagProblem } from './flags.ts'
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
 * Reads arguments in Go's spelling: `--name=value`, `--name value`, booleans alone or with `=`. Of a flag that is given twice the last
 * counts.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { given, problems } = readArguments(args)
  const values: Record<string, unknown> = {}
  for (const [name, { standard }] of flagEntries) values[name] = standard
  for (const { name, text } of given) {
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
  const notes = given.flatMap(({ name }) =>
    FLAGS[name].standard === null ? [`--${name} has no effect.`] : [],
  )
  return { kind: 'run', values: values as unknown as FlagValues, notes }
}

/** All flags with their defaults, for people. */
export function helpText(): string {
  const lines = flagEntries
    .filter(([, { standard }]) => standard !== null)
    .map(([name, { standard, does }]) => `  --${name}=${String(standard)}\n      ${does}`)
  return `rolechain webhook\n\nFlags with their defaults:\n${lines.join('\n')}\n`
}

const flagEntries = Object.entries<Flag<unknown>>(FLAGS)

function readArguments(args: readonly string[]): { given: Given[]; problems: string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      flagEntries.map(([name, { isBoolean }]) => [
        name,
        {
          type: isBoolean ? ('boolean' as const) : ('string' as const),
          ...(name.length === 1 ? { short: name } : {}),
        },
      ]),
    ),
  })
  const given: Given[] = []
  const problems: string[] = []
  let wasUnknown = false
  for (const token of tokens) {
    // What follows an unknown flag may be its value: one problem is enough for both.
    if (token.kind === 'positional' && !wasUnknown) problems.push(problemOfPositional(token.value))
    wasUnknown = false
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (!isFlagName(name)) {
      wasUnknown = token.inlineValue !== true
      problems.push(`${rawName} is not a flag; did you mean --${nearestFlag(name)}?`)
    } else if (value === undefined && !FLAGS[name].isBoolean) {
      problems.push(`--${name} needs a value; write --${name}=….`)
    } else {
      // `-v=4` arrives with its equals sign.
      given.push({ name, text: rawName.startsWith('--') ? (value ?? 'true') : toShort(value) })
    }
  }
  return { given, problems }
}

function toShort(value: string | undefined): string {
  return (value ?? 'true').replace(/^=/, '')
}

function problemOfPositional(value: string): string {
  return `${value} is not a flag; a value of a boolean flag has to follow an equals sign, as in --in-cluster=false.`
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name)
}

function nearestFlag(name: string): string {
  const distances = flagEntries.map(([flag]) => ({ flag, distance: editDistance(name, flag) }))
  return distances.reduce((best, next) => (next.distance < best.distance ? next : best)).flag
}

/** How many letters have to be added, removed or replaced to make one word from the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [line, letter] of from.split('').entries()) {
    const next = [line + 1]
    for (const [column, other] of to.split('').entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
