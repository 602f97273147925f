/** Turns what a schema found into sentences: where, which value, and what is wrong with it. */
import type * as z from 'zod'
// From here, since `core` of the whole package brings the sentences of all languages along: 5 MB of memory.
import { toDotPath } from 'zod/v4/core'
import { toQuotedList, shorten } from './name-list.ts'

/** Fields whose values may hold a secret, such as a password in a URL. */
const UNSAID: ReadonlySet<unknown> = new Set(['httpsProxy', 'stsEndpoint', 'caBundle'])

/**
 * One sentence for each problem. A value is shown where it is text or a number, as far as the parse reported its input.
 */
export function schemaProblems(error: z.ZodError, whole: string): readonly string[] {
  return error.issues.map((issue) => {
    const value = valueText(issue)
    return `${toDotPath(issue.path) || whole}: ${value === null ? '' : `${value} `}${messageOf(issue)}`
  })
}

function valueText({ input, path }: z.core.$ZodIssue): string | null {
  if (UNSAID.has(path.at(-1))) return null
  return typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean'
    ? `'${shorten(String(input))}'`
    : null
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `there is no field ${toQuotedList(issue.keys)}; remove or correct it`
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => message).join(', ')
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing'
  return issue.message.replace(
    /^(?:Invalid input: |Invalid option: )?(?=expected)/,
    'is not allowed: ',
  )
}
