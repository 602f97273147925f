/** What STS asks of session tags: that none is sent twice, how many there may be, and how much room they take. */
import { quote } from '../../../iam/explain-mismatch.ts'
import { packedSizeOf } from '../../../iam/packed-size.ts'
import type { AssumeRoleStep, Step } from '../policy/steps.ts'
import type { VerifyFinding } from './finding.ts'

/** Of a session, with those that it inherits: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
const TAG_LIMIT = 50

/** The six of EKS alone take up to 74 % of the room. */
const TIGHT_PERCENT = 90

/** What a placeholder comes to: a UUID has 36 characters, the others are what they often are. */
const LENGTHS: Readonly<Record<string, number>> = {
  '{podUid}': 36,
  '{pod}': 30,
  '{node}': 45,
  '{cluster}': 15,
  '{clusterArn}': 65,
}

function commonOf({ hop, roleArn }: Step) {
  return { level: 'problem', hop, side: 'chain', subject: roleArn } as const
}

/** What is inherited and sent once more. */
function findSentAgain(step: AssumeRoleStep): readonly VerifyFinding[] {
  const { caller, request } = step
  const inherited = new Set(caller.transitiveTagKeys.map((key) => key.toLowerCase()))
  const repeated = request.tags.filter(([key]) => inherited.has(key.toLowerCase()))
  const common = { code: 'sent_again', ...commonOf(step) } as const
  const isOtherIdentity =
    caller.sourceIdentity !== undefined && request.sourceIdentity !== caller.sourceIdentity
  return [
    ...repeated.map(([key]) => ({
      ...common,
      message: `tag ${quote(key)} is inherited from an earlier hop and is sent again`,
    })),
    ...(isOtherIdentity
      ? [
          {
            ...common,
            message: `the source identity ${quote(caller.sourceIdentity)} cannot change`,
          },
        ]
      : []),
  ]
}

function findTooMany(step: Step): readonly VerifyFinding[] {
  const { tags } = step.session
  if (tags.length <= TAG_LIMIT) return []
  const own = step.request.tags.length
  const message = `the session has ${tags.length} tags, ${tags.length - own} of them inherited, and STS takes ${TAG_LIMIT} at most`
  return [{ ...commonOf(step), code: 'too_many_tags', message }]
}

function parseOr(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

function fill(value: string): string {
  return value.replace(/\{[A-Za-z]+\}/g, (name) => 'x'.repeat(LENGTHS[name] ?? name.length))
}

function findLarge(step: Step): readonly VerifyFinding[] {
  const { tags, sessionPolicy } = step.session
  const filled = tags.map(([key, value]) => [key, fill(value)] as const)
  const { percent, isTooLarge } = packedSizeOf(parseOr(sessionPolicy), filled)
  if (percent < TIGHT_PERCENT) return []
  const level = isTooLarge ? 'problem' : 'warning'
  const what = sessionPolicy === undefined ? '' : 'session policy and '
  const message = `${what}session tags, inherited ones too, take about ${percent} % of the room that STS has for them`
  return [{ ...commonOf(step), code: 'packed_size', level, message }]
}

/** Everything that is to be said of the tags of a hop's session. */
export function lookAtTags(step: Step): readonly VerifyFinding[] {
  return [
    ...(step.kind === 'assume_role' ? findSentAgain(step) : []),
    ...findTooMany(step),
    ...findLarge(step),
  ]
}
