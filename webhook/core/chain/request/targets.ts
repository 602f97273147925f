/** Which targets a pod asks for, by which of the three ways, as chains that begin with the base role where there is one. */
import type { Hop } from '../../../../sidecar/contract.ts'
import { DEFAULT_SESSION_NAME, DEFAULT_TARGET } from '../../../../sidecar/contract.ts'
import { badValue, type Annotation, type ChainAnnotations } from '../../annotations/annotations.ts'
import type { Configuration } from '../../configuration/configuration.ts'
import { readFlatChain } from './flat-chain.ts'
import {
  chainProblems,
  selfWarnings,
  shortNameProblem,
  withDuration,
  type FieldLabel,
  type Render,
} from './hops.ts'
import { TARGET_KEYS, type TargetKey } from '../../vocabulary/keys.ts'
import { judgeBaseRole, judgeChainName, judgeRoles, type Requester } from './policy.ts'
import type { Finding, Findings } from '../../vocabulary/reasons.ts'
import type { PodSettings } from './settings.ts'
import { targetKeyProblems } from '../../annotations/target-keys.ts'
import { readTargetsAnnotation } from '../../annotations/targets-annotation.ts'
import { roleArnProblem, sessionNameProblem } from '../../formats/limits.ts'
import { shorten } from '../../formats/name-list.ts'

/** A target with the containers that are to have it. */
export interface TargetRequest {
  readonly name: string
  /** All hops, the base role first where there is one. */
  readonly chain: readonly Hop[]
  readonly containers: readonly string[] | '*'
  /** The annotation that says which containers, or that asks for the target. */
  readonly written: Annotation
  /** Its containers are named inside the annotation `targets`, and not by one of their own. */
  readonly isInTargets: boolean
}

export interface Asked {
  readonly targets: readonly TargetRequest[]
  readonly sessionName: string
}

/** What the chain depends on beside the annotations. */
export interface ChainContext {
  readonly written: ChainAnnotations
  /** The service account's role, or null. */
  readonly baseRole: string | null
  readonly requester: Requester
  readonly render: Render
  readonly settings: PodSettings
  readonly configuration: Configuration
}

/** Life under which a session has at times less than 15 minutes left: it is renewed when 45 to 65 % of it are left, or some tries later. */
const SHORT_SESSION_SECONDS = 2400

/** The targets that the annotations ask for. Every problem goes to `findings`; with one, the targets mean nothing. */
export function readTargets(context: ChainContext, findings: Findings): Asked {
  const { written } = context
  findings.problems.push(...targetKeyProblems(written), ...baseRoleProblems(context))
  const targets = TARGET_KEYS.flatMap((key) => {
    const annotation = written[key]
    return annotation === undefined ? [] : READERS[key](context, annotation, findings)
  })
  findings.warnings.push(...targets.flatMap(shortSessionWarnings))
  const isAmbiguous = TARGET_KEYS.filter((key) => written[key] !== undefined).length > 1
  return {
    targets: isAmbiguous ? [] : targets,
    sessionName: readSessionName(context, findings),
  }
}

type Reader = (
  context: ChainContext,
  annotation: Annotation,
  findings: Findings,
) => readonly TargetRequest[]

const READERS: Readonly<Record<TargetKey, Reader>> = {
  'target-role-arn': (context, annotation, findings) => {
    const { problems } = findings
    const flat = readFlatChain(context.written, annotation, context.baseRole)
    problems.push(
      ...flat.problems,
      ...judgeRoles(flat.named, { label: annotation.label, ...context }),
    )
    return [
      defaultTarget(
        context,
        annotation,
        checkedChain(flat.chain, { context, label: flat.label }, findings),
      ),
    ]
  },
  target: (context, annotation, findings) => {
    const { problems } = findings
    const { configuration, requester } = context
    problems.push(...judgeChainName(annotation, requester, configuration))
    const hops = configuration.namedChains.get(annotation.value)?.hops ?? []
    const label: FieldLabel = (hop, field) =>
      `${annotation.label}: '${annotation.value}', ${field} of hop ${hop + 1}`
    return [
      defaultTarget(
        context,
        annotation,
        checkedChain(withBaseRole(hops, context), { context, label }, findings),
      ),
    ]
  },
  targets: (context, annotation, findings) => {
    const { problems } = findings
    const read = readTargetsAnnotation(annotation)
    problems.push(...read.problems)
    return read.targets.map(({ name, hops, containers }) => {
      problems.push(
        ...judgeRoles(
          hops.map(({ roleArn }) => roleArn),
          { label: annotation.label, ...context },
        ),
      )
      const offset = context.baseRole === null ? 0 : 1
      const label: FieldLabel = (hop, field) =>
        `${annotation.label}: ${name}.chain[${hop - offset}].${field}`
      return {
        name,
        chain: checkedChain(withBaseRole(hops, context), { context, label }, findings),
        containers,
        written: annotation,
        isInTargets: true,
      }
    })
  },
}

function defaultTarget(
  { settings }: ChainContext,
  annotation: Annotation,
  chain: readonly Hop[],
): TargetRequest {
  const { names = '*', written = annotation } = settings.containers ?? {}
  return { name: DEFAULT_TARGET, chain, containers: names, written, isInTargets: false }
}

function withBaseRole(hops: readonly Hop[], { baseRole }: ChainContext): readonly Hop[] {
  return baseRole === null ? hops : [{ roleArn: baseRole }, ...hops]
}

function checkedChain(
  chain: readonly Hop[],
  { context, label }: { readonly context: ChainContext; readonly label: FieldLabel },
  { problems, warnings }: Findings,
): readonly Hop[] {
  problems.push(...chainProblems(chain, { label, render: context.render }))
  warnings.push(...selfWarnings(chain, label))
  return withDuration(chain, context.configuration.settings.durationSeconds)
}

function baseRoleProblems(context: ChainContext): readonly Finding[] {
  const { baseRole } = context
  if (baseRole === null) return []
  const problem = roleArnProblem(baseRole)
  if (problem === null) return judgeBaseRole(baseRole, context)
  return [
    {
      reason: 'base_role_malformed',
      message: `the service account's role-arn: '${shorten(baseRole)}' ${problem}; the chain begins with it`,
    },
  ]
}

function readSessionName(
  { written, configuration, render }: ChainContext,
  { problems }: Findings,
): string {
  const annotation = written['session-name']
  if (annotation === undefined) return configuration.settings.sessionName
  const problem = sessionNameProblem(annotation.value) ?? shortNameProblem(annotation.value, render)
  if (problem !== null) problems.push(badValue(annotation, problem))
  return problem === null ? annotation.value : DEFAULT_SESSION_NAME
}

function shortSessionWarnings({ name, chain }: TargetRequest): readonly Finding[] {
  const seconds = chain.at(-1)?.durationSeconds ?? SHORT_SESSION_SECONDS
  if (seconds >= SHORT_SESSION_SECONDS) return []
  return [
    {
      reason: 'short_session',
      message: `target '${name}': sessions of ${seconds} s are at times under the 15 minutes below which several SDKs ask on every call; use at least ${SHORT_SESSION_SECONDS}`,
    },
  ]
}
