/** How a pod's sidecar is to be: the operational annotations over the configuration's defaults. Which roles, `targets.ts` says. */
import {
  badValue,
  type Annotations,
  type Annotation,
  type ChainAnnotations,
} from '../../annotations/annotations.ts'
import type { Configuration } from '../../configuration/configuration.ts'
import type { ChainKey } from '../../vocabulary/keys.ts'
import type { Findings } from '../../vocabulary/reasons.ts'
import { readCsvRecord, readNames } from '../../annotations/skip-list.ts'
import { isRegion, quantityProblem } from '../../formats/limits.ts'

/** Amounts that the pod itself asks for the sidecar; what it does not ask is absent. */
export type ResourceOverrides = Readonly<Partial<Record<ResourceKey, string>>>

const RESOURCE_KEYS = [
  'sidecar-cpu-request',
  'sidecar-cpu-limit',
  'sidecar-memory-request',
  'sidecar-memory-limit',
] as const satisfies readonly ChainKey[]

export type ResourceKey = (typeof RESOURCE_KEYS)[number]

export interface PodSettings {
  readonly isGateOn: boolean
  /** As the annotation says; null leaves it to the container and the configuration. */
  readonly region: string | null
  /** Which containers get the default target; null when nobody said. */
  readonly containers: {
    readonly names: readonly string[] | '*'
    readonly written: Annotation
  } | null
  /** Containers that the pod says are to be left alone. */
  readonly skipped: ReadonlySet<string>
  readonly deniesConflicts: boolean
  readonly port: number
  readonly resources: ResourceOverrides
}

/** Reads the operational annotations. A value that is not allowed is a problem, and its default stands in for it. */
export function readSettings(
  written: ChainAnnotations,
  {
    podAnnotations,
    configuration,
  }: { readonly podAnnotations: Annotations; readonly configuration: Configuration },
  findings: Findings,
): PodSettings {
  const { settings } = configuration
  const read = <Value>(key: ChainKey, parse: (text: string) => Value | Problem) =>
    readValue(written[key], parse, findings)
  read('inject', () =>
    problem('is not "false", the only value; to have the pod injected, remove the annotation'),
  )
  const containers = read('containers', readContainerNames)
  return {
    isGateOn: (read('gate', oneOf('on', 'off')) ?? settings.gate) === 'on',
    region:
      read('region', (text) =>
        isRegion(text) ? text : problem('is not a region; write one such as eu-west-1'),
      ) ?? null,
    containers:
      containers !== undefined && written.containers
        ? { names: containers, written: written.containers }
        : null,
    skipped: readSkipped({ written, podAnnotations, configuration }, findings),
    deniesConflicts: (read('on-conflict', oneOf('deny', 'warn')) ?? settings.onConflict) === 'deny',
    port: read('sidecar-port', readPort) ?? settings.sidecar.port,
    resources: readResources(written, findings),
  }
}

interface Problem {
  readonly problem: string
}

function problem(text: string): Problem {
  return { problem: text }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'problem' in value
}

function readValue<Value>(
  written: Annotation | undefined,
  parse: (text: string) => Value | Problem,
  { problems }: Findings,
): Value | undefined {
  if (written === undefined) return undefined
  const value = parse(written.value)
  if (!isProblem(value)) return value
  problems.push(badValue(written, value.problem))
  return undefined
}

function oneOf<Choice extends string>(
  ...choices: readonly Choice[]
): (text: string) => Choice | Problem {
  return (text) =>
    choices.find((choice) => choice === text) ??
    problem(`is not one of ${choices.join(', ')} (in quotes: "${choices.join('", "')}")`)
}

function readContainerNames(text: string): readonly string[] | '*' | Problem {
  return text.trim() === '*'
    ? '*'
    : (readNames(text) ?? problem('has to be names of containers separated by commas, or *'))
}

function readPort(text: string): number | Problem {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1024 && port <= 65_535 ? port : problem('has to be a port from 1024 to 65535')
}

function readResources(written: ChainAnnotations, findings: Findings): ResourceOverrides {
  const asked: Partial<Record<ResourceKey, string>> = {}
  for (const key of RESOURCE_KEYS) {
    const value = readValue(
      written[key],
      (text) => {
        const found = quantityProblem(text)
        return found === null ? text : problem(found)
      },
      findings,
    )
    if (value !== undefined) asked[key] = value
  }
  return asked
}

/** Our key and upstream's both count. */
function readSkipped(
  {
    written,
    podAnnotations,
    configuration,
  }: {
    readonly written: ChainAnnotations
    readonly podAnnotations: Annotations
    readonly configuration: Configuration
  },
  findings: Findings,
): ReadonlySet<string> {
  const ours =
    readValue(
      written['skip-containers'],
      (text) => readNames(text) ?? problem('has to be names of containers separated by commas'),
      findings,
    ) ?? []
  const label = configuration.parityAnnotationNames['skip-containers']
  const value = podAnnotations[label]
  if (value === undefined) return new Set(ours)
  const upstreams = readCsvRecord(value)
  if (upstreams === null)
    findings.problems.push(
      badValue(
        { label, value, isOnPod: true },
        'has to be names of containers separated by commas',
      ),
    )
  return new Set([...ours, ...(upstreams ?? []).map((name) => name.trim())])
}
