/**
 * Walks a chain over IAM's documents: for each hop whether it is allowed, by which statements of which side, or what
 * keeps it from being so. It asks nobody; what was not read is never an allowance.
 */
import { accountOf, parseRoleArn } from '../../../iam/arn.ts'
import type { Decision, Outcome } from '../../../iam/decision.ts'
import { callerOf, type Step } from '../policy/steps.ts'
import { allowingStatements, explainStep, type AllowingStatement } from './explain-step.ts'
import type { VerifyFinding } from './finding.ts'
import type { AwsAnswer, LiveVerdict } from './aws-answer.ts'
import { findRole, type IamDocuments } from './iam-documents.ts'
import { judgeStep } from './judge-step.ts'
import { lookAtRules } from './sts-rules.ts'
import { permissionHabits, trustHabits } from './trust-habits.ts'

/** What comes of one hop. */
export interface HopVerdict {
  readonly hop: number
  readonly roleArn: string
  /** The OIDC provider, EKS, or the role of the hop before. */
  readonly caller: string
  readonly outcome: Outcome
  /** Which statements allow it. */
  readonly allowedBy: readonly AllowingStatement[]
  readonly findings: readonly VerifyFinding[]
  /** Where it was really walked. */
  readonly aws?: AwsAnswer
}

/** What comes of a chain. */
export interface ChainVerdict {
  /** Whether every hop is. */
  readonly outcome: Outcome
  readonly hops: readonly HopVerdict[]
  /** What could change the answer and was not looked at. */
  readonly unseen: readonly string[]
  /** Where it was really walked. */
  readonly live?: LiveVerdict
}

/** Where policies of VPC endpoints could decide. */
export const VPC_ENDPOINTS = 'policies of VPC endpoints for STS'

/** Policies that no reader of an AWS account's IAM can see, or that nothing here evaluates. */
export const NEVER_SEEN = [
  'service control policies (SCP) and resource control policies (RCP) of the organization',
  VPC_ENDPOINTS,
] as const

function worst(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('refused')) return 'refused'
  return outcomes.includes('undecided') ? 'undecided' : 'allowed'
}

/** A role whose ARN differs only in its path: the mistake that is hardest to see. */
function findNamesake({ roles }: IamDocuments, arn: string): string | undefined {
  const name = parseRoleArn(arn)?.name
  return [...roles.keys()].find(
    (other) => accountOf(other) === accountOf(arn) && parseRoleArn(other)?.name === name,
  )
}

function toMissing({ hop, roleArn }: Step, documents: IamDocuments): VerifyFinding {
  const namesake = findNamesake(documents, roleArn)
  const other = namesake === undefined ? '' : `; there is ${namesake}`
  return {
    code: 'role_missing',
    level: 'problem',
    hop,
    side: 'trust',
    subject: roleArn,
    message: `there is no role ${roleArn}${other}`,
    ...(namesake !== undefined && { hint: `Write the ARN with its path: ${namesake}.` }),
  }
}

function habits(step: Step, documents: IamDocuments): readonly VerifyFinding[] {
  const role = findRole(documents, step.roleArn)
  const caller = step.kind === 'assume_role' ? findRole(documents, step.caller.roleArn) : undefined
  return [
    ...(role.kind === 'role' ? trustHabits(step, role.role) : []),
    ...(caller?.kind === 'role' ? permissionHabits(step, caller.role) : []),
  ]
}

/** What is refused for a value that only the pod fills is not refused yet. */
function outcomeOf(step: Step, decision: Decision): Outcome {
  const found = explainStep(step, [decision])
  const isOpen = found.length > 0 && found.every(({ code }) => code === 'cannot_tell')
  return isOpen ? 'undecided' : decision.outcome
}

/** AWS documents no measure of the packed size: what is too large by an estimate may still pass. */
function outcomeOfRule({ code, level }: VerifyFinding): Outcome {
  if (level === 'warning') return 'allowed'
  return code === 'packed_size' ? 'undecided' : 'refused'
}

function verifyHop(step: Step, documents: IamDocuments): HopVerdict {
  const { hop, roleArn } = step
  const common = { hop, roleArn, caller: callerOf(step) }
  const rules = lookAtRules(step, documents).findings
  if (findRole(documents, roleArn).kind === 'no_such_role')
    return {
      ...common,
      outcome: 'refused',
      allowedBy: [],
      findings: [toMissing(step, documents), ...rules],
    }
  // Nobody can be that caller; the hop before says so.
  if (step.kind === 'assume_role' && findRole(documents, common.caller).kind === 'no_such_role')
    return { ...common, outcome: 'undecided', allowedBy: [], findings: rules }
  const decisions = judgeStep(step, documents)
  const outcome = worst([
    ...decisions.map((decision) => outcomeOf(step, decision)),
    ...rules.map(outcomeOfRule),
  ])
  return {
    ...common,
    outcome,
    allowedBy: allowingStatements(decisions),
    findings: [...rules, ...explainStep(step, decisions), ...habits(step, documents)],
  }
}

/** Whether the chain can be walked, by all that was read, and why not. */
export function verifyChain(steps: readonly Step[], documents: IamDocuments): ChainVerdict {
  const hops = steps.map((step) => verifyHop(step, documents))
  return {
    outcome: worst(hops.map(({ outcome }) => outcome)),
    hops,
    unseen: [...steps.flatMap((step) => lookAtRules(step, documents).unseen), ...NEVER_SEEN],
  }
}
