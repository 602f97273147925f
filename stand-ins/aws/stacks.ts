/**
 * CloudFormation's stacks: what a template asks for, and what becomes of it. A stack is under way until it has been
 * looked at once, so that whoever does not wait is found; and resources that no `DependsOn` orders are made the last
 * one first, so that whoever relies on their order is found. Source: CloudFormation User Guide, "Stack status codes",
 * "Template anatomy", "DependsOn attribute", "Stack failure options".
 */
import { z } from 'zod'
import { AwsError } from './aws-error.ts'
import { RESOURCE_TYPES, type Maker } from './stack-resources.ts'

/** One line of the stack's history. */
export interface StackEvent {
  readonly logicalId: string
  readonly type: string
  readonly status: string
  readonly reason: string | undefined
  readonly atMs: number
}

/** A resource that exists. */
interface MadeResource {
  readonly logicalId: string
  readonly type: string
  readonly physicalId: string
}

/** One stack; those that are deleted are kept, as AWS does for 90 days. */
export interface Stack {
  readonly id: string
  readonly name: string
  readonly accountId: string
  readonly region: string
  readonly createdAtMs: number
  readonly capabilities: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** The first is what is told now, and the last stays. */
  statuses: string[]
  reason: string | undefined
  made: MadeResource[]
  /** The oldest first. */
  readonly events: StackEvent[]
}

const resource = z.strictObject({
  Type: z.string(),
  Properties: z.unknown().optional(),
  DependsOn: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
})

const template = z.strictObject({
  AWSTemplateFormatVersion: z.literal('2010-09-09').optional(),
  Description: z.string().max(1024).optional(),
  Resources: z.record(z.string().regex(/^[A-Za-z0-9]{1,255}$/), resource),
})

/** A template that can be carried out. */
export type Template = z.output<typeof template>

function formatError(what: string): AwsError {
  return new AwsError('ValidationError', `Template format error: ${what}`)
}

function findProblem({ Resources }: Template): string | undefined {
  for (const [logicalId, { Type, Properties, DependsOn }] of Object.entries(Resources)) {
    const type = Object.hasOwn(RESOURCE_TYPES, Type) ? RESOURCE_TYPES[Type] : undefined
    if (type === undefined) return `Unrecognized resource types: [${Type}]`
    const missing = DependsOn.filter((other) => !Object.hasOwn(Resources, other))
    if (missing.length > 0)
      return `Unresolved resource dependencies [${missing.join(', ')}] in the Resources block of the template`
    try {
      type.check(Properties)
    } catch (error) {
      return `${logicalId}: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`
    }
  }
  return undefined
}

/** Reads a template: JSON, without functions and parameters. */
export function parseTemplate(body: string): Template {
  // "CloudFormation quotas": template body size in a request, in bytes.
  if (Buffer.byteLength(body) > 51_200)
    throw new AwsError('ValidationError', 'Member must have length less than or equal to 51200')
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw formatError('JSON not well-formed.')
  }
  const parsed = template.safeParse(json)
  if (!parsed.success) throw formatError(z.prettifyError(parsed.error))
  const problem = findProblem(parsed.data)
  if (problem !== undefined) throw formatError(problem)
  return parsed.data
}

/** Names of resources, each after those that it depends on, and else the last one first. */
function toOrder({ Resources }: Template): string[] {
  const order: string[] = []
  const add = (logicalId: string, above: readonly string[]) => {
    if (above.includes(logicalId))
      throw formatError(`Circular dependency between resources: [${above.join(', ')}]`)
    for (const other of Resources[logicalId]?.DependsOn ?? []) add(other, [...above, logicalId])
    if (!order.includes(logicalId)) order.push(logicalId)
  }
  for (const logicalId of Object.keys(Resources).toReversed()) add(logicalId, [])
  return order
}

function note(
  stack: Stack,
  { call }: Maker,
  event: Pick<StackEvent, 'logicalId' | 'type' | 'status'> & { readonly reason?: string },
): void {
  stack.events.push({ reason: undefined, ...event, atMs: call.nowMs })
}

/** Deletes the resources, the last one made first; those that cannot be deleted stay. Gives their names. */
function removeAll(stack: Stack, maker: Maker): readonly string[] {
  const kept: MadeResource[] = []
  for (const one of stack.made.toReversed()) {
    try {
      RESOURCE_TYPES[one.type]?.remove(one.physicalId, maker)
      note(stack, maker, { ...one, status: 'DELETE_COMPLETE' })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      kept.unshift(one)
      note(stack, maker, { ...one, status: 'DELETE_FAILED', reason: error.message })
    }
  }
  stack.made = kept
  return kept.map(({ logicalId }) => logicalId)
}

function settle(
  stack: Stack,
  maker: Maker,
  end: { under: string; as: string; reason?: string },
): void {
  stack.statuses = [end.under, end.as]
  stack.reason = end.reason
  const { under: _under, as: status, reason } = end
  const event = { logicalId: stack.name, type: 'AWS::CloudFormation::Stack', status }
  note(stack, maker, reason === undefined ? event : { ...event, reason })
}

/** Makes all resources of a template; when one fails, deletes those that were made. */
export function makeAll(stack: Stack, asked: Template, maker: Maker): void {
  for (const logicalId of toOrder(asked)) {
    const { Type: type = '', Properties } = asked.Resources[logicalId] ?? {}
    try {
      const physicalId = RESOURCE_TYPES[type]?.create(Properties, maker) ?? ''
      stack.made.push({ logicalId, type, physicalId })
      note(stack, maker, { logicalId, type, status: 'CREATE_COMPLETE' })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      note(stack, maker, { logicalId, type, status: 'CREATE_FAILED', reason: error.message })
      const kept = removeAll(stack, maker)
      const reason = `The following resource(s) failed to create: [${logicalId}]. `
      const as = kept.length === 0 ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED'
      settle(stack, maker, { under: 'CREATE_IN_PROGRESS', as, reason })
      return
    }
  }
  settle(stack, maker, { under: 'CREATE_IN_PROGRESS', as: 'CREATE_COMPLETE' })
}

/** Deletes a stack with all that it made. */
export function removeStack(stack: Stack, maker: Maker): void {
  const kept = removeAll(stack, maker)
  const under = 'DELETE_IN_PROGRESS'
  if (kept.length === 0) return settle(stack, maker, { under, as: 'DELETE_COMPLETE' })
  const reason = `The following resource(s) failed to delete: [${kept.join(', ')}]. `
  settle(stack, maker, { under, as: 'DELETE_FAILED', reason })
}

/** Whether all of it is gone. */
export function isDeleted({ statuses }: Stack): boolean {
  return statuses.length === 1 && statuses[0] === 'DELETE_COMPLETE'
}
