import type { Pod } from '../../pod/pod.ts'
import type { ServiceAccount } from '../../vocabulary/service-account.ts'

/** What the chain is decided from. */
export interface ChainSources {
  readonly pod: Pod
  readonly namespace: string
  readonly serviceAccount: ServiceAccount
  /** In [0, 1). */
  readonly jitter: number
}
