/** The one door to the cluster: what is behind it is large, and loaded when it is gone through. */
import type { Surroundings } from '../output/surroundings.ts'
import type { Cluster } from './cluster.ts'
import type { ClusterChoice } from './kubeconfig.ts'

/** The cluster of the options, without a call being made. */
export async function connect(choice: ClusterChoice, surroundings: Surroundings): Promise<Cluster> {
  const { openCluster } = await import('./cluster.ts')
  return openCluster(choice, surroundings)
}
