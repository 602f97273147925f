/** Verdicts, named by outcome: how the author of the pod, the audit log and the metrics are told of findings. */
import type { Operation } from 'fast-json-patch'
import { REASONS, type Finding, type Reason } from '../vocabulary/reasons.ts'
import type { Explanation, Mode, Verdict } from './verdict.ts'

/** The API server cuts a longer warning, and wants no control characters in one. */
const WARNING_LIMIT = 256

/** The API server passes on 4,096 characters of warnings in all. */
const WARNING_COUNT = 4096 / WARNING_LIMIT

/** More than anybody mends at once; nothing else bounds how many problems a pod can have. */
const PROBLEM_LIMIT = 50

/** Quotations of what people write are shortened already. This is for sentences that are still too long. */
const SENTENCE_LIMIT = 8 * 1024

/** Of all sentences of a denial. */
const MESSAGE_LIMIT = 32 * 1024

/** More than an API server passes on; all that belongs to one sentence. */
const PIECE_LIMIT = 64

/** An audit annotation is for reading, not for storing manifests. */
const AUDIT_LIMIT = 1024

/** The pod is admitted; patched when there are operations. */
export function permitted(outcome: {
  readonly mode: Exclude<Mode, 'reject'>
  readonly reason: Reason
  readonly warnings: readonly Finding[]
  readonly operations?: readonly Operation[]
  readonly audit?: Readonly<Record<string, string>>
}): Verdict {
  const { mode, reason, warnings, operations = [], audit = {} } = outcome
  const told = {
    mode,
    reasons: reasonsOf([{ reason, message: '' }, ...warnings]),
    warnings: firstWarnings(warnings),
    auditAnnotations: cut({ intent: mode, reason, ...audit, ...toAudit(warnings) }),
  }
  return operations.length === 0
    ? { kind: 'allowed', ...told }
    : { kind: 'patched', patch: operations, ...told }
}

/** The pod is refused, with every problem in one message. */
export function denied(problems: readonly Finding[], warnings: readonly Finding[]): Verdict {
  const sentences = [...new Set(problems.map(({ message }) => message))]
  const told = firstSentences(sentences)
  const list =
    told.length === 1
      ? ` ${told[0]}`
      : told.map((sentence, index) => `\n${index + 1}. ${sentence}`).join('')
  const more = sentences.length === told.length ? '' : `, the first ${told.length} here`
  const count = sentences.length === 1 ? '' : ` (${sentences.length} problems${more})`
  return {
    kind: 'denied',
    mode: 'reject',
    reasons: reasonsOf(problems),
    message: `rolechain cannot give this pod the role that it asks for${count}:${list}`,
    problems: told,
    warnings: firstWarnings(warnings),
    auditAnnotations: cut({
      intent: 'reject',
      reason: reasonsOf(problems).join(', '),
      ...toAudit(problems),
      ...toAudit(warnings),
    }),
  }
}

/**
 * What whoever writes a workload is told about its pods: never more than warnings. A sentence that is too long for one
 * is told in several, since its end says how to mend it.
 */
export function advised(
  verdict: Verdict,
  workload: string,
  advice: readonly Finding[] = [],
): Verdict & { kind: 'allowed' } {
  const { mode, reasons, auditAnnotations } = verdict
  const refusals =
    verdict.kind === 'denied'
      ? verdict.problems.map((sentence) => `pods of this ${workload} will be refused: ${sentence}`)
      : []
  const told = [...refusals, ...advice.map(({ message }) => message)]
  const warnings = new Set([...told.flatMap(toWarnings), ...verdict.warnings])
  return {
    kind: 'allowed',
    mode,
    reasons,
    warnings: [...warnings].slice(0, PIECE_LIMIT),
    auditAnnotations,
  }
}

/** Nobody is told anything of a workload's pods. */
export function withoutAdvice(): Verdict {
  return { kind: 'allowed', mode: 'skip', reasons: ['no_role'], warnings: [], auditAnnotations: {} }
}

/** Nothing was judged, and the object goes on as it came. */
export function unjudged(reason: 'not_a_pod' | 'internal_error'): Verdict {
  return { kind: 'allowed', ...explained('skip', reason) }
}

