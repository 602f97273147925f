/**
 * What is allowed and still not right, or soon will not be: trust policies that let in more than the chain, that are
 * nearly full, or that have conditions which never hold.
 */
import type { Condition } from '../../../iam/conditions.ts'
import { list } from '../../../iam/explain-mismatch.ts'
import type { Policy, Statement, TrustStatement } from '../../../iam/policy.ts'
import type { Step } from '../policy/steps.ts'
import type { VerifyFinding } from './finding.ts'
import { readPolicy, readTrust, type IamRole } from './iam-documents.ts'

/** "Role trust policy length: 2,048 characters" by default; white space does not count. */
const TRUST_POLICY_LIMIT = 2048
/** What one more service account, or one more caller, takes. */
const ROOM_FOR_ONE_MORE = 150

function nameOf({ sid }: Statement, index: number): string {
  return sid ?? String(index + 1)
}

/** Says the same of every statement that it is true of. */
function ofStatements<One extends Statement>(
  { statements }: Policy<One>,
  describe: (statement: One) => string | undefined,
): readonly { readonly statement: string; readonly message: string }[] {
  return statements.flatMap((one, index) => {
    const said = describe(one)
    const statement = nameOf(one, index)
    return said === undefined ? [] : [{ statement, message: `statement ${statement} ${said}` }]
  })
}

const ESCAPES = /\$\{[*?$]\}/g

function hasDeadWildcard({ operator, values }: Condition): boolean {
  return (
    /^(ForAllValues:|ForAnyValue:)?String(Not)?Equals/.test(operator) &&
    values.some((value) => /[*?]/.test(value.replace(ESCAPES, '')))
  )
}

function describeWildcard({ conditions }: Statement): string | undefined {
  const found = conditions.find(hasDeadWildcard)
  return found && `has ${found.operator} ${found.key} ${list(found.values)}`
}

function narrowsPrincipal({ key }: Condition): boolean {
  return /^aws:Principal(Arn|Tag\/|OrgID|OrgPaths)/i.test(key)
}

function describeAccount({ effect, principals, conditions }: TrustStatement): string | undefined {
  if (effect === 'Deny' || conditions.some(narrowsPrincipal)) return undefined
  const account = principals.find(({ kind }) => kind === 'account')
  return account && `trusts all of AWS account ${account.value}`
}

function describeEveryone({ effect, principals, conditions }: TrustStatement): string | undefined {
  if (effect === 'Deny' || conditions.some(({ key }) => /^aws:Principal/i.test(key)))
    return undefined
  return principals.some(({ kind }) => kind === 'everyone') ? "trusts '*'" : undefined
}

/** Values of `sub` that mean service accounts of more than one namespace, or more than service accounts. */
const WIDE_SUBJECT = /^(\*|system:\*|system:serviceaccount:\*|system:serviceaccount:[^:]*[*?])/

function describeSubjects(
  { effect, principals, conditions }: TrustStatement,
  { arn, name }: { readonly arn: string; readonly name: string },
): string | undefined {
  const isAboutProvider = principals.some(({ value }) => value === arn)
  if (effect === 'Deny' || !isAboutProvider) return undefined
  const subjects = conditions.filter(({ key }) => key.toLowerCase() === `${name}:sub`.toLowerCase())
  if (subjects.length === 0) return 'takes the tokens of every service account of the cluster'
  const isWide = subjects.every(({ operator, values }) =>
    /Like/.test(operator) ? values.some((value) => WIDE_SUBJECT.test(value)) : false,
  )
  return isWide ? 'takes the tokens of service accounts of any namespace' : undefined
}

function sizeFinding({ trust }: IamRole): string | undefined {
  const length = JSON.stringify(trust ?? '').length
  if (length <= TRUST_POLICY_LIMIT - ROOM_FOR_ONE_MORE) return undefined
  return `the trust policy has ${length} characters of the ${TRUST_POLICY_LIMIT} that IAM takes by default`
}

/** What is not right about the trust policy of a hop's role. */
export function trustHabits(step: Step, role: IamRole): readonly VerifyFinding[] {
  const trust = readTrust(role)
  const common = { level: 'warning', hop: step.hop, side: 'trust', subject: role.arn } as const
  const size = sizeFinding(role)
  const checks = [
    ['wildcard_in_string_equals', describeWildcard],
    ['trusts_account', describeAccount],
    ['trusts_everyone', describeEveryone],
    [
      'trusts_service_accounts',
      (one: TrustStatement) =>
        step.kind === 'web_identity' ? describeSubjects(one, step.provider) : undefined,
    ],
  ] as const
  return [
    ...checks.flatMap(([code, describe]) =>
      ofStatements(trust, describe).map((found) => ({ code, ...common, ...found })),
    ),
    ...(size === undefined
      ? []
      : [{ code: 'trust_policy_large' as const, ...common, message: size }]),
  ]
}

/** What is not right about the permission policies of a hop's caller, as far as they are about assuming roles. */
export function permissionHabits(step: Step, caller: IamRole): readonly VerifyFinding[] {
  return caller.permissions.map(readPolicy).flatMap((policy) =>
    ofStatements(policy, (statement) =>
      statement.actions.patterns.some((pattern) => /^(sts:|\*$)/i.test(pattern))
        ? describeWildcard(statement)
        : undefined,
    ).map((found) => ({
      code: 'wildcard_in_string_equals' as const,
      level: 'warning' as const,
      hop: step.hop,
      side: 'permission' as const,
      subject: caller.arn,
      ...(policy.name !== undefined && { policy: policy.name }),
      ...found,
    })),
  )
}
