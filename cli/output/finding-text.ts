/** Findings as a person reads them. */
import type { Colours } from './colours.ts'
import type { CommandFinding } from '../findings/findings.ts'

/** What a sidecar says ends with its advice, which is the hint as well: once is enough. */
export function messageOf({ message, hint }: CommandFinding): string {
  return message.endsWith(hint) ? message.slice(0, -hint.length).trimEnd() : message
}

/** Three lines each: what is so and where, what mends it, and where more is said. Empty without findings. */
export function findingLines(
  findings: readonly CommandFinding[],
  colours: Colours,
): readonly string[] {
  return findings.flatMap((finding) => {
    const { code, level, place, hint, address } = finding
    const isProblem = level === 'problem'
    const mark = isProblem ? colours.problem('×') : colours.warning('‼')
    const name = isProblem ? colours.problem(code) : colours.warning(code)
    return [
      `${mark} ${name} ${place}: ${messageOf(finding)}`,
      `    ${hint}`,
      `    ${colours.faint(address)}`,
    ]
  })
}
