/** Makes and deletes CloudFormation stacks, and waits for both. */
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  type CloudFormationClient,
} from '@aws-sdk/client-cloudformation'
import type { Template } from './template.ts'

/** How often AWS is asked whether it is done, and how long. Seconds, as the SDK's waiters have them. */
export interface Pace {
  readonly minDelay: number
  readonly maxDelay: number
  readonly maxWaitTime: number
}

/** Stacks of roles and buckets take one or two minutes. */
export const PACE: Pace = { minDelay: 2, maxDelay: 10, maxWaitTime: 600 }

/** The stacks of one AWS account. */
export interface Place {
  readonly client: CloudFormationClient
  readonly pace: Pace
}

/** What CloudFormation says of resources that failed: the reason that a person needs is in the stack's history. */
async function readReasons({ client }: Place, name: string): Promise<readonly string[]> {
  const { StackEvents = [] } = await client.send(
    new DescribeStackEventsCommand({ StackName: name }),
  )
  return StackEvents.flatMap(({ ResourceStatus = '', ResourceStatusReason, LogicalResourceId }) =>
    ResourceStatus.endsWith('_FAILED') && LogicalResourceId !== name
      ? [`${LogicalResourceId}: ${ResourceStatusReason ?? ResourceStatus}`]
      : [],
  ).toReversed()
}

async function explainFailure(place: Place, name: string, what: string): Promise<never> {
  const reasons = await readReasons(place, name)
  throw new Error(`CloudFormation ${what} the stack ${name}:\n${reasons.join('\n')}`)
}

/** What a stack is made from. */
export interface NewStack {
  readonly name: string
  readonly template: Template
  readonly tags: Readonly<Record<string, string>>
}

/** Makes a stack, and returns when all of it exists; on the signal earlier, and then the stack is under way. */
export async function createStack(
  place: Place,
  { name, template, tags }: NewStack,
  signal: AbortSignal,
): Promise<void> {
  const { client, pace } = place
  await client.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: JSON.stringify(template),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  )
  try {
    await waitUntilStackCreateComplete(
      { client, ...pace, abortSignal: signal },
      { StackName: name },
    )
  } catch {
    signal.throwIfAborted()
    await explainFailure(place, name, 'has not made')
  }
}

/** Deletes a stack with all that it made, and returns when it is gone; one that is not there is gone. */
export async function deleteStack(place: Place, name: string): Promise<void> {
  const { client, pace } = place
  await client.send(new DeleteStackCommand({ StackName: name }))
  try {
    await waitUntilStackDeleteComplete({ client, ...pace }, { StackName: name })
  } catch {
    await explainFailure(place, name, 'has not deleted')
  }
}
