/**
 * Policy variables: `${aws:PrincipalTag/team}` in a policy stands for what the request has under that key.
 *
 *   written            | filled with
 *   ------------------ | ------------------------------------------------------------------
 *   `${key}`           | the value of the key; nothing where it is absent or has several
 *   `${key, 'text'}`   | the same, and `text` where the key is absent
 *   `${*}` `${?}` `${$}` | the character itself, which is then no wildcard
 *
 * Only documents of Version 2012-10-17 have variables; in older ones `${` is text like any other.
 * Source: IAM User Guide, "IAM policy elements: Variables and tags"; "IAM JSON policy elements: Version".
 */
import { isKnownKey, type RequestContext } from './condition-keys.ts'

const VARIABLE = /\$\{([^}]*)\}/g
const CONTENT = /^\s*([^,]*[^,\s])\s*(?:,\s*'([^']*)'\s*)?$/
const ESCAPES = ['*', '?', '$']

/** A part of a pattern: text in which wildcards count, or a value in which they do not. */
export interface Piece {
  readonly text: string
  readonly isValue: boolean
}

/** A pattern whose variables cannot be filled. `isTold`: the request is known to have no single value for the key. */
export interface Unfilled {
  readonly variable: string
  readonly isTold: boolean
}

function toSingle(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined
}

function readVariable(content: string, context: RequestContext): string | Unfilled {
  if (ESCAPES.includes(content)) return content
  const [, variable = content, fallback] = CONTENT.exec(content) ?? []
  const values = context.get(variable.toLowerCase())
  if (values === undefined && !isKnownKey(variable)) return { variable, isTold: false }
  const value = values === undefined ? fallback : toSingle(values)
  return value ?? { variable, isTold: true }
}

/** The pieces of a pattern with its variables filled, or the first variable that cannot be. */
export function fillVariables(
  pattern: string,
  context: RequestContext,
): readonly Piece[] | Unfilled {
  const pieces: Piece[] = []
  let end = 0
  for (const match of pattern.matchAll(VARIABLE)) {
    const value = readVariable(match[1] ?? '', context)
    if (typeof value !== 'string') return value
    pieces.push({ text: pattern.slice(end, match.index), isValue: false })
    pieces.push({ text: value, isValue: true })
    end = match.index + match[0].length
  }
  return [...pieces, { text: pattern.slice(end), isValue: false }]
}
