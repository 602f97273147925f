/**
 * The configuration file: read at the start, and again whenever its content changes. A bad new file leaves the last
 * good one in use.
 */
import { CORE_SCHEMA, loadAll } from 'js-yaml'
import { parseSettings, settingsSchema } from '../core/configuration/settings-schema.ts'
import type { Settings } from '../core/configuration/settings-schema.ts'
import { toSentence } from '../../log/error-text.ts'
import { readFiles, watchFiles } from '../files/watch-files.ts'

/** A configuration file that cannot be used: every problem, one sentence each. */
export class BadConfigurationFile extends Error {
  readonly problems: readonly string[]

  constructor(path: string, problems: readonly string[]) {
    super(`The configuration file ${path} cannot be used: ${problems.join('; ')}`)
    this.name = 'BadConfigurationFile'
    this.problems = problems
  }
}

export interface ConfigurationFile {
  /** Empty means that there is none: all defaults. */
  readonly path: string
  readonly everyMs: number
  /** Told of each new content that can be used, which is in use then. */
  readonly onChange: (settings: Settings, text: string) => void
  readonly onFailure: (error: unknown) => void
}

interface StartedFile {
  readonly settings: Settings
  /** Its content; null where there is no file. */
  readonly text: string | null
  readonly stop: () => Promise<void>
}

/**
 * Reads the file, throws {@link BadConfigurationFile} if it is bad, and then watches it; returns what it says and how
 * to stop.
 */
export async function startConfigurationFile(file: ConfigurationFile): Promise<StartedFile> {
  const { path } = file
  if (path === '')
    return { settings: settingsSchema.parse({}), text: null, stop: () => Promise.resolve() }
  const known = await readFiles([path]).catch((error: unknown) => {
    throw new BadConfigurationFile(path, [toSentence(error)])
  })
  const [text = ''] = known
  const settings = toSettings(path, text)
  const stop = watchFiles({
    paths: [path],
    known,
    everyMs: file.everyMs,
    onChange: ([changed = '']) => file.onChange(toSettings(path, changed), changed),
    onFailure: file.onFailure,
  })
  return { settings, text, stop }
}

function toSettings(path: string, text: string): Settings {
  const parsed = parseSettings(parseYaml(path, text))
  if (parsed.kind === 'settings') return parsed.settings
  throw new BadConfigurationFile(path, parsed.problems)
}

/** Undefined where there is nothing but blanks and comments. */
function parseYaml(path: string, text: string): unknown {
  const documents = readDocuments(path, text)
  if (documents.length > 1) {
    const problem = `it holds ${documents.length} documents, separated by ---; keep one`
    throw new BadConfigurationFile(path, [problem])
  }
  return documents[0]
}

function readDocuments(path: string, text: string): readonly unknown[] {
  try {
    return loadAll(text, { schema: CORE_SCHEMA })
  } catch (error) {
    throw new BadConfigurationFile(path, [toSentence(error)])
  }
}
