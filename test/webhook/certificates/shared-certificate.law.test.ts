/** Laws that hold for replicas in whatever order their requests arrive. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createCluster } from './certificate-cluster.ts'

type Cluster = ReturnType<typeof createCluster>

const release = fc.nat(12).map((index) => ({ kind: 'release' as const, index }))
const accident = fc.record({
  kind: fc.constantFrom('loseSecret' as const, 'restoreSecret' as const, 'restart' as const),
  index: fc.nat(50),
})
const damage = fc.record({ kind: fc.constant('emptyBundle' as const), index: fc.nat(5) })

async function happen(
  cluster: Cluster,
  {
    kind,
    index,
  }: {
    kind: 'release' | 'emptyBundle' | 'loseSecret' | 'restoreSecret' | 'restart'
    index: number
  },
): Promise<void> {
  switch (kind) {
    case 'restart':
      cluster.stop(index)
      cluster.start()
      return
    case 'loseSecret':
      return cluster.loseSecret()
    case 'restoreSecret':
      return cluster.restoreSecret(index)
    case 'emptyBundle':
      return cluster.emptyBundle(index)
    case 'release':
      return cluster.release(index)
  }
}

/** Everyone in turn, long enough for everything that is begun to end. */
async function calmDown(cluster: Cluster): Promise<void> {
  for (let step = 0; step < 150; step += 1) await cluster.release(0)
}

async function withCluster(use: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = createCluster(['chain', 'enforce', 'rest'])
  cluster.start()
  cluster.start()
  try {
    await use(cluster)
  } finally {
    await cluster.end()
  }
}

test('no replica ever serves what some caBundle does not verify, whatever happens to the Secret', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 20, arbitrary: release }, { weight: 1, arbitrary: accident }), {
        minLength: 100,
        maxLength: 600,
        size: 'max',
      }),
      (events) =>
        withCluster(async (cluster) => {
          for (const event of events) {
            await happen(cluster, event)
            assert.deepEqual(cluster.findUnverified(), [])
          }
        }),
    ),
    { numRuns: 60 },
  ))

test('replicas that start at once on an empty cluster end with one pair', () =>
  fc.assert(
    fc.asyncProperty(fc.array(release, { maxLength: 60 }), (events) =>
      withCluster(async (cluster) => {
        for (const event of events) await happen(cluster, event)
        await calmDown(cluster)
        const current = cluster.held().current
        assert.deepEqual(cluster.served(), [current?.certificate, current?.certificate])
        for (const { authorities } of cluster.entries()) {
          assert.deepEqual(
            authorities.map(({ certificate }) => certificate),
            [current?.authority],
          )
        }
      }),
    ),
    { numRuns: 100 },
  ))

test('after any damage all replicas serve one pair again that every caBundle verifies', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          { weight: 10, arbitrary: release },
          { weight: 1, arbitrary: accident },
          { weight: 1, arbitrary: damage },
        ),
        { minLength: 20, maxLength: 200, size: 'max' },
      ),
      (events) =>
        withCluster(async (cluster) => {
          for (const event of events) await happen(cluster, event)
          await calmDown(cluster)
          await calmDown(cluster)
          const current = cluster.held().current
          assert.deepEqual(cluster.served(), [current?.certificate, current?.certificate])
          assert.deepEqual(cluster.findUnverified(), [])
        }),
    ),
    { numRuns: 60 },
  ))

test('a pair is followed by the next one before it ends, for ever', () =>
  withCluster(async (cluster) => {
    let ended = 0
    for (let step = 0; step < 20_000 && cluster.nowMs() < 10_000; step += 1) {
      await cluster.release(0)
      const current = cluster.held().current
      if (current !== undefined && current.expiresAtMs <= cluster.nowMs()) ended += 1
      assert.deepEqual(cluster.findUnverified(), [])
    }
    assert.equal(ended, 0)
    assert.ok(cluster.nowMs() >= 10_000, 'never rests')
    // One after each 400 of 1000 ms, and at the start one that the slower replica threw away.
    assert.ok(cluster.made() >= 20 && cluster.made() <= 50, `${cluster.made()} pairs`)
    for (const { authorities } of cluster.entries()) assert.ok(authorities.length <= 4)
  }))
