/** Findings as a person reads them. */
import type { Colours } from './colours.ts'
import type { CommandFinding } from '../findings/findings.ts'

/** Three lines each: what is so and where, what mends it, and where more is said. Empty without findings. */
export function findingLines(
  findings: readonly CommandFinding[],
  colours: Colours,
): readonly string[] {
  return findings.flatMap(({ code, level, place, message, hint, address }) => {
    const isProblem = level === 'problem'
    const mark = isProblem ? colours.problem('×') : colours.warning('‼')
    const name = isProblem ? colours.problem(code) : colours.warning(code)
    return [`${mark} ${name} ${place}: ${message}`, `    ${hint}`, `    ${colours.faint(address)}`]
  })
}
