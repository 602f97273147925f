/** What a container gains that may use targets: variables, and the mounts of its endpoint tokens and profiles. */
import type { Operation } from 'fast-json-patch'
import {
  configFile,
  credentialsPath,
  endpointTokenFolder,
  TOKEN_FILE,
} from '../../../../sidecar/contract.ts'
import type { ManagedParts } from '../../parity/eks-webhook.ts'
import { decideNoProxy } from '../plan/no-proxy.ts'
import { decideRegions, hasProfiles, type Regions } from '../plan/profiles.ts'
import { changeArray } from '../../pod/operations.ts'
import { findVariable, type Variable } from '../../pod/pod.ts'
import type { Assignment } from '../request/assignment.ts'
import { mountOperations } from './workload-mounts.ts'
import {
  CONFIG_FILE_VARIABLE,
  JAVA_CONFIG_FILE_VARIABLE,
  isOurs,
  LOAD_CONFIG_VARIABLE,
  METADATA_VARIABLE,
  FULL_URI_VARIABLE,
  TOKEN_FILE_VARIABLE,
  REGIONAL_STS_VARIABLE,
} from '../../vocabulary/names.ts'

/** What all containers of a pod share. */
export interface WorkloadSettings {
  readonly port: number
  /** For containers that say nothing; null when none is known. */
  readonly region: string | null
  readonly useRegionalSts: boolean
}

export interface WorkloadDecision {
  readonly operations: readonly Operation[]
  readonly hasRegion: boolean
  readonly keepsMetadata: boolean
}

/** The operations for one container; `managed` is what EKS's webhook put there and is taken away. */
export function decideWorkload(
  assignment: Assignment,
  settings: WorkloadSettings,
  managed: ManagedParts,
): WorkloadDecision {
  const { container } = assignment
  const taken = new Set(managed.variables)
  const variables = container.variables.filter((variable) => !taken.has(variable))
  const regions = regionVariables(variables, decideRegions(assignment, settings.region))
  const endpoint = ownChange(variables, endpointVariables(assignment, settings.port))
  const profiles = ownChange(variables, profileVariables(assignment))
  const noProxy = decideNoProxy(variables)
  const appended = [
    ...(settings.useRegionalSts ? absent(variables, REGIONAL_STS_VARIABLE, 'regional') : []),
    ...regions.appended,
    ...endpoint.appended,
    ...profiles.appended,
    ...absent(variables, METADATA_VARIABLE, 'true'),
    ...noProxy.appended,
  ]
  const metadata = findVariable(variables, METADATA_VARIABLE)
  const { pointer, raw } = container
  return {
    operations: [
      ...[...endpoint.replaced, ...profiles.replaced, ...noProxy.replaced].map(
        ({ variable, value }): Operation => ({
          op: 'add',
          path: `${pointer}/env/${variable.index}/value`,
          value,
        }),
      ),
      ...changeArray(pointer, 'env', {
        parent: raw,
        removed: [...managed.variables, ...endpoint.removed, ...profiles.removed].map(
          ({ index }) => index,
        ),
        appended: appended.map(([name, value]) => ({ name, value })),
      }),
      ...mountOperations(assignment, managed),
    ],
    hasRegion: regions.isKnown,
    keepsMetadata:
      metadata?.value !== undefined &&
      metadata.value !== null &&
      metadata.value.toLowerCase() === 'false',
  }
}

type Named = readonly [name: string, value: string]

function absent(variables: readonly Variable[], name: string, value: string): readonly Named[] {
  return findVariable(variables, name) === undefined ? [[name, value]] : []
}

/**
 * SDKs read one of the two or the other, so a container's own word for one holds for both.
 *
 *   AWS_REGION | AWS_DEFAULT_REGION | added
 *   ---------- | ------------------ | -----
 *   yes        | yes                | nothing
 *   yes        | no                 | AWS_DEFAULT_REGION, the same
 *   no         | yes                | AWS_REGION, the same
 *   no         | no                 | both, if a region is known
 *
 * Nothing where the profiles have regions of their own: in most SDKs a variable beats them.
 */
function regionVariables(
  variables: readonly Variable[],
  regions: Regions,
): { readonly appended: readonly Named[]; readonly isKnown: boolean } {
  const own = findVariable(variables, 'AWS_REGION')
  const ownDefault = findVariable(variables, 'AWS_DEFAULT_REGION')
  const known = own ?? ownDefault
  if (regions.kind === 'profiles')
    return { appended: [], isKnown: regions.isKnown || (known !== undefined && known.value !== '') }
  const value = known === undefined ? regions.region : (known.value ?? `$(${known.name})`)
  if (value === null || value === '') return { appended: [], isKnown: false }
  return {
    appended: [
      ...absent(variables, 'AWS_REGION', value),
      ...absent(variables, 'AWS_DEFAULT_REGION', value),
    ],
    isKnown: true,
  }
}

/** Variables that are ours to set, all of them or none. */
interface OwnVariables {
  /** What they are to be; those that are not here are not to be there. */
  readonly wanted: readonly Named[]
  /** By their values one sees who has written them. */
  readonly names: readonly string[]
  /** They go with the first, and have a value that others may write too. */
  readonly companions: readonly Named[]
}

function endpointVariables({ byDefault }: Assignment, port: number): OwnVariables {
  const wanted: readonly Named[] =
    byDefault === null
      ? []
      : [
          [FULL_URI_VARIABLE, `http://127.0.0.1:${port}${credentialsPath(byDefault.name)}`],
          [TOKEN_FILE_VARIABLE, `${endpointTokenFolder(byDefault.name)}/${TOKEN_FILE}`],
        ]
  return { wanted, names: [FULL_URI_VARIABLE, TOKEN_FILE_VARIABLE], companions: [] }
}

function profileVariables(assignment: Assignment): OwnVariables {
  const file = configFile(assignment.container.name)
  const names = [CONFIG_FILE_VARIABLE, JAVA_CONFIG_FILE_VARIABLE]
  return {
    wanted: hasProfiles(assignment) ? names.map((name) => [name, file]) : [],
    names,
    companions: [[LOAD_CONFIG_VARIABLE, '1']],
  }
}

/**
 * Values of another port, target or container, as copied pods have, are brought up to date, or taken away. Beside a
 * foreign half of a pair ours would be sent to strangers, so then nothing is done.
 */
function ownChange(
  variables: readonly Variable[],
  { wanted, names, companions }: OwnVariables,
): {
  readonly appended: readonly Named[]
  readonly replaced: readonly { readonly variable: Variable; readonly value: string }[]
  readonly removed: readonly Variable[]
} {
  const present = variables.filter(({ name }) => names.includes(name))
  if (present.some((variable) => !isOurs(variable)))
    return { appended: [], replaced: [], removed: [] }
  if (wanted.length === 0) {
    const removed = present.length === 0 ? [] : variables.filter(isAny(companions))
    return { appended: [], replaced: [], removed: [...present, ...removed] }
  }
  const values = new Map(wanted)
  return {
    appended: [...wanted, ...companions].filter(
      ([name]) => findVariable(variables, name) === undefined,
    ),
    replaced: present.flatMap((variable) => {
      const value = values.get(variable.name)
      return value === undefined || value === variable.value ? [] : [{ variable, value }]
    }),
    removed: [],
  }
}

function isAny(named: readonly Named[]): (variable: Variable) => boolean {
  return ({ name, value }) => named.some(([key, text]) => key === name && text === value)
}
