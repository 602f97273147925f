/**
 * A sidecar as a uid that its image's /etc/passwd does not know: set for the cluster, or the one that the pod's
 * containers share.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { install, toValues } from './installation.ts'
import { appContainer, applied, AWS_URL_IN_PODS, ended, inNamespace, pod, until } from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }

/** Of the application's containers. */
const USER_OF_POD = 1000
const UNKNOWN_USER = 1_000_650_000

after(() => install(toValues(AWS_URL_IN_PODS)))

const SETTINGS = [
  [UNKNOWN_USER, { user: UNKNOWN_USER, group: UNKNOWN_USER }],
  [USER_OF_POD, { useUserOfPod: true }],
] as const

for (const [user, sidecar] of SETTINGS)
  test(`with ${Object.keys(sidecar).join(' and ')} the sidecar runs as uid ${user}, and gets credentials`, async () => {
    await install(toValues(AWS_URL_IN_PODS, { sidecar }))
    await inNamespace(async (place) => {
      const userPath = '--output=jsonpath={.spec.initContainers[0].securityContext.runAsUser}'
      await until(`a sidecar with uid ${user}`, async () => {
        // Webhooks take up a configuration within a minute, also those that helm has not replaced.
        await applied(place, pod('look', REPORTS))
        const found = await place.kubectl('get', 'pod', 'look', userPath)
        await place.kubectl('delete', 'pod', 'look', '--now')
        return found === String(user) ? true : undefined
      })
      await applied(place, pod('reports', REPORTS, { containers: [appContainer()] }))
      assert.equal(await ended(place, 'reports'), 'Succeeded')
      assert.equal((await place.outcome('reports'))?.object, OBJECTS.reports)
    })
  })
