/** A refresher in virtual time with a scripted STS, and everything it has said. */
import type { Target } from '../../sidecar/contract.ts'
import type { Attempt, HeldSessions } from '../../sidecar/core/refresh/sessions.ts'
import { createRefresher, type Refresher } from '../../sidecar/io/refresh/refresher.ts'
import type { Assume } from '../../sidecar/core/chain/job.ts'
import { createScriptedSts, type ScriptedSts } from './scripted-sts.ts'
import { BASE_ROLE, TARGET_ROLE } from './sessions.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

export const chain = [{ roleArn: BASE_ROLE }, { roleArn: TARGET_ROLE }]

export interface RefresherStage {
  readonly time: VirtualTime
  readonly sts: ScriptedSts
  readonly attempts: Attempt[]
  /** Makes another one, as a restart does; several may share the stage. */
  create(given?: {
    readonly targets?: Readonly<Record<string, Target>>
    readonly assume?: Assume
    readonly random?: () => number
    readonly onWalked?: () => void
  }): Refresher
  /** What a refresher holds that ran for so long and was stopped. */
  heldAfter(ms: number): Promise<HeldSessions>
}

/** Jitter is in the middle unless it is given. */
export function createRefresherStage(): RefresherStage {
  const time = createVirtualTime()
  const sts = createScriptedSts(time)
  const attempts: Attempt[] = []
  const stage: RefresherStage = {
    time,
    sts,
    attempts,
    create: (given) =>
      createRefresher({
        targets: { default: { chain } },
        job: {
          context: { sessionName: '{pod}', placeholders: { '{pod}': 'nightly' } },
          sts: { allowsHttp: false, usesFips: false, usesDualstack: false },
          stsTokenFile: '/token',
        },
        assume: sts.assume,
        clock: time,
        random: () => 0.5,
        onAttempt: (attempt) => attempts.push(attempt),
        onWalked: () => undefined,
        ...given,
      }),
    heldAfter: async (ms) => {
      const refresher = stage.create()
      refresher.start()
      await time.pass(ms)
      refresher.stop()
      return refresher.snapshot()
    },
  }
  return stage
}
