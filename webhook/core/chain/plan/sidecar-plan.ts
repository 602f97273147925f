/** All that a sidecar is made from, beside the configuration. */
import type { Target } from '../../../../sidecar/contract.ts'
import type { Resources } from './resources.ts'

/** What is decided about the sidecar of one pod. */
export interface SidecarPlan {
  readonly targets: ReadonlyMap<string, Target>
  readonly sessionName: string
  readonly port: number
  readonly region: string | null
  readonly isGateOn: boolean
  readonly resources: Resources
  readonly image: string
  /** Null leaves it out. */
  readonly user: number | null
  /** Null leaves it out. */
  readonly group: number | null
}
