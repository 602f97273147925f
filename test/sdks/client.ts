/**
 * Drives a client: it gets a line and answers with one line of JSON, so that every SDK is driven alike and its process
 * lives over renewals. It begins with `{"version": …}`. Then, in any order:
 *
 *   identity            | {"identity": "<ARN of GetCallerIdentity>"}
 *   read <bucket> <key> | {"text": "<the object>"}
 *   parallel <count>    | {"identities": ["<each ARN that so many calls at once gave>"]}
 *   profile <name> <region> | {"region": "<what the SDK has found>"} or {"text": ""}: from now on by the SDK's own way
 *   aws <words>         | {"text": "<what it prints>"}, of the AWS CLI only
 *   quit                | (ends)
 *
 * What fails is answered with `{"error": "<what the SDK shows>"}`.
 */
import { z } from 'zod'
import { createJournal, type Entry } from '../../demo/journal.ts'
import { startProgram } from '../../demo/program.ts'

const answer = z.looseObject({
  version: z.string().optional(),
  identity: z.string().optional(),
  text: z.string().optional(),
  identities: z.array(z.string()).optional(),
  region: z.string().nullish(),
  error: z.string().optional(),
})

export type Answer = z.infer<typeof answer>

export interface Client {
  /** What the SDK says that it is. */
  readonly version: string
  /** Throws when there is no answer in time, or the process is gone. */
  ask(line: string): Promise<Answer>
  /** What it has printed beside its answers, as SDKs do on standard error. */
  said(): string
  stop(): Promise<void>
}

export interface ClientStart {
  /** File and arguments. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** A JVM under load takes its time; the slowest refusal of an SDK is 20 s. */
const TIMEOUT_MS = 90_000

/** Resolves when the client has said its version. */
export async function startClient({ command, environment }: ClientStart): Promise<Client> {
  const [file = '', ...args] = command
  const journal = createJournal()
  const program = startProgram({
    command: file,
    args,
    environment,
    hasInput: true,
    onLine: (line) => journal.add({ from: 'client', line }),
  })
  void program.ended.then(({ code, signal }) =>
    journal.add({ from: 'end', line: `it ended with ${signal ?? `status ${code}`}` }),
  )
  let read = 0
  const next = async (): Promise<Answer> => {
    const entry = await journal.find(isTelling, { since: read, timeoutMs: TIMEOUT_MS })
    if (entry?.from === 'client') {
      read = journal.entries.indexOf(entry, read) + 1
      return parseAnswer(entry.line) ?? {}
    }
    const last = journal.entries.slice(-6).map(({ line }) => line)
    throw new Error(`The client did not answer: ${last.join(' | ') || 'it said nothing'}`)
  }
  const { version = 'unknown' } = await next()
  return {
    version,
    ask: (line) => {
      program.tell(line)
      return next()
    },
    said: () =>
      journal.entries
        .flatMap(({ from, line }) =>
          from === 'client' && parseAnswer(line) === undefined ? [line] : [],
        )
        .join('\n'),
    async stop() {
      program.tell('quit')
      await program.stop()
    },
  }
}

/** Whether it answers, or never will. */
function isTelling({ from, line }: Entry): boolean {
  return from === 'end' || parseAnswer(line) !== undefined
}

function parseAnswer(line: string): Answer | undefined {
  if (!line.startsWith('{"')) return undefined
  try {
    return answer.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
