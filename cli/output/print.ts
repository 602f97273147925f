/** The one way by which results go to stdout: as text for people, as JSON or YAML for programs. */
import { stringify } from 'yaml'
import { createColours, type Colours } from './colours.ts'
import type { Format } from './formats.ts'
import type { Surroundings } from './surroundings.ts'

export { FORMATS, type Format } from './formats.ts'

/** A result in both of its forms. */
export interface Result {
  /** Plain data. Its names are part of the command's contract: people write scripts about them. */
  readonly value: unknown
  readonly toText: (colours: Colours) => string
}

/** Prints a result in the form that was asked for, always with a newline at its end. */
export function printResult(surroundings: Surroundings, format: Format, result: Result): void {
  const printed = toPrinted(surroundings, format, result)
  surroundings.stdout(printed === '' || printed.endsWith('\n') ? printed : `${printed}\n`)
}

function toPrinted(surroundings: Surroundings, format: Format, result: Result): string {
  if (format === 'json') return JSON.stringify(result.value, null, 2)
  if (format === 'yaml')
    return stringify(result.value, { aliasDuplicateObjects: false, lineWidth: 0 })
  return result.toText(createColours(surroundings))
}
