/** The hash that core takes as an argument. */
import { createHash } from 'node:crypto'

/** SHA-256 in lower-case hex: shortens names and makes keys. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
