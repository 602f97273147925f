/** Time as a watched file sees it: looks at it. */
import { watchFiles } from '../../../webhook/files/watch-files.ts'
import { until } from '../kubernetes/cluster-of-a-test.ts'

/** How often the files of these tests are looked at. */
export const EVERY_MS = 5

/** Resolves when a watch that is as quick as that of the test has looked so often; then that has too. */
export async function untilLookedAt(times: number): Promise<void> {
  let looks = 0
  const stop = watchFiles({
    paths: [],
    known: [],
    everyMs: EVERY_MS,
    read: async () => {
      looks += 1
      return []
    },
    onChange: () => undefined,
    onFailure: () => undefined,
  })
  await until(() => looks >= times)
  await stop()
}
