/** The trail shows who called, what was asked and what came of it, as CloudTrail would. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetObjectCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { BASE, NOBODY, READER, refusalOf, startStage, type Stage } from './stage.ts'

const SESSIONS = 'arn:aws:sts::'

let stage: Stage

before(async () => {
  stage = await startStage()
})

after(() => stage.stop())

test('a chain of two, a read and a refusal can be followed from caller to caller', async () => {
  const base = await stage.assumeBase({ DurationSeconds: 1800 })
  const reader = await stage.assume(base, {
    ExternalId: 'secret-42',
    SourceIdentity: 'reports.reporter',
    Tags: [{ Key: 'team', Value: 'reports' }],
    TransitiveTagKeys: ['team'],
  })
  await stage.s3(reader).send(new GetObjectCommand({ Bucket: 'reports', Key: '2026/november.txt' }))
  await refusalOf(stage.assume(base, { RoleArn: NOBODY }))
  const trail = stage.aws.trail()
  assert.deepEqual(
    trail.map(({ eventSource, eventName, errorCode = 'ok' }) => [
      eventSource,
      eventName,
      errorCode,
    ]),
    [
      ['sts.amazonaws.com', 'AssumeRoleWithWebIdentity', 'ok'],
      ['sts.amazonaws.com', 'AssumeRole', 'ok'],
      ['s3.amazonaws.com', 'GetObject', 'ok'],
      ['sts.amazonaws.com', 'AssumeRole', 'AccessDenied'],
    ],
  )
  assert.deepEqual(
    trail.map(({ requestParameters }) => requestParameters),
    [
      { roleArn: BASE, roleSessionName: 'reports.pod', durationSeconds: 1800 },
      {
        roleArn: READER,
        roleSessionName: 'reports.pod',
        externalId: 'secret-42',
        sourceIdentity: 'reports.reporter',
        principalTags: { team: 'reports' },
        transitiveTagKeys: ['team'],
      },
      { bucketName: 'reports', key: '2026/november.txt' },
      { roleArn: NOBODY, roleSessionName: 'reports.pod' },
    ],
  )
  const provider = 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example'
  assert.deepEqual(trail[0]?.userIdentity, {
    type: 'WebIdentityUser',
    principalId: `${provider}:system:serviceaccount:reports:reporter`,
    userName: 'system:serviceaccount:reports:reporter',
    identityProvider: provider,
  })
  assert.deepEqual(
    trail.slice(1).map(({ userIdentity }) => [userIdentity.arn, userIdentity.accessKeyId]),
    [
      [`${SESSIONS}111111111111:assumed-role/cluster-base/reports.pod`, base.AccessKeyId],
      [`${SESSIONS}222222222222:assumed-role/reports-reader/reports.pod`, reader.AccessKeyId],
      [`${SESSIONS}111111111111:assumed-role/cluster-base/reports.pod`, base.AccessKeyId],
    ],
  )
  assert.deepEqual(trail[2]?.userIdentity.sessionContext, {
    sessionIssuer: {
      type: 'Role',
      arn: READER,
      principalId: trail[2]?.userIdentity.principalId?.split(':')[0],
      accountId: '222222222222',
      userName: 'reports-reader',
    },
    sourceIdentity: 'reports.reporter',
    tags: { team: 'reports' },
  })
  assert.match(trail[3]?.errorMessage ?? '', /sts:AssumeRole on resource: .*role\/nobody$/)
})

test('the trail says why permission was refused; the answer does not', async () => {
  stage.aws.clearTrail()
  const base = await stage.assumeBase()
  const ghost = 'arn:aws:iam::222222222222:role/ghost-reader'
  const refusals = [
    await refusalOf(stage.assume(base, { RoleArn: NOBODY })),
    await refusalOf(stage.assume(base, { RoleArn: ghost })),
    await refusalOf(stage.s3(base).send(new GetObjectCommand({ Bucket: 'reports', Key: 'x' }))),
    await refusalOf(stage.s3(base).send(new ListBucketsCommand())),
    await refusalOf(stage.assumeBase({ WebIdentityToken: await stage.mint({ namespace: 'b' }) })),
  ]
  for (const { message } of refusals) assert.doesNotMatch(message, /statement|policy/)
  const [allowed, ...refused] = stage.aws.trail()
  assert.equal(allowed?.additionalEventData, undefined)
  assert.deepEqual(
    refused.map(({ additionalEventData }) => additionalEventData?.why),
    [
      [
        `sts:AssumeRole on ${NOBODY} is refused.`,
        'The trust policy does not allow it. No statement there allows anything.',
        "The permission policies of the caller's role allow it: statement 1 of permissionPolicies[0].",
      ],
      [`There is no role ${ghost}.`],
      ['The bucket reports is in another AWS account, and no bucket has a policy here.'],
      [
        's3:ListAllMyBuckets on arn:aws:s3:::* is refused.',
        "The permission policies of the caller's role do not allow it, and have to: nothing else could allow it. Closest is statement 1 of permissionPolicies[0]: its Action is 'sts:AssumeRole' or 'sts:TagSession' or 'sts:SetSourceIdentity', the request is for 's3:ListAllMyBuckets'; its Resource is 'arn:aws:iam::222222222222:role/*-reader' or 'arn:aws:iam::222222222222:role/nobody', the request is for 'arn:aws:s3:::*'.",
      ],
      [
        `sts:AssumeRoleWithWebIdentity on ${BASE} is refused.`,
        "The trust policy does not allow it. Closest is statement 1: StringEquals oidc.cluster.example:sub wants 'system:serviceaccount:reports:reporter', the request has 'system:serviceaccount:b:reporter'.",
      ],
    ],
  )
})

test('the trail can be emptied, and what was handed out before stays', async () => {
  await stage.assumeBase()
  const handedOut = stage.aws.trail()
  stage.aws.clearTrail()
  assert.deepEqual(stage.aws.trail(), [])
  assert.ok(handedOut.length > 0)
})
