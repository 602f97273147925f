/** What the formats share: what they write from, and names that their languages take. */
import { stringify } from 'yaml'
import type { AccountDocuments } from '../documents.ts'
import type { EksAccess } from '../eks-access.ts'

/** All that one AWS account has to have. */
export interface AccountPlan extends AccountDocuments {
  readonly eksAccess: readonly EksAccess[]
}

/** Names that are unique in one file, by what they are of. */
export function uniqueNames(
  values: readonly string[],
  toName: (value: string) => string,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
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
