/** Which targets a pod asks for, in which of the three ways. The chains begin with the base role, if there is one. */
import type { Hop } from '../../../../sidecar/contract.ts'
import { DEFAULT_TARGET } from '../../../../sidecar/contract.ts'
import type { Annotation, ChainAnnotations } from '../../annotations/annotations.ts'
import type { AnnotationNames, Configuration, Policy } from '../../configuration/configuration.ts'
import { readFlatChain } from './flat-chain.ts'
import { readSessionName, sessionWarnings } from './session-settings.ts'
import type { FieldLabel } from './field-label.ts'
import { chainProblems, selfWarnings, withDuration, type Render } from './hops.ts'
import { TARGET_KEYS, type SourceKind, type TargetKey } from '../../vocabulary/keys.ts'
import {
  judgeAssociation,
  judgeBaseRole,
  judgeChainName,
  judgeRoles,
  type Requester,
} from './policy.ts'
import { joinFindings, type Finding, type Findings } from '../../vocabulary/reasons.ts'
import type { PodSettings } from './pod-settings.ts'
import { targetKeyProblems } from '../../annotations/target-keys.ts'
import { readTargetsAnnotation } from '../../annotations/targets-annotation.ts'
import { roleArnProblem } from '../../formats/limits.ts'
import { shorten } from '../../formats/name-list.ts'

/** A target with the containers that are to have it. */
export interface TargetRequest {
  readonly name: string
  /** All hops, the base role first where there is one. */
  readonly chain: readonly Hop[]
  readonly containers: readonly string[] | '*'
  /** The annotation that says which containers, or that asks for the target. */
  readonly annotation: Annotation
  /** Its containers are named inside the annotation `targets`, and not by one of their own. */
  readonly isInTargets: boolean
  /** Of its own; null leaves it to the pod, the container and the configuration. */
  readonly region: string | null
  /** A container that matches several targets has this one as its default credentials too. */
  readonly isDefault: boolean
}

/** What the chain depends on beside the annotations. */
export interface ChainContext {
  readonly annotations: ChainAnnotations
  /** The service account's role where chains begin with it, or null. */
  readonly baseRole: string | null
  readonly source: SourceKind
  readonly requester: Requester
  readonly render: Render
  /** Which containers get the default target. */
  readonly containers: PodSettings['containers']
  readonly configuration: Policy &
    Pick<AnnotationNames, 'parityAnnotationNames'> & {
      readonly settings: Pick<Configuration['settings'], 'durationSeconds' | 'sessionName'>
    }
}

/** The targets that the annotations ask for. With a problem they mean nothing. */
export function readTargets(
  context: ChainContext,
): Findings & { readonly targets: readonly TargetRequest[]; readonly sessionName: string } {
  const { annotations } = context
  const read = TARGET_KEYS.flatMap((key) => {
    const annotation = annotations[key]
    return annotation === undefined ? [] : [READERS[key](context, annotation)]
  })
  if (read.length === 0 && annotations.source !== undefined) {
    read.push(readSourceItself(context, annotations.source))
  }
  const targets = read.flatMap((reading) => reading.targets)
  const name = readSessionName(context)
  return {
    targets: read.length > 1 ? [] : targets,
    sessionName: name.sessionName,
    ...joinFindings(
      { problems: [...targetKeyProblems(annotations), ...baseRoleProblems(context)] },
      ...read,
      { warnings: sessionWarnings(targets, context.source) },
      name,
    ),
  }
}

/** The targets that one annotation asks for. */
type Reader = (
  context: ChainContext,
  annotation: Annotation,
) => Findings & { readonly targets: readonly TargetRequest[] }

const READERS: Readonly<Record<TargetKey, Reader>> = {
  'target-role-arn': (context, annotation) => {
    const flat = readFlatChain(context.annotations, annotation, context)
    const problems = [
      ...flat.problems,
      ...judgeRoles(flat.named, { label: annotation.label, ...context }),
    ]
    return {
      targets: [defaultTarget(context, annotation, flat.chain)],
      ...joinFindings({ problems }, judgeChain(flat.chain, flat.label, context)),
    }
  },
  target: (context, annotation) => {
    const { configuration, requester } = context
    const chain = withBaseRole(
      configuration.namedChains.get(annotation.value)?.hops ?? [],
      context.baseRole,
    )
    const label: FieldLabel = (hop, field) =>
      `${annotation.label}: '${annotation.value}', ${field} of hop ${hop + 1}`
    return {
      targets: [defaultTarget(context, annotation, chain)],
      ...joinFindings(
        { problems: judgeChainName(annotation, requester, configuration) },
        judgeChain(chain, label, context),
      ),
    }
  },
  targets: (context, annotation) => {
    const read = readTargetsAnnotation(annotation)
    const offset = context.baseRole === null ? 0 : 1
    const targets = read.targets.map(({ name, hops, ...entry }) => {
      const chain = withBaseRole(hops, context.baseRole)
      const label: FieldLabel = (hop, field) =>
        `${annotation.label}: ${name}.chain[${hop - offset}].${field}`
      const roleArns = hops.map(({ roleArn }) => roleArn)
      return {
        target: {
          name,
          chain: withDuration(chain, context.configuration.settings.durationSeconds),
          ...entry,
          annotation,
          isInTargets: true,
        },
        findings: joinFindings(
          {
            problems: [
              ...emptyChainProblems(chain, `${annotation.label}: ${name}.chain`, context),
              ...judgeRoles(roleArns, { label: annotation.label, ...context }),
            ],
          },
          judgeChain(chain, label, context),
        ),
      }
    })
    return {
      targets: targets.map(({ target }) => target),
      ...joinFindings(read, ...targets.map(({ findings }) => findings)),
    }
  },
}

/** With a source and no target, what it gives is the target: no role is assumed after it. */
const readSourceItself: Reader = (context, annotation) => {
  const chain = withBaseRole([], context.baseRole)
  return {
    targets: [defaultTarget(context, annotation, chain)],
    problems: emptyChainProblems(chain, `${annotation.label}: the chain`, context),
    warnings: [],
  }
}

function defaultTarget(
  { containers, configuration }: ChainContext,
  asking: Annotation,
  chain: readonly Hop[],
): TargetRequest {
  const { names = '*', annotation = asking } = containers ?? {}
  return {
    name: DEFAULT_TARGET,
    chain: withDuration(chain, configuration.settings.durationSeconds),
    containers: names,
    annotation,
    isInTargets: false,
    region: null,
    isDefault: true,
  }
}

function withBaseRole(hops: readonly Hop[], baseRole: string | null): readonly Hop[] {
  return baseRole === null ? hops : [{ roleArn: baseRole }, ...hops]
}

function emptyChainProblems(
  chain: readonly Hop[],
  label: string,
  { configuration, requester, source }: ChainContext,
): readonly Finding[] {
  if (chain.length > 0 || source === 'pod-identity') return []
  const key = configuration.parityAnnotationNames['role-arn']
  const message = `${label} is empty, which means the base role itself, and there is none; set ${key} on service account ${requester.serviceAccount}, or write a roleArn`
  return [{ reason: 'bad_value', message }]
}

function judgeChain(
  chain: readonly Hop[],
  label: FieldLabel,
  { render, source }: Pick<ChainContext, 'render' | 'source'>,
): Findings {
  return {
    problems: chainProblems(chain, { label, render, source }),
    warnings: selfWarnings(chain, label),
  }
}

function baseRoleProblems(context: ChainContext): readonly Finding[] {
  const { baseRole, source } = context
  if (source === 'pod-identity') return judgeAssociation(context)
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
