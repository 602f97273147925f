/** The hash that core takes as an argument. */
import { createHash } from 'node:crypto'

/** SHA-256 in lower-case hex: shortens names. Only the child needs it: node:crypto costs 1 MB. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
