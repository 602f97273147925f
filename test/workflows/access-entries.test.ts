/** Access entries in the words of aws-iam-authenticator. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toDynamicFile } from './access-entries.ts'

test('users and roles stand apart, each with its name and groups', () => {
  const ben = 'arn:aws:iam::222222222222:user/ben'
  const role = 'arn:aws:iam::222222222222:role/user/deployer'
  const file = toDynamicFile([
    { principalArn: ben, username: ben, kubernetesGroups: ['viewers'] },
    { principalArn: role, username: 'ci:{{SessionName}}', kubernetesGroups: [] },
  ])
  assert.deepEqual(file, {
    mapRoles: [{ rolearn: role, username: 'ci:{{SessionName}}', groups: [] }],
    mapUsers: [{ userarn: ben, username: ben, groups: ['viewers'] }],
  })
})
