/** Access entries of EKS clusters: who may make, see and take them away, what they say, and which are refused. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { signRequest } from './signed-request.ts'
import { startStage, type Stage } from './stage.ts'
import { keysOf, toUser } from './user-keys.ts'

const CLUSTER = 'arn:aws:eks:us-east-1:111111111111:cluster/company'
const ENTRIES = '/clusters/company/access-entries'
const BEN = 'arn:aws:iam::111111111111:user/ben'
const ROLE = 'arn:aws:iam::222222222222:role/of/path/viewer'

const WORLD = {
  awsAccounts: {
    '111111111111': {
      eksClusters: { company: { oidcIssuer: 'https://oidc.cluster.example' } },
      users: {
        mara: toUser(
          'mara',
          { Action: ['eks:CreateAccessEntry', 'eks:ListAccessEntries'], Resource: CLUSTER },
          {
            Action: ['eks:DescribeAccessEntry', 'eks:DeleteAccessEntry'],
            Resource: CLUSTER.replace(':cluster/company', ':access-entry/company/*'),
          },
        ),
        ben: toUser('ben', { Action: 'eks:DescribeCluster', Resource: CLUSTER }),
      },
    },
    '222222222222': {
      roles: {
        viewer: { path: '/of/path/', trustPolicy: { Version: '2012-10-17', Statement: [] } },
      },
    },
  },
}

let stage: Stage | undefined

// Entries stay until the strict AWS ends.
beforeEach(async () => {
  await stage?.stop()
  stage = await startStage(WORLD)
})

after(() => stage?.stop())

interface Asked {
  readonly who?: string
  readonly body?: object
}

async function ask(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { who = 'mara', body }: Asked = {},
) {
  const url = stage?.aws.url ?? ''
  const text = body === undefined ? '' : JSON.stringify(body)
  const { headers } = await signRequest(url, {
    credentials: keysOf(who),
    service: 'eks',
    region: 'us-east-1',
    path,
    method,
    body: text,
  })
  const answer = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(text !== '' && { body: text }),
  })
  const json = (await answer.json()) as Record<string, unknown>
  return { status: answer.status, code: answer.headers.get('x-amzn-errortype'), body: json }
}

function pathOf(principalArn: string): string {
  return `${ENTRIES}/${encodeURIComponent(principalArn)}`
}

test('makes an entry for a user, shows it, lists it, and takes it away', async () => {
  const made = await ask('POST', ENTRIES, {
    body: { principalArn: BEN, kubernetesGroups: ['viewers'] },
  })
  assert.equal(made.status, 200)
  const { accessEntryArn, createdAt, modifiedAt, ...entry } = made.body['accessEntry'] as Record<
    string,
    unknown
  >
  assert.deepEqual(entry, {
    clusterName: 'company',
    principalArn: BEN,
    username: BEN,
    kubernetesGroups: ['viewers'],
    type: 'STANDARD',
    tags: {},
  })
  assert.match(
    String(accessEntryArn),
    /^arn:aws:eks:us-east-1:111111111111:access-entry\/company\/user\/111111111111\/ben\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  )
  assert.equal(createdAt, modifiedAt)
  assert.deepEqual((await ask('GET', pathOf(BEN))).body, made.body)
  assert.deepEqual((await ask('GET', ENTRIES)).body, { accessEntries: [BEN] })
  assert.deepEqual((await ask('DELETE', pathOf(BEN))).body, {})
  assert.deepEqual((await ask('GET', ENTRIES)).body, { accessEntries: [] })
})

test('takes a role of another AWS account, and calls its sessions by their names', async () => {
  const { body } = await ask('POST', ENTRIES, { body: { principalArn: ROLE } })
  assert.equal(
    (body['accessEntry'] as { username: string }).username,
    'arn:aws:sts::222222222222:assumed-role/viewer/{{SessionName}}',
  )
})

test('tells whoever runs the cluster by its control path', async () => {
  await ask('POST', ENTRIES, { body: { principalArn: BEN, username: 'ben' } })
  const shown = `${stage?.aws.url ?? ''}/_/access-entries/${CLUSTER}`
  const [entry] = (await (await fetch(shown)).json()) as { username: string }[]
  assert.equal(entry?.username, 'ben')
  assert.equal((await fetch(`${shown}2`)).status, 404)
})

test('the trail says which principal of which cluster it was about', async () => {
  await ask('POST', ENTRIES, { body: { principalArn: BEN } })
  await ask('DELETE', pathOf(BEN))
  assert.deepEqual(
    stage?.aws.trail().map(({ eventName, requestParameters }) => [eventName, requestParameters]),
    [
      ['CreateAccessEntry', { name: 'company', principalArn: BEN }],
      ['DeleteAccessEntry', { name: 'company', principalArn: BEN }],
    ],
  )
})

const REFUSED: readonly (readonly [string, object, string, string])[] = [
  [
    'a principal that is not there',
    { principalArn: 'arn:aws:iam::111111111111:user/nobody' },
    'InvalidParameterException',
    'The specified principalArn is invalid: invalid principal.',
  ],
  [
    'a session, which is no principal of an entry',
    { principalArn: 'arn:aws:sts::222222222222:assumed-role/viewer/x' },
    'InvalidParameterException',
    'The specified principalArn is invalid: invalid principal.',
  ],
  [
    'a role without its path',
    { principalArn: 'arn:aws:iam::222222222222:role/viewer' },
    'InvalidParameterException',
    'The specified principalArn is invalid: invalid principal.',
  ],
  [
    'a group of the cluster itself',
    { principalArn: BEN, kubernetesGroups: ['viewers', 'system:masters'] },
    'InvalidParameterException',
    'The kubernetes group name system:masters is invalid, it cannot start with system:',
  ],
  [
    'a reserved name',
    { principalArn: BEN, username: 'iam:ben' },
    'InvalidParameterException',
    'The username iam:ben is invalid, it cannot start with iam:',
  ],
  [
    'the name of a session without a colon before it',
    { principalArn: ROLE, username: 'ci-{{SessionName}}' },
    'InvalidParameterException',
    'The username ci-{{SessionName}} is invalid, it needs a colon before the session name.',
  ],
]

for (const [what, body, code, message] of REFUSED)
  test(`refuses ${what}`, async () => {
    assert.deepEqual(await ask('POST', ENTRIES, { body }), {
      status: 400,
      code,
      body: { message },
    })
  })

test('refuses what it does not know', async () => {
  const unknown = { principalArn: BEN, accessPolicies: [] }
  assert.equal((await ask('POST', ENTRIES, { body: unknown })).code, 'InvalidParameterException')
})

test('refuses a second entry of one principal', async () => {
  await ask('POST', ENTRIES, { body: { principalArn: BEN } })
  assert.deepEqual(await ask('POST', ENTRIES, { body: { principalArn: BEN } }), {
    status: 409,
    code: 'ResourceInUseException',
    body: { message: 'The specified access entry resource is already in use on this cluster.' },
  })
})

test('refuses to show and to take away what is not there', async () => {
  for (const method of ['GET', 'DELETE'] as const) {
    const { status, body } = await ask(method, pathOf(BEN))
    assert.equal(status, 404)
    assert.match(String(body['message']), /principalArn could not be found/)
  }
})

const NOT_ALLOWED: readonly (readonly ['GET' | 'POST' | 'DELETE', string, string])[] = [
  ['GET', ENTRIES, `eks:ListAccessEntries on resource: ${CLUSTER}`],
  ['POST', ENTRIES, `eks:CreateAccessEntry on resource: ${CLUSTER}`],
  ['GET', pathOf(BEN), 'eks:DescribeAccessEntry on resource: arn:aws:eks:'],
  ['DELETE', pathOf(BEN), 'eks:DeleteAccessEntry on resource: arn:aws:eks:'],
]

for (const [method, path, sentence] of NOT_ALLOWED)
  test(`refuses whoever may not: ${method} ${decodeURIComponent(path)}`, async () => {
    const body = method === 'POST' ? { body: { principalArn: BEN } } : {}
    const answer = await ask(method, path, { who: 'ben', ...body })
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDeniedException'])
    assert.ok(String(answer.body['message']).includes(`not authorized to perform: ${sentence}`))
  })
