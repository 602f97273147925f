/** `rolechain check` where the chart has the boundary, and something of it is broken. */
import { after, before, test } from 'node:test'
import { BOUNDARY, boundaryValues } from './boundary/stage.ts'
import { changing, entriesOf, only } from './check/changes.ts'
import { breaks, type Break } from './check/finds.ts'
import { CONFIGURATION, install, toValues } from './installation.ts'
import { without } from './policies.ts'
import { applied, AWS_URL_IN_PODS, type KubernetesObject } from './suite.ts'

before(() => install(boundaryValues()))
after(() => install(toValues(AWS_URL_IN_PODS)))

/** As EKS's webhook makes it. */
const IRSA: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'irsa' },
  spec: {
    containers: [{ name: 'app', image: 'localhost/pause:1' }],
    volumes: [
      {
        name: 'aws-iam-token',
        projected: {
          sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }],
        },
      },
    ],
  },
}

const BREAKS: Readonly<Record<string, Break>> = {
  'a boundary that is only a label': (place, scenario) =>
    without(place, ['validatingadmissionpolicy/boundary-tokens.rolechain.io'], scenario),
  'a boundary that only warns': changing(
    'validatingadmissionpolicybinding',
    'boundary-pods.rolechain.io',
    only(['Warn', 'Audit']),
  ),
  'a boundary without the last look': changing(
    'validatingwebhookconfiguration',
    CONFIGURATION,
    entriesOf((entry) => (entry['name'] === 'verify.rolechain.io' ? [] : [entry])),
  ),
  'a pod from before the boundary': async (place, scenario) => {
    const label = (value: string) =>
      place.kubectl('label', 'namespace', place.namespace, '--overwrite', value)
    await label('rolechain.io/boundary-')
    await applied(place, IRSA)
    await label('rolechain.io/boundary=enforce')
    await scenario()
    await place.kubectl('delete', 'pod', 'irsa', '--now')
  },
}

for (const [what, breakIt] of Object.entries(BREAKS))
  test(`says exactly what is broken: ${what}`, () => breaks(what, breakIt, BOUNDARY))
