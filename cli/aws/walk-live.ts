/**
 * Really walks a chain, with the sidecar's own code and its way to STS. Of the sessions nothing leaves this file: each
 * is used for the hop after it, and forgotten.
 */
import type { Hop } from '../../sidecar/contract.ts'
import type { StsSettings } from '../../sidecar/core/chain/job.ts'
import { toFailure } from '../../sidecar/core/failures/errors.ts'
import type { Failure } from '../../sidecar/core/failures/failure.ts'
import { createSts } from '../../sidecar/io/sts/sts.ts'
import { judgeToken } from '../../sidecar/io/sts/token.ts'
import { walkChains } from '../../sidecar/io/sts/walk.ts'

/** As the child of the sidecar has it, for all hops together. */
const WALK_TIMEOUT_MS = 20_000

/** A chain as a pod would walk it. */
export interface LiveWalk {
  readonly hops: readonly Hop[]
  readonly sessionName: string
  readonly placeholders: Readonly<Record<string, string>>
  readonly sts: StsSettings
}

/** Where the walk ended: undefined is at its end. Never rejects. */
export async function walkLive(walk: LiveWalk, token: string): Promise<Failure | undefined> {
  const { hops, sessionName, placeholders } = walk
  const sts = createSts(walk.sts)
  let failure: Failure | undefined = toFailure('unexpected_error')
  try {
    await walkChains(
      {
        context: { sessionName, placeholders },
        sts: walk.sts,
        stsTokenFile: '',
        targets: { it: { chain: [...hops] } },
        baseSessions: {},
      },
      {
        assume: sts.assume,
        readToken: () =>
          Promise.resolve(judgeToken(token, { place: 'TokenRequest', nowMs: Date.now() })),
      },
      {
        report: (report) => {
          if (report.kind === 'failure') failure = report.failure
          else if (report.kind === 'session') failure = undefined
        },
        signal: AbortSignal.timeout(WALK_TIMEOUT_MS),
      },
    )
  } finally {
    sts.close()
  }
  return failure
}
