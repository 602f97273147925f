/** The way that a pod goes: web identity, then a role in another AWS account, with the real SDK. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type Credentials,
} from '@aws-sdk/client-sts'
import { parseConfiguration } from '../../../stand-ins/aws/configuration.ts'
import { startIssuer, type Issuer } from '../../../stand-ins/aws/issuer.ts'
import { startAws, type Aws } from '../../../stand-ins/aws/server.ts'

const example = parseConfiguration(
  readFileSync(new URL('../../../stand-ins/aws/example.yaml', import.meta.url), 'utf8'),
)
const BASE = 'arn:aws:iam::111111111111:role/cluster-base'
const READER = 'arn:aws:iam::222222222222:role/reports-reader'

let issuer: Issuer
let aws: Aws

before(async () => {
  issuer = await startIssuer()
  aws = await startAws(example, { issuerLocations: { [issuer.issuer]: issuer.url } })
})

after(async () => {
  await aws.stop()
  await issuer.stop()
})

function createStsClient(credentials?: Credentials): STSClient {
  return new STSClient({
    endpoint: aws.url,
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: credentials?.AccessKeyId ?? 'none',
      secretAccessKey: credentials?.SecretAccessKey ?? 'none',
      sessionToken: credentials?.SessionToken ?? 'none',
    },
  })
}

test('a service account becomes a role in another AWS account, and the trail shows how', async () => {
  const token = await issuer.mint({
    namespace: 'reports',
    serviceAccount: 'reporter',
    audience: 'sts.amazonaws.com',
  })
  const first = await createStsClient().send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: BASE,
      RoleSessionName: 'reports.pod',
      WebIdentityToken: token,
    }),
  )
  const second = await createStsClient(first.Credentials).send(
    new AssumeRoleCommand({ RoleArn: READER, RoleSessionName: 'reports.pod' }),
  )
  const identity = await createStsClient(second.Credentials).send(new GetCallerIdentityCommand({}))
  assert.equal(identity.Account, '222222222222')
  assert.equal(identity.Arn, 'arn:aws:sts::222222222222:assumed-role/reports-reader/reports.pod')
  assert.equal(identity.UserId, second.AssumedRoleUser?.AssumedRoleId)
  assert.deepEqual(
    aws
      .trail()
      .map(({ eventName, userIdentity, errorCode }) => [
        eventName,
        userIdentity.sessionContext?.sessionIssuer.arn ?? userIdentity.userName,
        errorCode,
      ]),
    [
      ['AssumeRoleWithWebIdentity', 'system:serviceaccount:reports:reporter', undefined],
      ['AssumeRole', BASE, undefined],
      ['GetCallerIdentity', READER, undefined],
    ],
  )
})
