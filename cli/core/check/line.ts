/** A line of the report: something that was looked at, with what was found there. */
import { toFinding, type CommandFinding, type FindingCode } from '../../findings/findings.ts'
import type { CheckFacts, Seen } from './facts.ts'

export interface Line {
  /** What is as it should be, where nothing is found. */
  readonly what: string
  readonly findings: readonly CommandFinding[]
}

/** Judges one category. */
export type Judge = (facts: CheckFacts) => readonly Line[]

/** Somebody has to change something. */
export function problem(code: FindingCode, place: string, message: string): CommandFinding {
  return toFinding(code, { level: 'problem', place, message })
}

export function warning(code: FindingCode, place: string, message: string): CommandFinding {
  return toFinding(code, { level: 'warning', place, message })
}

/** A line of what was looked at; a warning where that was not possible. */
export function lineOf<Value>(
  what: string,
  fact: Seen<Value>,
  judge: (value: Value) => readonly CommandFinding[],
): Line {
  return fact.kind === 'seen'
    ? { what, findings: judge(fact.value) }
    : { what, findings: [warning('not_seen', 'cluster', fact.why)] }
}

/** Lines up to the first that fails: what is behind it cannot be looked at, or fails for the same cause. */
export function untilProblem(lines: readonly Line[]): readonly Line[] {
  const first = lines.findIndex(isBad)
  return first < 0 ? lines : lines.slice(0, first + 1)
}

/** Somebody has to change something, or it could not be looked at. */
export function isBad({ findings }: Line): boolean {
  return findings.some(({ level, code }) => level === 'problem' || code === 'not_seen')
}

/** Two facts together. */
export function both<One, Other>(one: Seen<One>, other: Seen<Other>): Seen<readonly [One, Other]> {
  if (one.kind === 'unseen') return one
  if (other.kind === 'unseen') return other
  return { kind: 'seen', value: [one.value, other.value] }
}
