/**
 * One policy, two languages: the CEL that the chart renders, run by a real API server, and the webhook's code refuse
 * the same.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  asPolicyOfConfigMaps,
  casesOf,
  policies,
  refusedByCel,
  refusedByCode,
  toConfigMap,
  type Case,
} from './boundary/law.ts'
import {
  boundaryValues,
  configurationOf,
  renderBoundary,
  withObjects,
  withProxy,
} from './boundary/stage.ts'
import { tryToMake, type Proxy } from './proxy.ts'
import { inNamespace, until } from './suite.ts'

const POLICIES = 20
/** For each policy, with 20 chains each: 10,000 in all. */
const ASKED = 25
const AT_ONCE = 5

interface World {
  readonly label: string
  readonly values: object
  readonly cases: readonly Case[]
}

function draw(seed: number): readonly World[] {
  return fc.sample(policies, { numRuns: POLICIES, seed }).map((configuration, index) => ({
    label: `p${index}`,
    values: boundaryValues({}, configuration),
    cases: fc.sample(casesOf(configuration), { numRuns: ASKED, seed: seed + index }),
  }))
}

async function assertSame(proxy: Proxy, namespace: string, { label, values, cases }: World) {
  const configuration = configurationOf(values)
  let refused = 0
  for (let from = 0; from < cases.length; from += AT_ONCE) {
    await Promise.all(
      cases.slice(from, from + AT_ONCE).map(async (asked) => {
        const where = { namespace, resource: 'configmaps' }
        const answer = await tryToMake(proxy, where, toConfigMap(asked, label))
        const expected = refusedByCode(asked, configuration)
        refused += expected.length
        assert.deepEqual(
          refusedByCel(answer),
          expected,
          `${answer}\n${JSON.stringify({ asked, values }, null, 1)}`,
        )
      }),
    )
  }
  return refused
}

test('law: of 10,000 chains the API server refuses those that the code refuses', (context) =>
  inNamespace(async (place) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    context.diagnostic(`seed: ${seed}`)
    const worlds = draw(seed)
    const objects = []
    for (const { label, values } of worlds) {
      const [rendered] = await renderBoundary(values)
      assert.ok(rendered !== undefined)
      objects.push(...asPolicyOfConfigMaps(rendered, label))
    }
    await withObjects(place, objects, () =>
      withProxy(async (proxy) => {
        const { namespace } = place
        let refused = 0
        let asked = 0
        for (const world of worlds) {
          // A ConfigMap without data breaks every rule, once the policy is taken up.
          await until(`policy ${world.label}`, async () => {
            const empty = { metadata: { name: 'law', labels: { law: world.label } } }
            const answer = await tryToMake(proxy, { namespace, resource: 'configmaps' }, empty)
            return answer === '' ? undefined : true
          })
          refused += await assertSame(proxy, namespace, world)
          asked += world.cases.reduce((count, { chains }) => count + chains.length, 0)
        }
        context.diagnostic(`of ${asked} chains refused: ${refused}`)
        assert.ok(asked >= 10_000)
        assert.ok(refused > asked / 10 && refused < (asked * 9) / 10, 'both verdicts are frequent')
      }),
    )
  }))
