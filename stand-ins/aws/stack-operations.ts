/**
 * What CloudFormation does, each operation authorised by the permission policies of its caller. Source: CloudFormation
 * API Reference, "CreateStack", "DescribeStacks", "DescribeStackEvents", "ListStacks", "DeleteStack"; Service
 * Authorization Reference, "Actions, resources, and condition keys for AWS CloudFormation".
 */
import { randomUUID } from 'node:crypto'
import { explain } from '../../iam/explain.ts'
import { AwsError } from './aws-error.ts'
import type { Call } from './call.ts'
import { decidePermission } from './permissions.ts'
import type { RoleSession } from './session-store.ts'
import type { Maker } from './stack-resources.ts'
import { isDeleted, makeAll, parseTemplate, removeStack, type Stack } from './stacks.ts'
import type { XmlElements } from './xml.ts'

/** "StackName: … must start with an alphabetical character and can't be longer than 128 characters." */
const STACK_NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/

/** What one operation works with. */
export interface Asked {
  readonly call: Call
  readonly caller: RoleSession
  readonly parameters: ReadonlyMap<string, string>
}

function toArn({ call, caller }: Asked, name: string): string {
  const { partition, accountId } = caller.role
  return `arn:${partition}:cloudformation:${call.notes.region}:${accountId}:stack/${name}`
}

/** For a name, the permission is asked about every stack of that name; for an ID, about the stack. */
function check({ call, caller }: Asked, resource: string): void {
  const action = `cloudformation:${call.operation}`
  const decision = decidePermission(caller, { action, resource })
  if (decision.outcome === 'allowed') return
  call.notes.why = explain(decision)
  throw new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
    { status: 403 },
  )
}

/** Members of a list, in the order in which they were sent. */
function readMembers({ parameters }: Asked, name: string): readonly string[] {
  return [...parameters].flatMap(([key, value]) =>
    key.startsWith(`${name}.member.`) ? [value] : [],
  )
}

function readTags(asked: Asked): Record<string, string> {
  const pairs = readMembers(asked, 'Tags')
  return Object.fromEntries(
    pairs.flatMap((key, index) => (index % 2 === 0 ? [[key, pairs[index + 1] ?? '']] : [])),
  )
}

/** Stacks of the caller's AWS account in the region of the call. */
function findStacks({ call, caller }: Asked): readonly Stack[] {
  return [...call.environment.world.stacks.values()].filter(
    ({ accountId, region }) => accountId === caller.role.accountId && region === call.notes.region,
  )
}

function findStack(asked: Asked): Stack | undefined {
  const name = asked.parameters.get('StackName') ?? ''
  check(asked, name.startsWith('arn:') ? name : toArn(asked, `${name}/*`))
  // "For deleted stacks, you must specify the unique stack ID."
  return findStacks(asked).find((one) => one.id === name || (one.name === name && !isDeleted(one)))
}

function needStack(asked: Asked): Stack {
  const stack = findStack(asked)
  if (stack !== undefined) return stack
  const name = asked.parameters.get('StackName') ?? ''
  throw new AwsError('ValidationError', `Stack with id ${name} does not exist`)
}

function toMaker({ call, caller }: Asked, tags: Maker['tags']): Maker {
  const account = call.environment.world.accounts.get(caller.role.accountId)
  if (account === undefined) throw new Error(`The strict AWS has lost ${caller.role.accountId}.`)
  return { call, caller, account, tags }
}

function createStack(asked: Asked): XmlElements {
  const { call, caller, parameters } = asked
  const name = parameters.get('StackName') ?? ''
  if (!STACK_NAME.test(name)) throw new AwsError('ValidationError', `${name} is no stack's name`)
  check(asked, toArn(asked, `${name}/*`))
  const template = parseTemplate(parameters.get('TemplateBody') ?? '')
  const capabilities = readMembers(asked, 'Capabilities')
  const hasRoles = Object.values(template.Resources).some(({ Type }) => Type === 'AWS::IAM::Role')
  // "If you have IAM resources with custom names, you must specify CAPABILITY_NAMED_IAM."
  if (hasRoles && !capabilities.includes('CAPABILITY_NAMED_IAM'))
    throw new AwsError(
      'InsufficientCapabilitiesException',
      'Requires capabilities : [CAPABILITY_NAMED_IAM]',
    )
  if (findStacks(asked).some((one) => one.name === name && !isDeleted(one)))
    throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`)
  const stack: Stack = {
    id: toArn(asked, `${name}/${randomUUID()}`),
    name,
    accountId: caller.role.accountId,
    region: call.notes.region,
    createdAtMs: call.nowMs,
    capabilities,
    tags: readTags(asked),
    statuses: [],
    reason: undefined,
    made: [],
    events: [],
  }
  call.environment.world.stacks.set(stack.id, stack)
  makeAll(stack, template, toMaker(asked, stack.tags))
  return { StackId: stack.id }
}

function toIso(ms: number): string {
  return new Date(ms).toISOString()
}

function toSummary(stack: Stack): XmlElements {
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: toIso(stack.createdAtMs),
    StackStatus: stack.statuses[0],
    StackStatusReason: stack.statuses.length === 1 ? stack.reason : undefined,
  }
}

/** Having been looked at, what was under way is done. */
function describe(stack: Stack): XmlElements {
  const told = {
    ...toSummary(stack),
    Capabilities: { member: stack.capabilities },
    Tags: { member: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })) },
  }
  if (stack.statuses.length > 1) stack.statuses = stack.statuses.slice(1)
  return told
}

function describeStacks(asked: Asked): XmlElements {
  if (asked.parameters.has('StackName')) return { Stacks: { member: [describe(needStack(asked))] } }
  check(asked, '*')
  const all = findStacks(asked).filter((one) => !isDeleted(one))
  return { Stacks: { member: all.map(describe) } }
}

function describeStackEvents(asked: Asked): XmlElements {
  const { id, name, events } = needStack(asked)
  const member = events.toReversed().map(({ logicalId, type, status, reason, atMs }, index) => ({
    StackId: id,
    EventId: `${logicalId}-${status}-${events.length - index}`,
    StackName: name,
    LogicalResourceId: logicalId,
    ResourceType: type,
    Timestamp: toIso(atMs),
    ResourceStatus: status,
    ResourceStatusReason: reason,
  }))
  return { StackEvents: { member } }
}

function listStacks(asked: Asked): XmlElements {
  check(asked, '*')
  const filter = readMembers(asked, 'StackStatusFilter')
  const all = findStacks(asked).filter(
    ({ statuses }) => filter.length === 0 || filter.includes(statuses[0] ?? ''),
  )
  return { StackSummaries: { member: all.map(toSummary) } }
}

/** A stack that does not exist is deleted already. */
function deleteStack(asked: Asked): XmlElements {
  const stack = findStack(asked)
  if (stack !== undefined && !isDeleted(stack)) removeStack(stack, toMaker(asked, stack.tags))
  return {}
}

/** One operation. */
export interface StackOperation {
  readonly parameters: readonly string[]
  readonly answer: (asked: Asked) => XmlElements
}

/** By name. */
export const STACK_OPERATIONS: Readonly<Record<string, StackOperation>> = {
  CreateStack: {
    parameters: ['StackName', 'TemplateBody', 'Capabilities', 'Tags'],
    answer: createStack,
  },
  DescribeStacks: { parameters: ['StackName'], answer: describeStacks },
  DescribeStackEvents: { parameters: ['StackName'], answer: describeStackEvents },
  ListStacks: { parameters: ['StackStatusFilter'], answer: listStacks },
  DeleteStack: { parameters: ['StackName'], answer: deleteStack },
}
