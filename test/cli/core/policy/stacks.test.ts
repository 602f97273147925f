/**
 * Templates as stacks of the strict AWS, which refuses a trust policy that names a role that is not there, and makes
 * what no `DependsOn` orders the last one first. It updates no stacks, so that no chain here comes back to an AWS
 * account.
 */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation'
import type { Credentials } from '@aws-sdk/client-sts'
import { parse } from 'yaml'
import { toCloudFormation } from '../../../../cli/core/policy/formats/cloudformation.ts'
import type { StepPlan } from '../../../../cli/core/policy/formats/format.ts'
import { toPlan } from '../../../../cli/core/policy/formats/plan.ts'
import { startStage, toIdentity, type Stage } from '../../../stand-ins/aws/stage.ts'
import { BASE, READER, stepsOf } from '../chains.ts'

const ACCOUNTS = ['111111111111', '222222222222', '333333333333']

/** Whoever may make everything, in each AWS account. */
function adminOf(accountId: string): Credentials {
  const AccessKeyId = `AKIA${'ABC'.charAt(ACCOUNTS.indexOf(accountId)).repeat(16)}`
  return { AccessKeyId, SecretAccessKey: 'secret', SessionToken: undefined, Expiration: undefined }
}

function toAccount(accountId: string): object {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = adminOf(accountId)
  const Statement = { Effect: 'Allow', Action: ['cloudformation:*', 'iam:*'], Resource: '*' }
  const permissionPolicies = [{ Version: '2012-10-17', Statement }]
  return { users: { admin: { accessKeyId, secretAccessKey, permissionPolicies } } }
}

let stage: Stage
before(async () => {
  const awsAccounts = Object.fromEntries(ACCOUNTS.map((id) => [id, toAccount(id)]))
  stage = await startStage({ awsAccounts })
})
after(() => stage.stop())

/** Why it was not made; empty where it was. */
async function make(step: StepPlan, StackName: string): Promise<string> {
  const client = new CloudFormationClient({
    endpoint: stage.aws.url,
    region: 'us-east-1',
    credentials: toIdentity(adminOf(step.after.accountId)),
    maxAttempts: 1,
  })
  const TemplateBody = JSON.stringify(parse(toCloudFormation(step)))
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const]
  try {
    await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities }))
    const wait = { client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.01 }
    const made = await waitUntilStackCreateComplete(wait, { StackName }).catch(() => undefined)
    if (made !== undefined) return ''
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }))
    return StackEvents.map(({ ResourceStatusReason = '' }) => ResourceStatusReason).join('\n')
  } finally {
    client.destroy()
  }
}

const role = (accountId: string, name: string) => `arn:aws:iam::${accountId}:role/${name}`
const chain = (...roleArns: string[]) => stepsOf(roleArns.map((roleArn) => ({ roleArn })))

it('are all made in their order, and not in the other', async () => {
  const { steps } = toPlan([
    chain(BASE, role('111111111111', 'hub'), READER),
    chain(BASE, role('111111111111', 'between'), role('111111111111', 'hub'), READER),
    chain(BASE, role('333333333333', 'other'), role('222222222222', 'last')),
  ])
  assert.deepEqual(
    steps.map(({ after: { accountId } }) => accountId),
    ['111111111111', '333333333333', '222222222222'],
  )
  for (const step of steps.toReversed().slice(0, -1))
    assert.match(await make(step, 'too-early'), /Invalid principal in policy/)
  for (const step of steps) assert.equal(await make(step, 'in-time'), '')
})
