/** All that a sidecar is made from, beside the configuration. */
import type { Profile, Target } from '../../../../sidecar/contract.ts'
import type { Gate } from '../../vocabulary/keys.ts'
import type { Resources } from './resources.ts'

/** What is decided about the sidecar of one pod. */
export interface SidecarPlan {
  readonly targets: ReadonlyMap<string, Target>
  /** By container and target; of containers that have several. */
  readonly profiles: Readonly<Record<string, Readonly<Record<string, Profile>>>>
  readonly sessionName: string
  /** Where the source is EKS Pod Identity: whom the sidecar asks, with a token for whom. Null: web identity. */
  readonly podIdentity: { readonly agentUrl: string; readonly audience: string } | null
  readonly port: number
  readonly region: string | null
  readonly gate: Gate
  readonly resources: Resources
  readonly image: string
  /** Null leaves it out. */
  readonly user: number | null
  /** Null leaves it out. */
  readonly group: number | null
}
