/** What throws on the way of a review: caught here and nowhere else, so that the answer is a review all the same. */
import { failed, unjudged } from '../core/review/verdicts.ts'
import type { Verdict } from '../core/review/verdict.ts'
import { toSentence } from '../../log/error-text.ts'
import type { PodRequest } from './judge.ts'

/**
 * Judges and answers. If anything throws or rejects, `fail` gives the answer. Without a promise where no step waits:
 * that is most reviews, and promises cost.
 */
export function caught<Judged, Answer>(
  judge: () => Judged | Promise<Judged>,
  answer: (judged: Judged) => Answer,
  fail: (error: unknown) => Answer,
): Answer | Promise<Answer> {
  try {
    const judged = judge()
    return judged instanceof Promise ? judged.then(answer).catch(fail) : answer(judged)
  } catch (error) {
    return fail(error)
  }
}

/** What is told after an error of ours. Undefined stands for reviews that are of no pod: they go on. */
export function judgeFailure(request: PodRequest | undefined, error: unknown): Verdict {
  return request === undefined
    ? unjudged('internal_error')
    : failed(toSentence(error), mayAskForTarget(request))
}

/** Looks no further than the text: what made the judgement fail may make any better look fail too. */
function mayAskForTarget({
  admission,
  lookup,
  unknownMeans = admission.unknownMeans,
  configuration,
}: PodRequest): boolean {
  if (unknownMeans === 'refuse') return true
  try {
    const text = JSON.stringify([admission.pod, lookup])
    return text.includes(`"${configuration.chainAnnotationPrefix}/`)
  } catch {
    return true
  }
}
