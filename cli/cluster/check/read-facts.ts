/** One look at a cluster: all facts that the asked categories judge by, as many at once as the connection takes. */
import type { Category } from '../../core/check/check.ts'
import {
  seen,
  unseen,
  type CheckFacts,
  type ListFacts,
  type Objects,
  type Seen,
} from '../../core/check/facts.ts'
import {
  CHART_SELECTOR,
  readInstallation,
  WEBHOOK_SELECTOR,
} from '../../core/check/installation.ts'
import { exitCodeOf } from '../../output/exit-codes.ts'
import { toSentence } from '../../../log/error-text.ts'
import { RefusedError, type Cluster } from '../cluster.ts'
import { withoutGoneWorkloads } from './gone-workloads.ts'
import { readIssuer, readToken } from './issuer.ts'
import { readOwnRights, readWebhookRights } from './rights.ts'
import { readServed } from './served.ts'
import { tryEntries } from './trials.ts'

export interface LookOptions {
  readonly categories: readonly Category[]
  /** Whose pods are looked at; undefined means all. */
  readonly namespace: string | undefined
  /** Before the chart is installed, in the namespace in which it will be. */
  readonly isBefore: boolean
  readonly nowMs: number
}

const POLICY_API = '/apis/admissionregistration.k8s.io/v1'

/** Looks once. Throws only where no API server answers: what it refuses is a fact too. */
export async function readFacts(cluster: Cluster, options: LookOptions): Promise<CheckFacts> {
  const lists = await readLists(cluster, options)
  const installation = readInstallation(lists)
  const wants = (...categories: readonly Category[]) =>
    categories.some((category) => options.categories.includes(category))
  const nothing = unseen<never>('nothing was looked at here')
  const withWebhook = async <Value>(
    look: (found: NonNullable<typeof installation>) => Promise<Value>,
  ): Promise<Seen<Value>> =>
    installation === null || !wants('webhook', 'pods') ? nothing : attempt(() => look(installation))
  const tokenRead = wants('kubernetes', 'issuer')
    ? await attempt(() => readToken(cluster, options.namespace))
    : nothing
  const [version, issuer, webhookRights, served, trials, ownRights] = await Promise.all([
    attempt(() => readVersion(cluster)),
    tokenRead.kind === 'seen' && wants('issuer')
      ? attempt(() => readIssuer(tokenRead.value))
      : Promise.resolve(tokenRead.kind === 'seen' ? nothing : tokenRead),
    withWebhook((found) => readWebhookRights(cluster, found)),
    withWebhook((found) => readServed(cluster, found, lists)),
    withWebhook((found) => tryEntries(cluster, found, lists)),
    options.isBefore && wants('others') ? attempt(() => readOwnRights(cluster)) : nothing,
  ])
  const token = tokenRead.kind === 'seen' ? seen(tokenRead.value.claims) : tokenRead
  return {
    ...lists,
    nowMs: options.nowMs,
    version,
    token,
    issuer,
    webhookRights: quiet(webhookRights, installation, []),
    served: quiet(served, installation, []),
    trials: quiet(trials, installation, []),
    ownRights,
  }
}

/** Where nothing is installed, that is one finding, and what follows from it is none. */
function quiet<Value>(fact: Seen<Value>, installation: unknown, none: Value): Seen<Value> {
  return installation === null ? seen(none) : fact
}

/** The lists alone: for who judges no more than objects. */
export async function readLists(
  cluster: Cluster,
  { namespace }: Pick<LookOptions, 'namespace'>,
): Promise<ListFacts> {
  const inside = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const chart = `labelSelector=${encodeURIComponent(CHART_SELECTOR)}`
  const webhook = `labelSelector=${encodeURIComponent(WEBHOOK_SELECTOR)}`
  const paths: Readonly<Record<keyof ListFacts, string>> = {
    nodes: '/api/v1/nodes',
    namespaces: '/api/v1/namespaces',
    mutatingConfigurations: `${POLICY_API}/mutatingwebhookconfigurations`,
    validatingConfigurations: `${POLICY_API}/validatingwebhookconfigurations`,
    policies: `${POLICY_API}/validatingadmissionpolicies`,
    policyBindings: `${POLICY_API}/validatingadmissionpolicybindings`,
    deployments: `/apis/apps/v1/deployments?${webhook}`,
    webhookPods: `/api/v1/pods?${webhook}`,
    configMaps: `/api/v1/configmaps?${chart}`,
    pods: `/api/v1${inside}/pods`,
    serviceAccounts: `/api/v1${inside}/serviceaccounts`,
    events: `/api/v1${inside}/events?fieldSelector=${encodeURIComponent('type=Warning')}`,
    limitRanges: `/api/v1${inside}/limitranges`,
    resourceQuotas: `/api/v1${inside}/resourcequotas`,
  }
  const read = await Promise.all(
    Object.entries(paths).map(async ([name, path]): Promise<readonly [string, Objects]> => [
      name,
      await attempt(async () => {
        const found = await cluster.list(path)
        return name === 'events' ? withoutGoneWorkloads(cluster, found) : found
      }),
    ]),
  )
  return Object.fromEntries(read) as unknown as ListFacts
}

async function readVersion(cluster: Cluster) {
  const version = (await cluster.read('/version')) ?? {}
  return {
    major: Number.parseInt(String(version['major']), 10),
    minor: Number.parseInt(String(version['minor']), 10),
    gitVersion: String(version['gitVersion']),
  }
}

async function attempt<Value>(look: () => Promise<Value>): Promise<Seen<Value>> {
  try {
    return seen(await look())
  } catch (error) {
    // Nobody answers, so that no other question is worth asking; a refusal is an answer.
    if (!(error instanceof RefusedError) && exitCodeOf(error) !== undefined) throw error
    return unseen(toSentence(error))
  }
}
