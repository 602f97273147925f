/**
 * How a pod's sidecar is to be: the operational annotations over the configuration's defaults. Which roles,
 * `targets.ts` says.
 */
import {
  badValue,
  type Annotations,
  type Annotation,
  type ChainAnnotations,
} from '../../annotations/annotations.ts'
import type { Configuration } from '../../configuration/configuration.ts'
import { GATES, type ChainKey, type Gate } from '../../vocabulary/keys.ts'
import type { Finding } from '../../vocabulary/reasons.ts'
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
  readonly gate: Gate
  /** As the annotation says; null leaves it to the container and the configuration. */
  readonly region: string | null
  /** Which containers get the default target. Null when the annotation is absent. */
  readonly containers: {
    readonly names: readonly string[] | '*'
    readonly annotation: Annotation
  } | null
  /** Containers that the pod says are to be left alone. */
  readonly skipped: ReadonlySet<string>
  readonly deniesConflicts: boolean
  readonly port: number
  readonly resources: ResourceOverrides
}

type Settings = Configuration['settings']

/** Reads the operational annotations. A value that is not allowed is a problem, and its default stands in for it. */
export function readSettings(
  annotations: ChainAnnotations,
  podAnnotations: Annotations,
  configuration: Pick<Configuration, 'parityAnnotationNames'> & {
    readonly settings: Pick<Settings, 'gate' | 'onConflict' | 'sidecar'>
  },
): { readonly settings: PodSettings; readonly problems: readonly Finding[] } {
  const { gate, onConflict, sidecar } = configuration.settings
  const problems: Finding[] = []
  const read = <Value>(key: ChainKey, parse: (text: string) => Value | Problem) =>
    readValue(annotations[key], parse, problems)
  read('inject', () =>
    problem('is not "false", the only value; to have the pod injected, remove the annotation'),
  )
  const names = read('containers', readContainerNames)
  const settings: PodSettings = {
    gate: read('gate', oneOf(...GATES)) ?? gate,
    region:
      read('region', (text) =>
        isRegion(text) ? text : problem('is not a region; write one such as eu-west-1'),
      ) ?? null,
    containers:
      names !== undefined && annotations.containers
        ? { names, annotation: annotations.containers }
        : null,
    skipped: new Set([
      ...(read('skip-containers', (text) => readNames(text) ?? NO_NAMES) ?? []),
      ...readUpstreamsSkipped(podAnnotations, configuration.parityAnnotationNames, problems),
    ]),
    deniesConflicts: (read('on-conflict', oneOf('deny', 'warn')) ?? onConflict) === 'deny',
    port: read('sidecar-port', readPort) ?? sidecar.port,
    resources: Object.fromEntries(
      RESOURCE_KEYS.flatMap((key) => {
        const amount = read(key, readAmount)
        return amount === undefined ? [] : [[key, amount]]
      }),
    ),
  }
  return { settings, problems }
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

/** Adds to `problems` what is wrong with the value. */
function readValue<Value>(
  annotation: Annotation | undefined,
  parse: (text: string) => Value | Problem,
  problems: Finding[],
): Value | undefined {
  if (annotation === undefined) return undefined
  const value = parse(annotation.value)
  if (!isProblem(value)) return value
  problems.push(badValue(annotation, value.problem))
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

function readAmount(text: string): string | Problem {
  const found = quantityProblem(text)
  return found === null ? text : problem(found)
}

const NO_NAMES = problem('has to be names of containers separated by commas')

/** Upstream's key counts beside ours. */
function readUpstreamsSkipped(
  podAnnotations: Annotations,
  names: Configuration['parityAnnotationNames'],
  problems: Finding[],
): readonly string[] {
  const label = names['skip-containers']
  const value = podAnnotations[label]
  const annotation = value === undefined ? undefined : { label, value, isOnPod: true }
  const read = readValue(annotation, (text) => readCsvRecord(text) ?? NO_NAMES, problems)
  return (read ?? []).map((name) => name.trim())
}
