/**
 * What passes down a chain of roles: transitive tags and source identity; what does not; and what may not be sent
 * again.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Credentials } from '@aws-sdk/client-sts'
import { refusalOf, startStage, type Stage } from './stage.ts'
import { toConfiguration, type RoleSource } from './world.ts'

const STS = 'arn:aws:iam::222222222222:role'
const ALL = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']

/** A role that trusts everybody for some actions, and may do the same to every role. */
function link(actions: readonly string[] = ALL, further: Partial<RoleSource> = {}): RoleSource {
  return {
    trust: { Effect: 'Allow', Principal: '*', Action: actions },
    permissions: { Effect: 'Allow', Action: ALL, Resource: '*' },
    ...further,
  }
}

const WITH_CONDITION = {
  Effect: 'Allow',
  Principal: '*',
  Action: ALL,
  Condition: {
    StringEquals: { 'aws:PrincipalTag/team': 'reports', 'aws:SourceIdentity': 'reports.reporter' },
  },
}

let stage: Stage
let base: Credentials

before(async () => {
  const federated = {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::111111111111:oidc-provider/oidc.cluster.example' },
    Action: 'sts:AssumeRoleWithWebIdentity',
  }
  const permissions = { Effect: 'Allow', Action: ALL, Resource: '*' }
  stage = await startStage(
    toConfiguration({
      '111111111111': { 'cluster-base': { trust: federated, permissions } },
      '222222222222': {
        second: link(),
        third: link(ALL, { tags: { Team: 'of the role', own: 'of the role' } }),
        untagged: link(['sts:AssumeRole', 'sts:SetSourceIdentity']),
        unnamed: link(['sts:AssumeRole', 'sts:TagSession']),
        picky: link(ALL, { trust: WITH_CONDITION }),
        weak: link(ALL, {
          permissions: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' },
        }),
      },
    }),
  )
  base = await stage.assumeBase()
})

after(() => stage.stop())

/**
 * Assumes a role of 222222222222 by name, and gives the credentials and what the trail says of the caller afterwards.
 */
function assume(from: Credentials, role: string, input: Parameters<Stage['assume']>[1] = {}) {
  return stage.assume(from, { RoleArn: `${STS}/${role}`, ...input })
}

async function identityOf(credentials: Credentials) {
  await assume(credentials, 'second').catch(() => undefined)
  return stage.aws.trail().at(-1)?.userIdentity.sessionContext
}

const TEAM = {
  Tags: [
    { Key: 'Team', Value: 'reports' },
    { Key: 'stage', Value: 'test' },
  ],
}
const TRANSITIVE = { ...TEAM, TransitiveTagKeys: ['team'] }

test('transitive tags pass down the chain, the others end with their session', async () => {
  const second = await assume(base, 'second', TRANSITIVE)
  const third = await assume(second, 'third')
  const fourth = await assume(third, 'second')
  assert.deepEqual((await identityOf(second))?.tags, { Team: 'reports', stage: 'test' })
  assert.deepEqual((await identityOf(third))?.tags, { Team: 'reports' })
  assert.deepEqual((await identityOf(fourth))?.tags, { Team: 'reports' })
})

test('an inherited tag cannot be sent again, in whatever case; other tags can be added', async () => {
  const second = await assume(base, 'second', TRANSITIVE)
  for (const Key of ['Team', 'TEAM'])
    for (const Value of ['reports', 'other']) {
      const { name, status } = await refusalOf(assume(second, 'third', { Tags: [{ Key, Value }] }))
      assert.deepEqual([name, status], ['InvalidParameterValue', 400])
    }
  const third = await assume(second, 'third', { Tags: [{ Key: 'stage', Value: 'live' }] })
  assert.deepEqual((await identityOf(third))?.tags, { Team: 'reports', stage: 'live' })
})

test('sts:TagSession is needed for tags that are sent and for those that are inherited', async () => {
  const message = /not authorized to perform: sts:TagSession on resource: .*role\/untagged$/
  const sent = await refusalOf(assume(base, 'untagged', TEAM))
  assert.deepEqual([sent.name, sent.status], ['AccessDenied', 403])
  assert.match(sent.message, message)
  const second = await assume(base, 'second', TRANSITIVE)
  assert.match((await refusalOf(assume(second, 'untagged'))).message, message)
  const plain = await assume(base, 'second', TEAM)
  await assume(plain, 'untagged')
})

test('the source identity passes down the chain and cannot be changed', async () => {
  const second = await assume(base, 'second', { SourceIdentity: 'reports.reporter' })
  const third = await assume(second, 'third')
  assert.equal((await identityOf(third))?.sourceIdentity, 'reports.reporter')
  const { name, message } = await refusalOf(assume(third, 'second', { SourceIdentity: 'other' }))
  assert.equal(name, 'AccessDenied')
  assert.match(message, /sts:SetSourceIdentity/)
})

test('sts:SetSourceIdentity is needed on both sides, for one that is sent and for one that is inherited', async () => {
  const message = /not authorized to perform: sts:SetSourceIdentity on resource: .*role\/unnamed$/
  const SourceIdentity = 'reports.reporter'
  assert.match((await refusalOf(assume(base, 'unnamed', { SourceIdentity }))).message, message)
  const second = await assume(base, 'second', { SourceIdentity })
  assert.match((await refusalOf(assume(second, 'unnamed'))).message, message)
  const weak = await assume(base, 'weak', { SourceIdentity })
  assert.equal((await refusalOf(assume(weak, 'third'))).name, 'AccessDenied')
})

test('trust policies see the tags and the source identity of the caller', async () => {
  const input = { ...TRANSITIVE, SourceIdentity: 'reports.reporter' }
  const second = await assume(base, 'second', input)
  await assume(second, 'picky')
  await assume(await assume(second, 'third'), 'picky')
  const other = await assume(base, 'second', { ...input, SourceIdentity: 'someone' })
  assert.equal((await refusalOf(assume(other, 'picky'))).name, 'AccessDenied')
  const roleTag = await assume(base, 'third', { SourceIdentity: 'reports.reporter' })
  assert.equal((await refusalOf(assume(roleTag, 'picky'))).name, 'AccessDenied')
})

test('a role that does not exist is refused like one that does not trust', async () => {
  const { name, status, message } = await refusalOf(assume(base, 'no-such-role'))
  assert.deepEqual([name, status], ['AccessDenied', 403])
  assert.equal(
    message,
    `User: arn:aws:sts::111111111111:assumed-role/cluster-base/reports.pod is not authorized to perform: sts:AssumeRole on resource: ${STS}/no-such-role`,
  )
})
