/**
 * The least of EC2: DescribeInstances, without filters. Source: Amazon EC2 API Reference, "DescribeInstances", "Error
 * codes" (the form of errors, common codes); Service Authorization Reference, "Actions, resources, and condition keys
 * for Amazon EC2" (DescribeInstances has no resource: `*`).
 */
import { explain } from '../../iam/explain.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import type { Instance } from './computing.ts'
import { decidePermission } from './permissions.ts'
import { readAction, readPairs, toQueryError, toXmlAnswer } from './query-protocol.ts'
import type { RoleSession } from './session-store.ts'
import { SignatureError, type RefusalKind } from './signature-claim.ts'
import type { XmlElements } from './xml.ts'

const VERSION = '2016-11-15'
const NAMESPACE = `http://ec2.amazonaws.com/doc/${VERSION}/`
const OPERATION = 'DescribeInstances'

/** EC2 says who and what since 2023; before it the first sentence was all. */
function check(call: Call, caller: RoleSession): void {
  const action = `ec2:${OPERATION}`
  const decision = decidePermission(caller, { action, resource: '*' })
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
  throw new AwsError(
    'UnauthorizedOperation',
    `You are not authorized to perform this operation. User: ${caller.arn} is not authorized to perform: ${action}`,
    { status: 403 },
  )
}

function toInstance({ id, type, region, tags }: Instance): XmlElements {
  return {
    instanceId: id,
    instanceState: { code: 16, name: 'running' },
    instanceType: type,
    placement: { availabilityZone: `${region}a` },
    tagSet: { item: Object.entries(tags).map(([key, value]) => ({ key, value })) },
  }
}

/** One reservation an instance, as when each was started alone. */
function describeInstances(call: Call, { role }: RoleSession): XmlElements {
  const account = call.environment.world.accounts.get(role.accountId)
  const here = (account?.instances ?? []).filter(({ region }) => region === call.notes.region)
  return {
    reservationSet: {
      item: here.map((instance) => ({
        reservationId: instance.id.replace('i-', 'r-'),
        ownerId: role.accountId,
        instancesSet: { item: toInstance(instance) },
      })),
    },
  }
}

function checkParameters(call: Call): void {
  const parameters = new Map(readPairs(call.request))
  if (call.operation !== OPERATION || parameters.get('Version') !== VERSION)
    throw new AwsError(
      'InvalidAction',
      `The action ${call.operation} is not valid for this web service.`,
    )
  const unknown = [...parameters.keys()].find((name) => name !== 'Action' && name !== 'Version')
  if (unknown !== undefined)
    throw new AwsError(
      'UnknownParameter',
      `The strict AWS knows no parameter ${unknown} of this action.`,
    )
}

async function answer(call: Call): Promise<Answer> {
  const caller = authenticate(call, 'ec2')
  checkParameters(call)
  check(call, caller)
  const content = { requestId: call.requestId, ...describeInstances(call, caller) }
  return toXmlAnswer(call, { namespace: NAMESPACE }, [`${OPERATION}Response`, content])
}

/** "AuthFailure: the provided credentials could not be validated"; the others are as in the query protocol. */
const NOT_VALIDATED: ReadonlySet<RefusalKind> = new Set([
  'unknown_key',
  'wrong_token',
  'wrong_signature',
])

function toEc2Error(thrown: unknown, call: Call): AwsError {
  if (thrown instanceof SignatureError && NOT_VALIDATED.has(thrown.kind))
    return new AwsError(
      'AuthFailure',
      'AWS was not able to validate the provided access credentials',
      { status: 401 },
    )
  if (thrown instanceof SignatureError && thrown.kind === 'session_expired')
    return new AwsError('RequestExpired', 'Request has expired.')
  return toQueryError(thrown, call).error
}

/** EC2 as a service of the one port. */
export const ec2: Service = {
  eventSource: 'ec2.amazonaws.com',
  readOperation: readAction,
  answer,
  throttled: (retryAfterSeconds) =>
    new AwsError('RequestLimitExceeded', 'Request limit exceeded.', {
      status: 503,
      retryAfterSeconds,
    }),
  toErrorAnswer(thrown, call) {
    const { code, message, status, headers } = toEc2Error(thrown, call)
    const content = {
      Errors: { Error: { Code: code, Message: message } },
      RequestID: call.requestId,
    }
    const plain = toXmlAnswer(call, { status, namespace: '' }, ['Response', content])
    return { answer: { ...plain, headers: { ...plain.headers, ...headers } }, code, message }
  },
}
