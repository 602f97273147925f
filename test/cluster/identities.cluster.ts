/** Who each container is: by role of the service account, by target, and nobody where nothing was asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appContainer,
  applied,
  ended,
  inNamespace,
  pod,
  serviceAccount,
  toPlace,
  until,
} from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const ROLE = 'eks.amazonaws.com/role-arn'

for (const [where, role] of [
  ['the same', 'base'],
  ['another', 'direct'],
] as const)
  test(`a pod whose service account has a role of ${where} AWS account is that role, without a sidecar`, () =>
    inNamespace(async (place) => {
      await applied(place, serviceAccount('reporter', { [ROLE]: ROLES[role] }))
      await applied(place, pod('plain', {}, { containers: [appContainer({ bucket: role })] }))
      assert.equal(await ended(place, 'plain'), 'Succeeded')
      assert.equal((await place.outcome('plain'))?.object, OBJECTS[role])
      const names = await place.kubectl('get', 'pod', 'plain', '--output=jsonpath={..name}')
      assert.doesNotMatch(names, /rolechain/)
    }))

test('in kube-system too', async (t) => {
  const place = toPlace('kube-system')
  t.after(async () => {
    await place.kubectl('delete', 'pod/suite-plain', 'serviceaccount/reporter', '--now')
  })
  await applied(place, serviceAccount('reporter', { [ROLE]: ROLES.direct }))
  await applied(place, pod('suite-plain', {}, { containers: [appContainer({ bucket: 'direct' })] }))
  assert.equal(await ended(place, 'suite-plain'), 'Succeeded')
  assert.equal((await place.outcome('suite-plain'))?.object, OBJECTS.direct)
})

test('a role that trusts nobody keeps the application from starting, and the pod says why in its events', () =>
  inNamespace(async (place) => {
    await applied(place, pod('refused', { 'rolechain.io/target-role-arn': ROLES.nobody }))
    const message = await until('an event of the probe', async () => {
      const events = await place.kubectl('get', 'events', '--output=jsonpath={..message}')
      return /Startup probe failed: .*/.exec(events)?.[0]
    })
    assert.match(message, /hop 2, arn:aws:iam::222222222222:role\/nobody-reader: AccessDenied/)
    assert.equal(await place.outcome('refused'), undefined)
  }))
