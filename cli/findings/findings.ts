/**
 * Every code that a command can print: what it means, and what to do. The reasons of the webhook and the failures of
 * the sidecar are codes here too, so that one word is searched for in logs, events and commands alike. Each has a
 * heading in `docs/checks.md`, which `npm run docs` writes from this.
 */
import { FAILURES } from '../../sidecar/core/failures/failures.ts'
import { REASONS } from '../../webhook/core/vocabulary/reasons.ts'
import { VERIFY_CODES } from '../core/verify/codes.ts'
import { CHECK_FINDINGS } from './check-findings.ts'
import { REASON_HINTS } from './reason-hints.ts'

/** What is known of a code. */
export interface FindingKind {
  /** One sentence: what is the matter. */
  readonly what: string
  /** One or more sentences: what mends it. */
  readonly hint: string
}

/** Says that the message has the fix: it knows the names and values. */
const HINT_IN_MESSAGE = 'The message names what to change.'

const fromReasons = Object.fromEntries(
  Object.entries(REASONS).map(([code, what]) => [
    code,
    { what, hint: (REASON_HINTS as Readonly<Record<string, string>>)[code] ?? HINT_IN_MESSAGE },
  ]),
) as Readonly<Record<keyof typeof REASONS, FindingKind>>

const fromFailures = Object.fromEntries(
  Object.entries(FAILURES).map(([code, { advice }]) => [
    code,
    { what: 'A chain cannot be walked; the sidecar reports it.', hint: advice },
  ]),
) as Readonly<Record<keyof typeof FAILURES, FindingKind>>

/** By where they come from, in the order of the page. A command with codes of its own adds its table here. */
export const FINDING_GROUPS = {
  'What admission finds': fromReasons,
  'Why a chain fails': fromFailures,
  'What verifying a chain finds': VERIFY_CODES,
  'What a look at the cluster finds': CHECK_FINDINGS,
} as const satisfies Readonly<Record<string, Readonly<Record<string, FindingKind>>>>

type Groups = typeof FINDING_GROUPS

/** `lower_snake`, and stable. */
export type FindingCode = { readonly [Group in keyof Groups]: keyof Groups[Group] }[keyof Groups]

const FINDINGS: ReadonlyMap<string, FindingKind> = new Map(
  Object.values(FINDING_GROUPS).flatMap((group) => Object.entries(group)),
)

export const FINDING_CODES = [...FINDINGS.keys()] as readonly FindingCode[]

export function isFindingCode(text: string): text is FindingCode {
  return FINDINGS.has(text)
}

/** What the code means and what to do. */
export function describeFinding(code: FindingCode): FindingKind {
  return FINDINGS.get(code) ?? { what: '', hint: HINT_IN_MESSAGE }
}

/** Where the page of codes can be read. */
const PAGE = 'https://github.com/rolechain/rolechain/blob/main/docs/checks.md'

/** One thing that a command has to tell. */
export interface CommandFinding {
  readonly code: FindingCode
  /** With a problem the command ends with 1. */
  readonly level: 'problem' | 'warning'
  /** What it is about, such as `deployment/web, container app`. */
  readonly place: string
  /** What is so, with names and values, and how to mend it. */
  readonly message: string
  /** The general fix of this code. */
  readonly hint: string
  readonly address: string
}

/** A finding with all that its code says. A more exact `hint` may be given. */
export function toFinding(
  code: FindingCode,
  told: Pick<CommandFinding, 'level' | 'place' | 'message'> & { readonly hint?: string },
): CommandFinding {
  return { code, hint: describeFinding(code).hint, ...told, address: `${PAGE}#${code}` }
}

/** Those that are not suppressed. */
export function withoutSuppressed(
  findings: readonly CommandFinding[],
  suppressed: readonly FindingCode[],
): readonly CommandFinding[] {
  return findings.filter(({ code }) => !suppressed.includes(code))
}

/** Whether one of them is a problem. */
export function hasProblem(findings: readonly CommandFinding[]): boolean {
  return findings.some(({ level }) => level === 'problem')
}
