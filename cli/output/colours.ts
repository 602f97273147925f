/** Colours of the terminal; without them, every function returns its text as it is. */
import picocolors from 'picocolors'
import type { Surroundings } from './surroundings.ts'

/** Named by what is said, so that the same thing looks the same in every command. */
export interface Colours {
  readonly good: (text: string) => string
  readonly warning: (text: string) => string
  readonly problem: (text: string) => string
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
}

export function createColours({ isColourful }: Pick<Surroundings, 'isColourful'>): Colours {
  const { green, yellow, red, bold, dim } = picocolors.createColors(isColourful)
  return { good: green, warning: yellow, problem: red, strong: bold, faint: dim }
}
