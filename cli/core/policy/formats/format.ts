/** What the formats share: what they write from, and names that their languages take. */
import { stringify } from 'yaml'
import type { AccountDocuments } from '../documents.ts'
import type { EksAccess } from '../eks-access.ts'
import type { PlanStep } from '../plan-steps.ts'

/** All that one AWS account has to have. */
export interface AccountPlan extends AccountDocuments {
  readonly eksAccess: readonly EksAccess[]
}

/** One step of all that has to be made. */
export interface StepPlan extends PlanStep {
  readonly after: AccountPlan
  /** Of all steps. */
  readonly count: number
}

/** Which step it is, and what its trust policies still lack, for the head of a file. */
export function toStepLines({ number, count, after, lacking }: StepPlan): readonly string[] {
  return [
    `Step ${number} of ${count}, by rolechain policy: AWS account ${after.accountId}.`,
    ...lacking.map(
      ({ roleArn, absent }) =>
        `A later step lets ${roleArn} trust ${absent.join(', ')}, once that is there.`,
    ),
  ]
}

/** For files that say all that an AWS account has: which file this one is to replace. */
export function toReplacedLines({ before }: StepPlan): readonly string[] {
  return before === undefined
    ? []
    : [`Apply it in place of the file of step ${before}: it has all that is in that one.`]
}

/** The start of the names of a step's files, so that their order is that of the steps. */
export function toFileName({ number, count, after }: StepPlan): string {
  return `${String(number).padStart(String(count).length, '0')}-${after.accountId}`
}

/** Names that are unique in one file, by what they are of. */
export function uniqueNames<Value>(
  values: readonly Value[],
  toName: (value: Value) => string,
): ReadonlyMap<Value, string> {
  const names = new Map<Value, string>()
  const taken = new Set<string>()
  for (const value of values) {
    const plain = toName(value)
    let name = plain
    for (let count = 2; taken.has(name); count += 1) name = `${plain}${count}`
    taken.add(name)
    names.set(value, name)
  }
  return names
}

/** Principals of a role's trust policy that are roles of the same file and stand before it. */
export function rolesBefore({ roles }: AccountDocuments, roleArn: string): readonly string[] {
  const arns = roles.map((role) => role.roleArn)
  const index = arns.indexOf(roleArn)
  const trust = roles[index]?.trust.Statement ?? []
  const named = new Set(trust.flatMap(({ Principal }) => Principal?.AWS ?? []))
  return arns.slice(0, index).filter((arn) => named.has(arn))
}

/** YAML in which a date such as the version of a policy is text to readers of YAML 1.1 too. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })
}
