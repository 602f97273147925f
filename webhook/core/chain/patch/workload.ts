/** What a container gains that may use a target: variables, and the mount of its endpoint token. */
import type { Operation } from 'fast-json-patch'
import { credentialsPath, endpointTokenFolder, TOKEN_FILE } from '../../../../sidecar/contract.ts'
import type { ManagedParts } from '../../parity/eks-webhook.ts'
import { isSame } from '../../pod/equality.ts'
import { decideNoProxy } from '../plan/no-proxy.ts'
import { changeArray } from '../../pod/operations.ts'
import { findVariable, type Container, type Variable } from '../../pod/pod.ts'
import { endpointTokenMount } from './sidecar-container.ts'
import {
  isOurs,
  METADATA_VARIABLE,
  isTokenPath,
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
  { container, target }: { readonly container: Container; readonly target: string },
  settings: WorkloadSettings,
  managed: ManagedParts,
): WorkloadDecision {
  const taken = new Set(managed.variables)
  const variables = container.variables.filter((variable) => !taken.has(variable))
  const regions = regionVariables(variables, settings.region)
  const endpoint = endpointChange(variables, { target, port: settings.port })
  const noProxy = decideNoProxy(variables)
  const appended = [
    ...(settings.useRegionalSts ? absent(variables, REGIONAL_STS_VARIABLE, 'regional') : []),
    ...regions.appended,
    ...endpoint.appended,
    ...absent(variables, METADATA_VARIABLE, 'true'),
    ...noProxy.appended,
  ]
  const metadata = findVariable(variables, METADATA_VARIABLE)
  const { pointer, raw } = container
  return {
    operations: [
      ...[...endpoint.replaced, ...noProxy.replaced].map(({ variable, value }): Operation => ({
        op: 'add',
        path: `${pointer}/env/${variable.index}/value`,
        value,
      })),
      ...changeArray(pointer, 'env', {
        parent: raw,
        removed: managed.variables.map(({ index }) => index),
        appended: appended.map(([name, value]) => ({ name, value })),
      }),
      ...mountOperations(container, target, managed),
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
 */
function regionVariables(
  variables: readonly Variable[],
  region: string | null,
): { readonly appended: readonly Named[]; readonly isKnown: boolean } {
  const own = findVariable(variables, 'AWS_REGION')
  const ownDefault = findVariable(variables, 'AWS_DEFAULT_REGION')
  const known = own ?? ownDefault
  const value = known === undefined ? region : (known.value ?? `$(${known.name})`)
  if (value === null || value === '') return { appended: [], isKnown: false }
  return {
    appended: [
      ...absent(variables, 'AWS_REGION', value),
      ...absent(variables, 'AWS_DEFAULT_REGION', value),
    ],
    isKnown: true,
  }
}

/**
 * A pair of another port or target, as copied pods have, is brought up to date. Beside a foreign half ours would be
 * sent to strangers.
 */
function endpointChange(
  variables: readonly Variable[],
  { target, port }: { readonly target: string; readonly port: number },
) {
  const wanted: readonly Named[] = [
    [FULL_URI_VARIABLE, `http://127.0.0.1:${port}${credentialsPath(target)}`],
    [TOKEN_FILE_VARIABLE, `${endpointTokenFolder(target)}/${TOKEN_FILE}`],
  ]
  const present = variables.filter(
    ({ name }) => name === FULL_URI_VARIABLE || name === TOKEN_FILE_VARIABLE,
  )
  if (present.some((variable) => !isOurs(variable))) return { appended: [], replaced: [] }
  const values = new Map(wanted)
  return {
    appended: wanted.filter(([name]) => !present.some((variable) => variable.name === name)),
    replaced: present.flatMap((variable) => {
      const value = values.get(variable.name)
      return value === undefined || value === variable.value ? [] : [{ variable, value }]
    }),
  }
}

/** The mount, in the place of whatever stands under its name or path. */
function mountOperations(
  { pointer, raw, mounts }: Container,
  target: string,
  managed: ManagedParts,
): readonly Operation[] {
  const wanted = endpointTokenMount(target)
  const standing = mounts.filter(
    ({ volume, path }) => volume === wanted['name'] || isTokenPath(path, target),
  )
  const isThere = standing.length === 1 && standing.every((mount) => isSame(wanted, mount.raw))
  const removed = [...managed.mounts, ...(isThere ? [] : standing)].map(({ index }) => index)
  return changeArray(pointer, 'volumeMounts', {
    parent: raw,
    removed,
    appended: isThere ? [] : [wanted],
  })
}
