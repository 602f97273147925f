/**
 * What IAM tells whoever may read it: roles with their policies, managed policies, OIDC providers. Documents are given
 * back as they were written, URL-encoded. Source: IAM API Reference (each operation below, "Common Errors"); Service
 * Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".
 */
import { explain } from '../../iam/explain.ts'
import { authenticate } from './authenticate.ts'
import { AwsError } from './aws-error.ts'
import type { Answer, Call, Service } from './call.ts'
import type { AwsAccount } from './configuration.ts'
import { IAM_OPERATIONS } from './iam-operations.ts'
import { decidePermission } from './permissions.ts'
import { inQueryProtocol, readAction, readPairs, toXmlAnswer } from './query-protocol.ts'
import type { RoleSession } from './session-store.ts'

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/'
const VERSION = '2010-05-08'

function check(call: Call, caller: RoleSession, resource: string): void {
  const action = `iam:${call.operation}`
  const decision = decidePermission(caller, { action, resource })
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
  throw new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
    { status: 403 },
  )
}

function accountOf(call: Call, { role }: RoleSession): AwsAccount {
  const account = call.environment.world.accounts.get(role.accountId)
  if (account === undefined) throw new Error(`The strict AWS has lost ${role.accountId}.`)
  return account
}

/** AWS passes over parameters that it does not know; here they are refused, as everywhere in the strict AWS. */
function checkNames(given: ReadonlyMap<string, string>, known: readonly string[]): void {
  const unknown = [...given.keys()].find((name) => !known.includes(name.replace(/\.member.*/, '')))
  if (unknown !== undefined)
    throw new AwsError(
      'ValidationError',
      `The strict AWS knows no parameter ${unknown} of this action.`,
    )
  const missing = known.find(
    (name) => /^(RoleName|Policy|Open|Version)/.test(name) && !given.get(name),
  )
  if (missing !== undefined)
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value null at '${missing}' failed to satisfy constraint: Member must not be null`,
    )
}

async function answer(call: Call): Promise<Answer> {
  const { operation, requestId } = call
  const pairs = new Map(readPairs(call.request))
  const found = Object.hasOwn(IAM_OPERATIONS, operation) ? IAM_OPERATIONS[operation] : undefined
  if (found === undefined || pairs.get('Version') !== VERSION)
    throw new AwsError(
      'InvalidAction',
      `Could not find operation ${operation} for version ${VERSION}`,
    )
  const caller = authenticate(call, 'iam')
  const parameters = new Map([...pairs].filter(([name]) => name !== 'Action' && name !== 'Version'))
  // Of the two names Version and VersionId only the first is the protocol's own.
  checkNames(parameters, found.parameters)
  call.notes.requestParameters = Object.fromEntries(parameters)
  const account = accountOf(call, caller)
  check(call, caller, found.resource(account, parameters))
  const result = found.answer(account, parameters)
  const content = { [`${operation}Result`]: result, ResponseMetadata: { RequestId: requestId } }
  return toXmlAnswer(call, { namespace: NAMESPACE }, [`${operation}Response`, content])
}

/** IAM as a service of the one port. */
export const iam: Service = {
  ...inQueryProtocol(NAMESPACE),
  eventSource: 'iam.amazonaws.com',
  readOperation: readAction,
  answer,
}
