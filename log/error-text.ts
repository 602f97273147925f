/** What an error says, fit for a log line or an answer: one line, bounded, and without secrets. */
import { hideSecrets } from './secrets.ts'

/** Causes behind an error; nobody chains more, and an error may be its own cause. */
const CAUSES = 8

/** Characters of one error's text. What fails on long input often quotes it. */
const LENGTH = 1024

/** What is beyond this is not even looked at. */
const LOOK_LENGTH = 8 * LENGTH

/** `JSON.parse` quotes what it was given, which may be a Secret or credentials. */
const QUOTED_JSON = /"[^]*" is not valid JSON/

/** What an error says in one line, with the causes behind it; never its stack, in a bundle a page of source. */
export function toSentence(error: unknown): string {
  return toText(error, CAUSES).replaceAll(/\s+/g, ' ').trim()
}

function toText(error: unknown, causes: number): string {
  if (!(error instanceof Error)) return harmless(String(error))
  const own = harmless(ownText(error, causes))
  // Of other objects nothing is known that would be fit to be said.
  const isTold = error.cause instanceof Error || typeof error.cause === 'string'
  return !isTold || causes <= 0 ? own : `${own}: ${toText(error.cause, causes - 1)}`
}

function ownText(error: Error, causes: number): string {
  // A failed connection to several addresses has its texts inside only.
  if (error instanceof AggregateError && error.message === '' && causes > 0) {
    const inside: readonly unknown[] = error.errors
    return inside
      .slice(0, CAUSES)
      .map((one) => toText(one, causes - CAUSES / 2))
      .join('; ')
  }
  return error instanceof SyntaxError
    ? error.message.replace(QUOTED_JSON, 'it is not valid JSON')
    : error.message
}

/** Cut last: half of a secret is not known as one. */
function harmless(text: string): string {
  const known = hideSecrets(text.slice(0, LOOK_LENGTH))
  return known.length <= LENGTH ? known : `${known.slice(0, LENGTH - 1)}…`
}
