/**
 * CloudTrail's event history: LookupEvents. Of management events only, since objects of S3 are data events, which the
 * history does not have; and of the region that is asked. Source: CloudTrail API Reference, "LookupEvents"; CloudTrail
 * User Guide, "Viewing recent management events", "Logging data events" (Amazon S3 object-level API activity),
 * "Cross-account" records of AssumeRole ("… is logged in the AWS accounts of both").
 */
import { z } from 'zod'
import { accountOf } from '../../iam/arn.ts'
import { explain } from '../../iam/explain.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import { decidePermission } from './permissions.ts'
import { toJsonAnswer, toJsonError, toJsonThrottle } from './rest-json.ts'
import type { TrailEntry } from './trail.ts'

const TARGET = /^(?:com\.amazonaws\.cloudtrail\.v20131101\.)?CloudTrail_20131101\.(\w+)$/

const request = z.strictObject({
  /** Seconds. */
  StartTime: z.number().optional(),
  EndTime: z.number().optional(),
  // "Currently the list can contain only one item."
  LookupAttributes: z
    .array(z.strictObject({ AttributeKey: z.literal('EventName'), AttributeValue: z.string() }))
    .max(1)
    .default([]),
  MaxResults: z.int().min(1).max(50).default(50),
  NextToken: z.string().regex(/^\d+$/).optional(),
})
type Asked = z.output<typeof request>

/** Of S3: what is about objects. */
const DATA_EVENT = /^(?:Get|Head|Put|Delete)Object$|^ListObjects/

function isOf({ userIdentity, requestParameters }: TrailEntry, accountId: string): boolean {
  const { roleArn } = requestParameters
  const arns = [userIdentity.arn, userIdentity.identityProvider, roleArn]
  return arns.some((arn) => typeof arn === 'string' && accountOf(arn) === accountId)
}

function isAsked(entry: TrailEntry, asked: Asked): boolean {
  const { StartTime: start = 0, EndTime: end = Infinity, LookupAttributes: attributes } = asked
  const at = toSeconds(entry)
  return (
    at >= Math.floor(start) &&
    at <= end &&
    attributes.every((one) => one.AttributeValue === entry.eventName)
  )
}

/** Records have whole seconds. */
function toSeconds({ eventTime }: TrailEntry): number {
  return Math.floor(Date.parse(eventTime) / 1000)
}

function toEvent(entry: TrailEntry): object {
  const { eventName, eventSource, requestID, userIdentity } = entry
  const seconds = toSeconds(entry)
  const eventTime = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
  return {
    EventId: requestID,
    EventName: eventName,
    EventTime: seconds,
    EventSource: eventSource,
    Username: userIdentity.userName ?? userIdentity.arn?.split('/').at(-1),
    CloudTrailEvent: JSON.stringify({ ...entry, eventTime }),
  }
}

function lookupEvents(call: Call, accountId: string): object {
  const parsed = request.safeParse(JSON.parse(call.request.body.toString('utf8')))
  if (!parsed.success)
    throw new AwsError('InvalidLookupAttributesException', z.prettifyError(parsed.error))
  const asked = parsed.data
  const found = call.environment
    .trail()
    .filter(
      (entry) =>
        !DATA_EVENT.test(entry.eventName) &&
        entry.awsRegion === call.notes.region &&
        isOf(entry, accountId) &&
        isAsked(entry, asked),
    )
    .toReversed()
  const from = Number(asked.NextToken ?? 0)
  const to = from + asked.MaxResults
  return {
    Events: found.slice(from, to).map(toEvent),
    ...(to < found.length ? { NextToken: String(to) } : {}),
  }
}

async function answer(call: Call): Promise<Answer> {
  const caller = authenticate(call, 'cloudtrail')
  if (call.operation !== 'LookupEvents')
    throw new AwsError('UnsupportedOperationException', 'The strict AWS has no such operation.')
  const permission = { action: 'cloudtrail:LookupEvents', resource: '*' }
  const decision = decidePermission(caller, permission)
  if (decision.outcome !== 'allowed') {
    call.notes.why = explain(decision)
    throw new AwsError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: cloudtrail:LookupEvents`,
    )
  }
  return toJsonAnswer(call, lookupEvents(call, caller.role.accountId))
}

/** CloudTrail as a service of the one port. */
export const cloudTrail: Service = {
  eventSource: 'cloudtrail.amazonaws.com',
  readOperation: ({ headers }) => TARGET.exec(headers.get('x-amz-target') ?? '')?.[1] ?? 'Unknown',
  answer,
  throttled: toJsonThrottle,
  toErrorAnswer: toJsonError,
}