/**
 * After an error of ours. A pod that asks for a target is refused, since it would run as somebody else. Any other goes
 * on unchanged, since no error of ours may stop a cluster. `why` is a sentence.
 */
export function failed(why: string, asksForTarget: boolean): Verdict {
  const what = `an error in the rolechain webhook (${why})`
  if (asksForTarget) {
    return refused(
      'internal_error',
      `rolechain: ${what}; the pod asks for a role and would not get it, so it is refused. Create it again, and report this if it stays.`,
    )
  }
  const warnings = [`rolechain: ${what}; the pod goes on unchanged`.slice(0, WARNING_LIMIT)]
  return { kind: 'allowed', ...explained('skip', 'internal_error'), warnings }
}

/** The review breaks the protocol. */
export function malformed(why: string): Verdict {
  return refused('malformed_review', `rolechain: the review cannot be answered: ${why}`)
}

/** Nobody knows whether the pod asks for a role, and no pod is so large. `why` goes on "the review …". */
export function tooLarge(why: string): Verdict {
  return refused(
    'review_too_large',
    `rolechain: the review ${why}, more than it can judge. Make the pod smaller.`,
  )
}

/** The same of a workload, which is only warned of. */
export function tooLargeToAdvise(why: string): Verdict {
  const warning = `rolechain: the review ${why}, more than it can judge; pods of this kind will be refused`
  return { kind: 'allowed', ...explained('skip', 'review_too_large'), warnings: [warning] }
}

function refused(reason: Reason, message: string): Verdict {
  return { kind: 'denied', ...explained('reject', reason), message, problems: [message] }
}

function explained(mode: Mode, reason: Reason): Explanation {
  return { mode, reasons: [reason], warnings: [], auditAnnotations: { intent: mode, reason } }
}

function reasonsOf(findings: readonly Finding[]): readonly Reason[] {
  return [...new Set(findings.map(({ reason }) => reason))]
}

/** As many as the API server passes on. */
function firstWarnings(findings: readonly Finding[]): readonly string[] {
  return findings.slice(0, WARNING_COUNT).map(toWarning)
}

function toWarning({ message }: Finding): string {
  return shortened(oneLine(`rolechain: ${message}`), WARNING_LIMIT)
}

/** The sentence in as few pieces as are short enough, cut at spaces where there are any. */
function toWarnings(sentence: string): readonly string[] {
  const words = oneLine(`rolechain: ${sentence}`)
  return words.match(PIECES)?.map((piece) => piece.trimEnd()) ?? []
}

/** One annotation a reason; several findings of one reason stand in it together. */
function toAudit(findings: readonly Finding[]): Readonly<Record<string, string>> {
  const audit: Record<string, string> = {}
  for (const { reason, message } of findings) {
    if ((audit[reason]?.length ?? 0) > AUDIT_LIMIT) continue
    audit[reason] =
      audit[reason] === undefined ? message || REASONS[reason] : `${audit[reason]}; ${message}`
  }
  return audit
}

function cut(audit: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(audit).map(([key, text]) => [key, shortened(oneLine(text), AUDIT_LIMIT)]),
  )
}

/**
 * As many characters as a warning may have, the last of them before a space or the end; of a longer word, just as many.
 */
const PIECES = new RegExp(`\\S.{0,${WARNING_LIMIT - 1}}(?= |$)|\\S{${WARNING_LIMIT}}`, 'gsu')

const CONTROL = /\p{Cc}/u
const CONTROLS = /\p{Cc}+/gu

function oneLine(text: string): string {
  return CONTROL.test(text) ? text.replaceAll(CONTROLS, ' ') : text
}

/** As many as anybody reads, at least one. */
function firstSentences(sentences: readonly string[]): readonly string[] {
  const told = sentences.slice(0, PROBLEM_LIMIT).map(withoutMiddle)
  let length = 0
  return told.filter((sentence, index) => {
    length += sentence.length
    return index === 0 || length <= MESSAGE_LIMIT
  })
}

/** The end of a sentence says how to mend it. */
function withoutMiddle(sentence: string): string {
  const half = SENTENCE_LIMIT / 2
  return sentence.length <= SENTENCE_LIMIT
    ? sentence
    : `${sentence.slice(0, half)} … ${sentence.slice(3 - half)}`
}

function shortened(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 3)}...`
}
