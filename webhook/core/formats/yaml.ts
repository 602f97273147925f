/**
 * Reads YAML, or JSON, which is a part of it, from people who are not trusted: the first error ends it, and what comes
 * after it never has more to look at than is allowed here.
 */
import { FAILSAFE_SCHEMA, load, YAMLException } from 'js-yaml'

export type ReadYaml =
  | { readonly kind: 'value'; readonly value: unknown }
  /** The rest of a sentence that begins with the text. */
  | { readonly kind: 'problem'; readonly problem: string }

/** Twice the depth of the tags of a hop, so that what is only nested wrongly is told where it is wrong. */
const DEPTH_LIMIT = 12

/** A dozen targets of four hops with every field that a hop has, and twenty tags, come to 1,600. */
const VALUE_LIMIT = 2000

/** Room for a dozen targets with session policies. */
const LENGTH_LIMIT = 32 * 1024

/**
 * Between values. No text that means something has more: an item would have eight characters. Counting them costs a
 * fraction of parsing.
 */
const SEPARATOR_LIMIT = 4000

/**
 * The value of a text, in which every scalar is text: `externalId: 0012` stays as it was written. Aliases may be nested
 * until they fill the memory, so what each stands for counts every time.
 */
export function readYaml(text: string): ReadYaml {
  const problem = textProblem(text)
  if (problem !== null) return { kind: 'problem', problem }
  let value: unknown
  try {
    value = load(text, { schema: FAILSAFE_SCHEMA, maxDepth: DEPTH_LIMIT })
  } catch (error) {
    return { kind: 'problem', problem: `is neither YAML nor JSON: ${toSentence(error)}` }
  }
  return isTooLarge(value)
    ? {
        kind: 'problem',
        problem: `may have ${VALUE_LIMIT} values and ${LENGTH_LIMIT} characters, aliases written out, and has more`,
      }
    : { kind: 'value', value }
}

function textProblem(text: string): string | null {
  if (text.length > LENGTH_LIMIT) {
    return `has ${text.length} characters, and may have ${LENGTH_LIMIT}`
  }
  const separators = text.match(/[,\r\n]/g)?.length ?? 0
  return separators > SEPARATOR_LIMIT
    ? `has ${separators} commas and ends of lines, and may have ${SEPARATOR_LIMIT}`
    : null
}

function toSentence(error: unknown): string {
  if (!(error instanceof YAMLException)) return 'it cannot be read'
  const { reason, mark } = error
  return mark === undefined
    ? reason
    : `${reason} (line ${mark.line + 1}, column ${mark.column + 1})`
}

/** Stops where a limit is passed, as it is by an alias that contains itself. */
function isTooLarge(value: unknown): boolean {
  const waiting = [value]
  let values = 0
  let characters = 0
  while (waiting.length > 0) {
    const next = waiting.pop()
    values += 1
    if (typeof next === 'string') characters += next.length
    else if (Array.isArray(next)) waiting.push(...(next as unknown[]))
    else {
      for (const [key, child] of Object.entries(next ?? {})) {
        characters += key.length
        waiting.push(child)
      }
    }
    if (values > VALUE_LIMIT || characters > LENGTH_LIMIT) return true
  }
  return false
}
