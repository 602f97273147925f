/** Pods of as many service accounts as a test wants, in several namespaces and AWS accounts. */
import type { ChainOfAccount } from '../../../cli/core/pods/graph.ts'
import type { PodRow } from '../../../cli/core/pods/rows.ts'

const TEAMS = ['billing', 'checkout', 'data', 'ml', 'payments', 'reports', 'search', 'shop']
const USES = ['reader', 'writer', 'exporter', 'archive']

const FAILURE =
  "hop 2, arn:aws:iam::333333333333:role/ml-writer: AccessDenied: Let the role's trust policy allow sts:AssumeRole."

/** Each service account has a chain by one of few base roles, and one to three pods. */
export function worldOf(count: number): {
  readonly rows: readonly PodRow[]
  readonly chains: readonly ChainOfAccount[]
} {
  const chains = Array.from({ length: count }, (_, index): ChainOfAccount => {
    const team = TEAMS[index % TEAMS.length] ?? ''
    const use = USES[index % USES.length] ?? ''
    const account = String(222_222_222_222 + 111_111_111_111 * (index % 5))
    const target = `arn:aws:iam::${account}:role/${team}-${use}`
    const base = `arn:aws:iam::111111111111:role/cluster-${index % 3 === 0 ? 'batch' : 'base'}`
    return {
      namespace: `team-${team}`,
      serviceAccount: count > 20 ? `${team}-${use}-${index}` : `${team}-${use}`,
      roleArns: index % 7 === 6 ? [target] : [base, target],
      hops: [],
      sessionName: '',
      audience: '',
    }
  })
  const rows = chains.flatMap(({ namespace, serviceAccount, roleArns }, index) =>
    Array.from({ length: 1 + (index % 3) }, (_, pod): PodRow => {
      const isWaiting = index % 11 === 3
      return {
        namespace,
        name: `${serviceAccount}-7d4b9c-${pod}`,
        serviceAccount,
        targets: [{ name: 'default', roleArns }],
        version: index % 5 === 2 ? '0.0.9' : '0.1.0',
        stamp: '',
        isOutdated: index % 5 === 2,
        createdAt: `2029-12-${String(10 + (index % 20)).padStart(2, '0')}T08:00:00Z`,
        gate: isWaiting ? 'closed' : 'open',
        lastFailure: isWaiting ? FAILURE : null,
      }
    }),
  )
  return { rows, chains }
}
