/** What every command is made of: the parts that are handed to it, and how it speaks to the person. */
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { ExitCode } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'

/** What a command gets. */
export interface CommandContext {
  readonly surroundings: Surroundings
  /** How it ends, unless it throws; the last call counts. */
  readonly exit: (code: ExitCode) => void
}

/** Makes a command, ready to parse its own options. */
export type CreateCommand = (context: CommandContext) => CommandUnknownOpts

/** An empty command with help, errors and exits as everywhere. */
export function newCommand(name: string, { surroundings }: CommandContext): Command {
  return configureFor(new Command(`${surroundings.programName} ${name}`), surroundings).helpOption(
    '-h, --help',
    'Prints this help.',
  )
}

/** Text and exits of commander go where ours go. */
export function configureFor(command: Command, { stdout, stderr, columns }: Surroundings): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: stdout,
      writeErr: stderr,
      getOutHelpWidth: () => columns,
      getErrHelpWidth: () => columns,
      outputError: (text, write) => write(text.replace(/^error: /, 'rolechain: ')),
    })
}

/** The examples under the help: what each does, and the line itself, without the program's name. */
export function toExamples(
  { surroundings }: CommandContext,
  examples: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries(examples).map(
    ([what, line]) => `  # ${what}\n  ${surroundings.programName} ${line}`,
  )
  return `\nExamples:\n${lines.join('\n')}`
}
