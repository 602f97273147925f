/** EC2 and Elastic Load Balancing: who may look, what is seen, and in which XML each says no. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Credentials } from '@aws-sdk/client-sts'
import { sendRaw, signRequest, type RawAnswer } from './signed-request.ts'
import { startStage, type Stage } from './stage.ts'
import { keysOf, toUser } from './user-keys.ts'

const INSTANCE = 'i-0123456789abcdef0'

const WORLD = {
  awsAccounts: {
    '111111111111': {
      users: {
        looker: toUser('looker', {
          Action: ['ec2:DescribeInstances', 'elasticloadbalancing:DescribeLoadBalancers'],
          Resource: '*',
        }),
        nobody: toUser('nobody', { Action: 's3:ListAllMyBuckets', Resource: '*' }),
      },
      instances: {
        [INSTANCE]: { tags: { Name: 'shop' } },
        'i-0123456789abcdef1': { region: 'eu-west-1' },
      },
      loadBalancers: { shop: {}, far: { region: 'eu-west-1' } },
    },
    '222222222222': { instances: { 'i-0123456789abcdef2': {} }, loadBalancers: { other: {} } },
  },
}

const SERVICES = {
  ec2: { Action: 'DescribeInstances', Version: '2016-11-15' },
  elasticloadbalancing: { Action: 'DescribeLoadBalancers', Version: '2015-12-01' },
} as const
type ServiceName = keyof typeof SERVICES

let stage: Stage

before(async () => {
  stage = await startStage(WORLD)
})

after(() => stage.stop())

interface Asked {
  readonly credentials?: Credentials
  readonly further?: Readonly<Record<string, string>>
}

async function ask(
  service: ServiceName,
  { credentials = keysOf('looker'), further = {} }: Asked = {},
): Promise<RawAnswer> {
  const request = await signRequest(stage.aws.url, {
    credentials,
    service,
    region: 'us-east-1',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({ ...SERVICES[service], ...further }).toString(),
  })
  return sendRaw(stage.aws.url, request)
}

test('shows the instances of the AWS account and region', async () => {
  const { status, text } = await ask('ec2')
  assert.equal(status, 200)
  assert.match(text, /^<\?xml[^>]*>\n<DescribeInstancesResponse xmlns="http:\/\/ec2\.amazonaws/)
  assert.deepEqual(text.match(/<instanceId>[^<]*/g), [`<instanceId>${INSTANCE}`])
  assert.match(text, /<tagSet><item><key>Name<\/key><value>shop<\/value><\/item><\/tagSet>/)
})

test('shows the load balancers of the AWS account and region', async () => {
  const { status, text } = await ask('elasticloadbalancing')
  assert.equal(status, 200)
  assert.deepEqual(text.match(/<LoadBalancerName>[^<]*/g), ['<LoadBalancerName>shop'])
  assert.match(
    text,
    /<DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerArn>arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer\/app\/shop\/[0-9a-f]{16}</,
  )
})

test('refuses whoever may not look, each in its own XML', async () => {
  const credentials = keysOf('nobody')
  const instances = await ask('ec2', { credentials })
  assert.equal(instances.status, 403)
  assert.match(
    instances.text,
    /<Response><Errors><Error><Code>UnauthorizedOperation<\/Code><Message>You are not authorized to perform this operation\. User: arn:aws:iam::111111111111:user\/nobody is not authorized to perform: ec2:DescribeInstances<\/Message><\/Error><\/Errors><RequestID>/,
  )
  const balancers = await ask('elasticloadbalancing', { credentials })
  assert.equal(balancers.status, 403)
  assert.match(
    balancers.text,
    /<ErrorResponse xmlns="http:\/\/elasticloadbalancing[^>]*><Error><Type>Sender<\/Type><Code>AccessDenied<\/Code><Message>User: arn:aws:iam::111111111111:user\/nobody is not authorized to perform: elasticloadbalancing:DescribeLoadBalancers</,
  )
  const last = stage.aws.trail().at(-1)
  assert.deepEqual(
    [last?.eventSource, last?.eventName, last?.errorCode],
    ['elasticloadbalancing.amazonaws.com', 'DescribeLoadBalancers', 'AccessDenied'],
  )
})

const WRONG_KEYS: readonly (readonly [ServiceName, number, string])[] = [
  ['ec2', 401, 'AuthFailure'],
  ['elasticloadbalancing', 403, 'SignatureDoesNotMatch'],
]

for (const [service, status, code] of WRONG_KEYS)
  test(`${service} refuses a wrong secret with ${code}`, async () => {
    const credentials = { ...keysOf('looker'), SecretAccessKey: 'another' }
    const answer = await ask(service, { credentials })
    assert.deepEqual([answer.status, answer.code], [status, code])
  })

for (const service of ['ec2', 'elasticloadbalancing'] as const) {
  test(`${service} refuses what it does not know`, async () => {
    assert.equal((await ask(service, { further: { Unknown: 'x' } })).status, 400)
    assert.equal((await ask(service, { further: { Action: 'Other' } })).code, 'InvalidAction')
    assert.equal((await ask(service, { further: { Version: '2000-01-01' } })).code, 'InvalidAction')
  })

  test(`${service} slows callers down in its own words`, async () => {
    const { Action: operation } = SERVICES[service]
    const takeBack = stage.aws.addFault({ kind: 'throttle', operation, calls: 1 })
    const { code } = await ask(service)
    takeBack()
    assert.equal(code, service === 'ec2' ? 'RequestLimitExceeded' : 'Throttling')
  })
}
