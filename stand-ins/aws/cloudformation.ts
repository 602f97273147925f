/**
 * CloudFormation on the one port: finds the operation and reads its parameters. The operations are in
 * `stack-operations.ts`. Source: CloudFormation API Reference, "Common Errors", "Making API requests".
 */
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import { inQueryProtocol, readAction, readPairs, toXmlAnswer } from './query-protocol.ts'
import { STACK_OPERATIONS } from './stack-operations.ts'

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/'
const VERSION = '2010-05-15'

async function answer(call: Call): Promise<Answer> {
  const { operation, requestId } = call
  const pairs = new Map(readPairs(call.request))
  const found = Object.hasOwn(STACK_OPERATIONS, operation) ? STACK_OPERATIONS[operation] : undefined
  if (found === undefined || pairs.get('Version') !== VERSION)
    throw new AwsError(
      'InvalidAction',
      `Could not find operation ${operation} for version ${VERSION}`,
    )
  const caller = authenticate(call, 'cloudformation')
  const parameters = new Map([...pairs].filter(([name]) => name !== 'Action' && name !== 'Version'))
  const unknown = [...parameters.keys()].find(
    (name) => !found.parameters.includes(name.replace(/\.member.*/, '')),
  )
  if (unknown !== undefined)
    throw new AwsError(
      'ValidationError',
      `The strict AWS knows no parameter ${unknown} of this action.`,
    )
  const stackName = parameters.get('StackName')
  call.notes.requestParameters = stackName === undefined ? {} : { stackName }
  const content = {
    [`${operation}Result`]: found.answer({ call, caller, parameters }),
    ResponseMetadata: { RequestId: requestId },
  }
  return toXmlAnswer(call, { namespace: NAMESPACE }, [`${operation}Response`, content])
}

/** CloudFormation as a service of the one port. */
export const cloudFormation: Service = {
  ...inQueryProtocol(NAMESPACE),
  eventSource: 'cloudformation.amazonaws.com',
  readOperation: readAction,
  answer,
}
