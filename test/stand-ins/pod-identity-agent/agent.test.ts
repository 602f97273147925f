/**
 * The stand-in of EKS's agent: what it gives a pod, and what the trail shows of it.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { READER, refusalOf } from '../aws/stage.ts'
import {
  CLUSTER,
  COURIER,
  NODE,
  read,
  startAgentStage,
  toCredentials,
  type AgentStage,
  type Served,
} from './stage.ts'

const HOUR_MS = 3_600_000

let stage: AgentStage

before(async () => {
  stage = await startAgentStage()
})

after(() => stage.stop())

beforeEach(() => {
  stage.aws.clearTrail()
  stage.aws.clearFaults()
})

async function arnOf(on: AgentStage, served: Served): Promise<string> {
  const answer = await on.sts(toCredentials(served)).send(new GetCallerIdentityCommand({}))
  return answer.Arn ?? ''
}

const TAGS = {
  'eks-cluster-arn': CLUSTER,
  'eks-cluster-name': 'company',
  'kubernetes-namespace': 'reports',
  'kubernetes-service-account': 'courier',
  'kubernetes-pod-name': 'courier-5d8f9c7b6-x2x4q',
  'kubernetes-pod-uid': '376f3cff-44fe-4a00-b9d4-970555f311d3',
}

test('gives the role of the association, in the form of the agent, for six hours', async () => {
  const served = read(await stage.ask({ pod: { name: 'fresh', uid: 'uid-fresh' } }))
  assert.deepEqual(Object.keys(served).sort(), [
    'AccessKeyId',
    'AccountId',
    'Expiration',
    'SecretAccessKey',
    'Token',
  ])
  assert.equal(served.AccountId, '111111111111')
  assert.match(
    await arnOf(stage, served),
    /^arn:aws:sts::111111111111:assumed-role\/company-courier\/eks-company-fresh-[-0-9a-f]{36}$/,
  )
  const lifeMs = Date.parse(served.Expiration) - Date.now()
  assert.ok(lifeMs > 5.9 * HOUR_MS && lifeMs <= 6 * HOUR_MS)
})

/** The two calls that one new pod causes. */
async function callsOf(uid: string) {
  read(await stage.ask({ pod: { name: TAGS['kubernetes-pod-name'], uid } }))
  const [assume, podIdentity, ...further] = stage.aws.trail()
  assert.deepEqual(further, [])
  assert.ok(assume !== undefined && podIdentity !== undefined)
  return { assume, podIdentity }
}

test('the trail shows EKS, that assumed the role with six transitive tags', async () => {
  const { assume } = await callsOf('another')
  const { eventSource, eventName, userIdentity, sourceIPAddress, requestParameters } = assume
  assert.deepEqual(
    [eventSource, eventName, userIdentity, sourceIPAddress],
    [
      'sts.amazonaws.com',
      'AssumeRole',
      { type: 'AWSService', invokedBy: 'pods.eks.amazonaws.com' },
      'pods.eks.amazonaws.com',
    ],
  )
  const { roleSessionName, ...parameters } = requestParameters
  assert.match(String(roleSessionName), /^eks-company-courier-5d-/)
  assert.deepEqual(parameters, {
    roleArn: COURIER,
    durationSeconds: 21_600,
    principalTags: { ...TAGS, 'kubernetes-pod-uid': 'another' },
    transitiveTagKeys: Object.keys(TAGS),
  })
})

test('the trail shows the node that asked, and no token', async () => {
  const { podIdentity } = await callsOf('one-more')
  assert.deepEqual(
    [podIdentity.eventSource, podIdentity.eventName, podIdentity.requestParameters],
    ['eks-auth.amazonaws.com', 'AssumeRoleForPodIdentity', { clusterName: 'company' }],
  )
  assert.equal(podIdentity.userIdentity.sessionContext?.sessionIssuer.arn, NODE)
})

test('the tags follow to the next role, which has to allow sts:TagSession', async () => {
  const client = stage.sts(toCredentials(read(await stage.ask())))
  const hop = new AssumeRoleCommand({ RoleArn: READER, RoleSessionName: 'courier' })
  const { PackedPolicySize } = await client.send(hop)
  assert.ok(PackedPolicySize !== undefined && PackedPolicySize > 50)
  const trust = {
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Principal: { AWS: COURIER }, Action: 'sts:AssumeRole' },
  }
  const own = await startAgentStage()
  await fetch(`${own.aws.url}/_/trust-policies/${READER}`, {
    method: 'PUT',
    body: JSON.stringify(trust),
  })
  const refusal = await refusalOf(own.sts(toCredentials(read(await own.ask()))).send(hop))
  assert.match(refusal.message, /is not authorized to perform: sts:TagSession on resource/)
  await own.stop()
})

test('session tags can be turned off on the association', async () => {
  const own = await startAgentStage()
  const association = {
    namespace: 'reports',
    serviceAccount: 'courier',
    roleArn: COURIER,
    disableSessionTags: true,
  }
  await fetch(`${own.aws.url}/_/pod-identity-associations/${CLUSTER}`, {
    method: 'PUT',
    body: JSON.stringify([association]),
  })
  await own.ask()
  assert.equal(own.aws.trail()[0]?.requestParameters['principalTags'], undefined)
  const client = own.sts(toCredentials(read(await own.ask())))
  const { PackedPolicySize } = await client.send(
    new AssumeRoleCommand({ RoleArn: READER, RoleSessionName: 'courier' }),
  )
  assert.equal(PackedPolicySize, undefined)
  await own.stop()
})
