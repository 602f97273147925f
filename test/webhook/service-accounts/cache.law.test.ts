/** Law of the service account cache: breaks of every kind lose nothing and leave nothing behind. */
import {
  array,
  assert as assertProperty,
  asyncProperty,
  constantFrom,
  nat,
  record,
} from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { startServiceAccountCache } from '../../../webhook/service-accounts/cache.ts'
import type { KubernetesDouble } from '../../../stand-ins/kubernetes/api.ts'
import { startCluster, until } from '../kubernetes/cluster-of-a-test.ts'

const changes = {
  apply: (kubernetes: KubernetesDouble, name: string, turn: number) =>
    kubernetes.apply({ namespace: 'a', name, annotations: { turn: String(turn) } }),
  remove: (kubernetes: KubernetesDouble, name: string) => kubernetes.remove('a', name),
  drop: (kubernetes: KubernetesDouble) => kubernetes.dropWatches(),
  end: (kubernetes: KubernetesDouble) => kubernetes.endWatches(),
  compact: (kubernetes: KubernetesDouble) => kubernetes.compact(),
  bookmark: (kubernetes: KubernetesDouble) => kubernetes.bookmark(),
  cut: (kubernetes: KubernetesDouble) => kubernetes.break('list', { kind: 'cut' }),
  refuse: (kubernetes: KubernetesDouble) => kubernetes.break('watch', { kind: 'reset' }),
}

const names = ['n0', 'n1', 'n2', 'n3']
const kinds = Object.keys(changes) as (keyof typeof changes)[]
const step = record({
  // Changes more often than each way to break.
  kind: constantFrom(...kinds, 'apply' as const, 'apply' as const, 'remove' as const),
  name: constantFrom(...names),
  pauses: nat({ max: 2 }),
})

test('law: whatever breaks while service accounts change, the cache comes to hold exactly what there is', async (context) => {
  const cluster = await startCluster(context)
  const { kubernetes } = cluster
  const cache = startServiceAccountCache({ ...cluster, random: () => 0, firstDelayMs: 1 })
  context.after(cache.stop)
  const turnOf = (name: string) => cache.get('a', name)?.annotations['turn']
  await until(cache.isRead)
  let turn = 0
  const law = asyncProperty(array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
    const expected = new Map(names.map((name) => [name, turnOf(name)]))
    for (const { kind, name, pauses } of steps) {
      turn += 1
      changes[kind](kubernetes, name, turn)
      if (kind === 'apply') expected.set(name, String(turn))
      if (kind === 'remove') expected.set(name, undefined)
      // So that some changes meet an open watch, and others one that is being opened.
      for (let pause = 0; pause < pauses; pause += 1) await setImmediate()
    }
    turn += 1
    changes.apply(kubernetes, 'last', turn)
    await until(() => turnOf('last') === String(turn))
    for (const name of names) assert.equal(turnOf(name), expected.get(name))
    assert.equal(cache.size(), [...expected.values()].filter(Boolean).length + 1)
  })
  await assertProperty(law, { numRuns: 15 })
})
