/** Who can become what: service accounts, the roles between, and target roles, with an edge for each hop. */
import { accountOf } from '../../../iam/arn.ts'
import type { JsonObject } from '../../../webhook/core/formats/json.ts'
import { isRoleArnList } from '../../../webhook/core/formats/limits.ts'
import { DEFAULT_SESSION_NAME, type Hop } from '../../../sidecar/contract.ts'
import { readTargets } from '../check/chains.ts'
import { isAlive, serviceAccountOf } from '../check/pod-states.ts'
import { annotationsOf, nameOf, namespaceOf } from '../check/objects.ts'
import type { PodRow } from './rows.ts'

/** What is known of a hop: by IAM's documents, where they are given. */
export type EdgeKind = 'allowed' | 'refused' | 'undecided' | 'plain'

/** One chain of one service account. */
export interface ChainOfAccount {
  readonly namespace: string
  readonly serviceAccount: string
  readonly roleArns: readonly string[]
  /** What is sent; none where EKS Pod Identity gives the first session. */
  readonly hops: readonly Hop[]
  readonly sessionName: string
  /** Of the token that it begins with. */
  readonly audience: string
}

export interface GraphNode {
  readonly column: 'account' | 'between' | 'target'
  /** Namespace of a service account, AWS account of a role. */
  readonly group: string
  readonly name: string
  /** Of the service account. */
  readonly pods: number
  /** Numbers of the chains that it is in: what shares none has nothing to do with it. */
  readonly chains: readonly number[]
}

export interface GraphEdge {
  /** Indexes of nodes. */
  readonly from: number
  readonly to: number
  readonly kind: EdgeKind
}

export interface Graph {
  /** In order of column, group and name. */
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Annotations of service accounts, with their full names. */
export interface AccountKeys {
  readonly baseRole: string
  readonly target: string
  readonly audience: string
  /** Where the annotation says none. */
  readonly tokenAudience: string
}

/** Those of pods that run, and those that stand on service accounts, each once. */
export function toChains(
  pods: readonly JsonObject[],
  serviceAccounts: readonly JsonObject[],
  keys: AccountKeys,
): readonly ChainOfAccount[] {
  const audiences = new Map(
    serviceAccounts.map((object) => [
      `${namespaceOf(object)}/${nameOf(object)}`,
      annotationsOf(object)[keys.audience],
    ]),
  )
  const audienceOf = (namespace: string, name: string) =>
    audiences.get(`${namespace}/${name}`) || keys.tokenAudience
  const chains = [
    ...pods.filter(isAlive).flatMap((pod) =>
      readTargets(pod).map(({ roleArns, hops, sessionName }) => ({
        namespace: namespaceOf(pod),
        serviceAccount: serviceAccountOf(pod),
        roleArns,
        hops,
        sessionName,
        audience: audienceOf(namespaceOf(pod), serviceAccountOf(pod)),
      })),
    ),
    ...serviceAccounts.flatMap((object) => {
      const roleArns = annotatedRoles(annotationsOf(object), keys)
      const hops = roleArns.map((roleArn) => ({ roleArn }))
      const [namespace, serviceAccount] = [namespaceOf(object), nameOf(object)]
      const audience = audienceOf(namespace, serviceAccount)
      const whose = { namespace, serviceAccount, sessionName: DEFAULT_SESSION_NAME, audience }
      return roleArns.length === 0 ? [] : [{ ...whose, roleArns, hops }]
    }),
  ]
  return [...new Map(chains.map((chain) => [JSON.stringify(chain), chain])).values()]
}

function annotatedRoles(
  annotations: Readonly<Record<string, string>>,
  { baseRole, target }: AccountKeys,
): readonly string[] {
  const base = annotations[baseRole] ?? ''
  const asked = annotations[target] ?? ''
  const targets = isRoleArnList(asked) ? asked.split(/,(?=arn:)/).map((arn) => arn.trim()) : []
  return [...(isRoleArnList(base) ? [base] : []), ...targets]
}

/** `kindsOf` says of each hop of a chain what is known of it, in order; what it leaves out is plain. */
export function toGraph(
  chains: readonly ChainOfAccount[],
  rows: readonly PodRow[],
  kindsOf: (chain: ChainOfAccount) => readonly EdgeKind[],
): Graph {
  const pods = Map.groupBy(
    rows,
    ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`,
  )
  const nodes = new Map<string, GraphNode>()
  const edges = new Map<string, { from: string; to: string; kind: EdgeKind }>()
  const keep = (node: Omit<GraphNode, 'chains'>, number: number) => {
    const key = JSON.stringify([node.column, node.group, node.name])
    nodes.set(key, { ...node, chains: [...(nodes.get(key)?.chains ?? []), number] })
    return key
  }
  for (const [number, chain] of chains.entries()) {
    const { namespace, serviceAccount, roleArns } = chain
    const kinds = kindsOf(chain)
    const count = pods.get(`${namespace}/${serviceAccount}`)?.length ?? 0
    let from = keep(
      { column: 'account', group: namespace, name: serviceAccount, pods: count },
      number,
    )
    for (const [hop, arn] of roleArns.entries()) {
      const column = hop === roleArns.length - 1 ? 'target' : 'between'
      const to = keep({ column, group: accountOf(arn), name: arn, pods: 0 }, number)
      const key = JSON.stringify([from, to])
      edges.set(key, { from, to, kind: worse(edges.get(key)?.kind, kinds[hop] ?? 'plain') })
      from = to
    }
  }
  // By numbers in names as people count.
  const keys = [...nodes.keys()].toSorted(new Intl.Collator('en', { numeric: true }).compare)
  const indexOf = new Map(keys.map((key, index) => [key, index]))
  return {
    nodes: keys.flatMap((key) => nodes.get(key) ?? []),
    edges: [...edges.values()].map(({ from, to, kind }) => ({
      from: indexOf.get(from) ?? 0,
      to: indexOf.get(to) ?? 0,
      kind,
    })),
  }
}

const WORST: readonly EdgeKind[] = ['refused', 'undecided', 'allowed', 'plain']

function worse(one: EdgeKind | undefined, other: EdgeKind): EdgeKind {
  return WORST.find((kind) => kind === one || kind === other) ?? other
}
