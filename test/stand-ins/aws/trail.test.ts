/** The trail shows who called, what was asked and what came of it, as CloudTrail would. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetObjectCommand } from '@aws-sdk/client-s3'
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

test('the trail can be emptied, and what was handed out before stays', async () => {
  await stage.assumeBase()
  const handedOut = stage.aws.trail()
  stage.aws.clearTrail()
  assert.deepEqual(stage.aws.trail(), [])
  assert.ok(handedOut.length > 0)
})
