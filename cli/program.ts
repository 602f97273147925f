/**
 * The command as a whole: finds which command is meant, loads just that, and turns whatever happens into an exit code.
 *
 * To add a command `look`:
 *
 *   1. `cli/commands/look.ts` exports `createLook: CreateCommand`, made by `newCommand`, with options of
 *      `commands/options.ts`, so that they are the same everywhere, and `addHelpText('after', toExamples(…))`. Its
 *      action gives a value to `printResult` (text, JSON and YAML come from there) and ends by `context.exit(…)`.
 *   2. What it decides is a pure function in `cli/core/<subject>/`.
 *   3. Codes of what it finds stand in a table of `cli/findings/`; `npm run docs` gives each its heading in
 *      `docs/checks.md`.
 *   4. It has its row in {@link COMMANDS}.
 *
 * What a person did wrong is thrown as `usedWrongly(…)`, a cluster or AWS that does not answer as `unreachable(…)`.
 */
import { Command, type CommanderError } from '@commander-js/extra-typings'
import { toSentence } from '../log/error-text.ts'
import type { CreateCommand } from './commands/command.ts'
import { configureFor } from './commands/command.ts'
import { globalOptions } from './commands/options.ts'
import { EXIT, exitCodeOf, type ExitCode } from './output/exit-codes.ts'
import type { Surroundings } from './output/surroundings.ts'
import { VERSION } from './version.ts'

/** A command before it is loaded. */
export interface LazyCommand {
  /** As the list of commands shows it. */
  readonly summary: string
  readonly load: () => Promise<CreateCommand>
}

/** Every command, by its name, in the order of the list. */
export const COMMANDS: Readonly<Record<string, LazyCommand>> = {
  check: {
    summary: 'Looks whether rolechain works in the cluster.',
    load: async () => (await import('./commands/check.ts')).createCheck,
  },
  inject: {
    summary: 'Prints manifests as the webhook would make them.',
    load: async () => (await import('./commands/inject.ts')).createInject,
  },
  uninject: {
    summary: 'Prints manifests without what the webhook adds.',
    load: async () => (await import('./commands/uninject.ts')).createUninject,
  },
  explain: {
    summary: 'Says who each container will be, and why.',
    load: async () => (await import('./commands/explain.ts')).createExplain,
  },
  policy: {
    summary: 'Prints what each AWS account of a chain has to allow.',
    load: async () => (await import('./commands/policy.ts')).createPolicy,
  },
  verify: {
    summary: 'Says which hop of a chain IAM refuses, on which side, and why.',
    load: async () => (await import('./commands/verify.ts')).createVerify,
  },
  pods: {
    summary: 'Lists pods with a chain; as a page it draws who can become what.',
    load: async () => (await import('./commands/pods.ts')).createPods,
  },
}

/** Runs one command line (without program and script) to its end. Never throws. */
export async function run(
  args: readonly string[],
  surroundings: Surroundings,
  commands = COMMANDS,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.fine
  const exit = (given: ExitCode) => {
    code = given
  }
  const program = createProgram(surroundings, commands, async (name, rest) => {
    const create = await commands[name]?.load()
    await create?.({ surroundings, exit }).parseAsync(rest, { from: 'user' })
  })
  try {
    await program(args)
    return code
  } catch (error) {
    return told(error, surroundings)
  }
}

type Dispatch = (name: string, args: readonly string[]) => Promise<void>

/** The program that only knows names: each command's own options are parsed once it is loaded. */
function createProgram(
  surroundings: Surroundings,
  commands: Readonly<Record<string, LazyCommand>>,
  dispatch: Dispatch,
): (args: readonly string[]) => Promise<unknown> {
  const program = configureFor(new Command(surroundings.programName), surroundings)
    .description('Sets up roles in other AWS accounts for pods, looks before, and says why not.')
    .version(VERSION, '--version', 'Prints the version.')
    .helpOption('-h, --help', 'Prints this help; after a command, that of the command.')
    .enablePositionalOptions()
  for (const option of globalOptions()) program.addOption(option.hideHelp())
  return (args) => {
    for (const [name, { summary }] of Object.entries(commands)) {
      program
        .command(name)
        .summary(summary)
        .helpOption(false)
        .allowUnknownOption()
        .allowExcessArguments()
        .passThroughOptions()
        .argument('[args...]')
        .action((rest: string[]) =>
          // Options that stand before the command mean what they mean after it.
          dispatch(name, [...args.slice(0, args.length - rest.length - 1), ...rest]),
        )
    }
    return program.parseAsync(args, { from: 'user' })
  }
}

function told(error: unknown, { stderr }: Surroundings): ExitCode {
  if (isOfCommander(error)) return error.exitCode === 0 ? EXIT.fine : EXIT.usedWrongly
  const code = exitCodeOf(error)
  const what = code === undefined ? 'an error in rolechain itself: ' : ''
  stderr(`rolechain: ${what}${toSentence(error)}\n`)
  return code ?? EXIT.defect
}

/** By its code: each command is a bundle, with a class of its own. */
function isOfCommander(error: unknown): error is CommanderError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}
