/** No webhook runs: what must not start without it is refused and says so, everything else starts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from './command.ts'
import { NAMESPACE, RELEASE } from './installation.ts'
import { applied, ended, inNamespace, pod, podTemplate, until } from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const REPORTS = { 'rolechain.io/target-role-arn': ROLES.reports }
const here = ['--namespace', NAMESPACE]
const ENFORCED = { 'rolechain.io/enforce': 'true' }

async function scale(replicas: number): Promise<void> {
  await run(['kubectl', 'scale', `deployment/${RELEASE}`, `--replicas=${replicas}`, ...here])
  await run(['kubectl', 'rollout', 'status', `deployment/${RELEASE}`, ...here, '--timeout=120s'])
}

/** Runs `scenario` while there is no webhook. */
async function withoutWebhook(scenario: () => Promise<void>): Promise<void> {
  await scale(0)
  const pods = ['pods', '--selector=app.kubernetes.io/component=webhook', ...here]
  await run(['kubectl', 'wait', '--for=delete', ...pods, '--timeout=60s'])
  try {
    await scenario()
  } finally {
    await scale(2)
  }
}

test('annotated pods, and all in enforced namespaces, are refused; others start; a running one goes on', () =>
  inNamespace((place) =>
    inNamespace(async (enforced) => {
      const forever = podTemplate(REPORTS).spec['containers'] as readonly object[]
      await applied(
        place,
        pod('running', REPORTS, { containers: [{ ...forever[0], args: ['forever'] }] }),
      )
      await until('its first line', () => place.outcome('running'))
      await withoutWebhook(async () => {
        const annotated = await place.apply(pod('annotated', REPORTS))
        assert.equal(annotated.exitCode, 1)
        assert.match(annotated.stderr, /failed calling webhook "chain\.rolechain\.io"/)

        const misspelt = await place.apply(
          pod('misspelt', { 'rolechain.io/targetRoleArn': ROLES.reports }),
        )
        assert.match(misspelt.stderr, /failed calling webhook "chain\.rolechain\.io"/)

        const inEnforced = await enforced.apply(pod('plain', {}))
        assert.equal(inEnforced.exitCode, 1)
        assert.match(inEnforced.stderr, /failed calling webhook "enforce\.rolechain\.io"/)

        await applied(place, pod('plain', {}))
        assert.equal(await ended(place, 'plain'), 'Failed', 'it has no credentials')
        const spec = await place.kubectl('get', 'pod', 'plain', '--output=jsonpath={.spec}')
        assert.doesNotMatch(spec, /AWS_WEB_IDENTITY/)

        const deployment = {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'app' },
          spec: {
            replicas: 0,
            selector: { matchLabels: { app: 'app' } },
            template: podTemplate(REPORTS, { hostNetwork: true }),
          },
        }
        const { stderr } = await applied(place, deployment)
        assert.doesNotMatch(stderr, /Warning: rolechain/)

        assert.equal((await place.outcome('running'))?.object, OBJECTS.reports)
      })
      await applied(enforced, pod('afterwards', REPORTS))
      assert.equal(await ended(enforced, 'afterwards'), 'Succeeded')
    }, ENFORCED),
  ))
