/** Lines of the trail and of the audit log, as the pages have them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeAudit } from './trail.ts'

test('an event of the audit log says who it is in the cluster, and in AWS', () => {
  const arn = 'arn:aws:iam::222222222222:user/ana'
  const event = { verb: 'list', objectRef: { resource: 'namespaces' } }
  assert.equal(
    describeAudit({ ...event, user: { username: 'ana', extra: { arn: [arn] } } }),
    `list namespaces by ana (${arn})`,
  )
  assert.equal(describeAudit({ ...event, user: { username: 'admin' } }), 'list namespaces by admin')
  assert.equal(describeAudit({ ...event, user: {} }), 'list namespaces by nobody')
})
