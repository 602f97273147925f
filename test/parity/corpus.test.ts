/**
 * A thousand generated pods in forty generated worlds each run, through the whole webhook, against the model of the
 * rules. `PARITY_SEED=<seed>` runs one of them again.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { NAMESPACES, worlds } from './arbitrary-worlds.ts'
import { podsOf, UNTOUCHED } from './arbitrary-pods.ts'
import { expectPod } from './model.ts'
import type { Admission } from './model.ts'
import type { Pod } from './pod.ts'
import { admit } from './review.ts'
import { startWebhookIn } from './webhook.ts'
import type { RunningWebhook } from './webhook.ts'
import type { World } from './world.ts'
import { toSurroundings } from './written-world.ts'

const podsPerWorld = 25
const worldCount = 40

function toWorld(seed: number): World {
  const [world] = fc.sample(worlds, { seed, numRuns: 1 })
  assert.ok(world !== undefined)
  return world
}

interface Stage {
  readonly webhook: RunningWebhook
  readonly world: World
  readonly pods: fc.Arbitrary<Pod>
}

/** One pod of a world, and when that fails the smallest like it. */
async function checkSeed({ webhook, world, pods }: Stage, seed: number): Promise<void> {
  const property = fc.asyncProperty(fc.constantFrom(...NAMESPACES), pods, (namespace, pod) =>
    checkPod(webhook, world, { namespace, pod: JSON.parse(JSON.stringify(pod)) as Pod }),
  )
  const result = await fc.check(property, { seed, numRuns: 1 })
  if (!result.failed) return
  const [namespace, pod] = result.counterexample ?? []
  const lines = [
    `PARITY_SEED=${seed} runs this again. The smallest pod that differs, in ${namespace}:`,
    JSON.stringify(pod, undefined, 1),
    'in these surroundings:',
    JSON.stringify(toSurroundings(world, Math.floor(seed / podsPerWorld)), undefined, 1),
  ]
  throw new Error(lines.join('\n'), { cause: result.errorInstance })
}

async function checkPod(
  webhook: RunningWebhook,
  world: World,
  admission: Admission,
): Promise<void> {
  const { namespace, pod } = admission
  const { pod: actual, patchText } = await admit(webhook, { namespace, pod })
  const draw = (from: number, to: number) => readDrawn(world, actual as Pod, { from, to })
  assert.deepEqual(actual, expectPod(world, admission, draw))
  assert.ok(!patchText.includes(UNTOUCHED), `the patch repeats what is there: ${patchText}`)
  if (patchText === '') return
  const again = await admit(webhook, { namespace, pod: actual })
  assert.equal(again.patchText, '', 'a second look finds nothing to do')
}

/** The random number that the webhook drew, if it is in the range. */
function readDrawn(world: World, pod: Pod, range: { from: number; to: number }): number {
  const { tokenVolumeName } = world.flags.containerCredentials
  const volume = pod.spec.volumes?.find(({ name }) => name === tokenVolumeName) as
    | { projected?: { sources?: { serviceAccountToken?: { expirationSeconds?: number } }[] } }
    | undefined
  const seconds = volume?.projected?.sources?.[0]?.serviceAccountToken?.expirationSeconds ?? 0
  return Math.min(Math.max(seconds, range.from), range.to)
}

/** A thousand seeds that follow each other, or the one that is asked for. */
function toSeeds(given: string | undefined): readonly number[] {
  if (given !== undefined) return [Number(given)]
  const first = randomInt(1e8) * podsPerWorld
  return Array.from({ length: worldCount * podsPerWorld }, (_, index) => first + index)
}

test('pods come out of admission as the model of the rules says', async () => {
  const seeds = toSeeds(process.env['PARITY_SEED'])
  const ofWorlds = Map.groupBy(seeds, (seed) => Math.floor(seed / podsPerWorld))
  for (const [worldSeed, podSeeds] of ofWorlds) {
    const world = toWorld(worldSeed)
    const webhook = await startWebhookIn(toSurroundings(world, worldSeed))
    const stage = { webhook, world, pods: podsOf(world) }
    try {
      for (const seed of podSeeds) await checkSeed(stage, seed)
    } finally {
      await webhook.stop()
    }
  }
})
