/** What the boundary costs: pods a second with and without it, in turns, in one run. It prints, and judges no time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forged } from './boundary/rules.ts'
import { FORGERIES } from './boundary/forgeries.ts'
import {
  admittedPod,
  BOUNDARY,
  boundaryValues,
  isRefused,
  renderBoundary,
  withObjects,
  withProxy,
} from './boundary/stage.ts'
import { withoutWebhooks } from './policies.ts'
import { tryToMake, type Proxy } from './proxy.ts'
import { inNamespace, podTemplate } from './suite.ts'

const values = boundaryValues()
const admitted = (namespace: string) => admittedPod(namespace, values)

const TURNS = 5
const PODS = 40

/** Milliseconds a pod. */
async function measure(proxy: Proxy, namespace: string, pod: object): Promise<number> {
  const begin = performance.now()
  for (let index = 0; index < PODS; index += 1)
    assert.equal(await tryToMake(proxy, { namespace, resource: 'pods' }, pod), '')
  return (performance.now() - begin) / PODS
}

function median(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)] ?? 0
}

test('pods with and without the boundary', (context) =>
  inNamespace(
    (inside) =>
      inNamespace(async (outside) => {
        const { metadata, spec } = podTemplate({})
        const plain = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'pod', ...metadata },
          spec,
        }
        await withoutWebhooks(inside, async () =>
          withObjects(inside, await renderBoundary(values), () =>
            withProxy(async (proxy) => {
              const pod = forged(
                admitted(inside.namespace),
                FORGERIES.host['the memory of the node'] ?? [],
              )
              await isRefused(proxy, inside.namespace, { pod, says: /ValidatingAdmissionPolicy/ })
              for (const [what, podOf] of [
                ['with the sidecar', admitted],
                ['without', () => plain],
              ] as const) {
                const times: Record<'inside' | 'outside', number[]> = { inside: [], outside: [] }
                for (let turn = 0; turn < TURNS; turn += 1) {
                  for (const [where, { namespace }] of [
                    ['outside', outside],
                    ['inside', inside],
                  ] as const)
                    times[where].push(await measure(proxy, namespace, podOf(namespace)))
                }
                const [without, within] = [median(times.outside), median(times.inside)]
                context.diagnostic(
                  `a pod ${what}: ${without.toFixed(1)} ms outside, ${within.toFixed(1)} ms inside, ${(within / without).toFixed(2)} times`,
                )
              }
            }),
          ),
        )
      }),
    BOUNDARY,
  ))
