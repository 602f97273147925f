/**
 * Really walks chains for `verify --live`: with a token of the service account, as the sidecar of a pod does it. Token
 * and sessions are used at once, and printed, written and kept nowhere.
 */
import type { StsSettings } from '../../sidecar/core/chain/job.ts'
import type { Failure } from '../../sidecar/core/failures/failure.ts'
import { fitName, renderTemplate } from '../../sidecar/core/chain/template.ts'
import { walkChain } from '../aws/connect.ts'
import { readStsSettings } from '../aws/sts-settings.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { connect } from '../cluster/connect.ts'
import type { ClusterChoice } from '../cluster/kubeconfig.ts'
import { toProviderUrl, type WebIdentitySource } from '../core/policy/source.ts'
import { unreachable, usedWrongly } from '../output/exit-codes.ts'
import type { Surroundings } from '../output/surroundings.ts'
import { hashText, type WalkedChain } from './read-chains.ts'

/** Stands for the pod and its node, so that CloudTrail tells such a session from those of pods. */
const NAME = 'rolechain-verify'

/** How a walk ended. */
export interface LiveEnd {
  /** Undefined: at the end of the chain. */
  readonly failure: Failure | undefined
  readonly sessionName: string
}

/** What is walked: the chains that begin with a token. */
type TokenChain = WalkedChain & { readonly source: WebIdentitySource }

/** Throws a sentence where one of the chains begins on a node of EKS. */
export function needTokens(
  chains: readonly WalkedChain[],
): asserts chains is readonly TokenChain[] {
  const other = chains.find(({ source }) => source.kind !== 'web-identity')
  if (other === undefined) return
  const { namespace, serviceAccount } = other.source
  throw usedWrongly(
    `The chain of ${namespace}/${serviceAccount} begins with EKS Pod Identity, which --live cannot walk: EKS gives sessions only to nodes, for a token that is bound to a pod that runs. Leave --live out, or that chain; what a pod meets is in its events.`,
  )
}

async function readToken(
  cluster: Cluster,
  { namespace, serviceAccount, issuer, audience }: WebIdentitySource,
): Promise<string> {
  const { issuerOf, requestToken } = await import('../cluster/token.ts')
  const account = { namespace, name: serviceAccount }
  const token = await requestToken(cluster, account, [audience]).catch((error: unknown) => {
    throw unreachable(
      `The cluster gives no token of service account ${namespace}/${serviceAccount}, which --live needs (create on serviceaccounts/token)`,
      error,
    )
  })
  const own = issuerOf(token)
  if (toProviderUrl(own) === toProviderUrl(issuer)) return token
  throw usedWrongly(
    `The tokens of cluster ${cluster.access.server} are of issuer ${own}, and the chain is of ${issuer}; name the right cluster with --context, or leave --issuer out.`,
  )
}

/** What a pod would have in the place of placeholders; where no pod is named, what can be told from it. */
function placeholdersOf({ source, placeholders = {} }: TokenChain): Record<string, string> {
  return {
    '{pod}': NAME,
    '{node}': NAME,
    '{podUid}': '00000000-0000-0000-0000-000000000000',
    '{namespace}': source.namespace,
    '{serviceAccount}': source.serviceAccount,
    ...placeholders,
  }
}

async function walkOne(chain: TokenChain, cluster: Cluster, sts: StsSettings): Promise<LiveEnd> {
  const { hops, sessionName } = chain
  const placeholders = placeholdersOf(chain)
  const token = await readToken(cluster, chain.source)
  return {
    failure: await walkChain({ hops, sessionName, placeholders, sts }, token),
    sessionName: fitName(renderTemplate(sessionName, placeholders), hashText),
  }
}

/** Walks each of the chains, one after the other. */
export async function walkForReal(
  chains: readonly TokenChain[],
  choice: ClusterChoice,
  surroundings: Surroundings,
): Promise<readonly LiveEnd[]> {
  const sts = readStsSettings(surroundings.environment)
  const cluster = await connect(choice, surroundings)
  try {
    const ends: LiveEnd[] = []
    for (const chain of chains) ends.push(await walkOne(chain, cluster, sts))
    return ends
  } finally {
    cluster.close()
  }
}
