/** IAM users of the pages: the same keys in the strict AWS and in the profiles of the reader's shell. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { users as schema } from '../../stand-ins/aws/users.ts'
import { toProfiles, toUsers } from './users.ts'

const ANA = 'arn:aws:iam::222222222222:user/ana'
const BEN = 'arn:aws:iam::333333333333:user/ben'
const nothing = { Version: '2012-10-17', Statement: [] }
const users = [ANA, BEN, ANA].map((arn) => ({ arn, document: nothing }))

test('each user is in its AWS account, with all its policies', () => {
  const { ana, ...others } = schema.parse(toUsers('222222222222', users))
  assert.equal(ana?.permissionPolicies.length, 2)
  assert.deepEqual(others, {})
})

test('each user is one profile, with its own keys', () => {
  const profiles = toProfiles(users)
  assert.deepEqual(profiles.match(/^\[.*\]$/gm), ['[ana]', '[ben]'])
  const { ana } = schema.parse(toUsers('222222222222', users))
  const { ben } = schema.parse(toUsers('333333333333', users))
  for (const one of [ana, ben])
    assert.ok(
      profiles.includes(
        `aws_access_key_id = ${one?.accessKeyId}\naws_secret_access_key = ${one?.secretAccessKey}\n`,
      ),
    )
  assert.notEqual(ana?.accessKeyId, ben?.accessKeyId)
})
