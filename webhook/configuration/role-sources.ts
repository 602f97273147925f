/**
 * Who has a role by other ways than annotations, as it changes while the webhook runs: the ConfigMap, and the file of
 * EKS Pod Identity.
 */
import { NO_ROLES, parseRoleMapping, type RoleMapping } from '../core/configuration/role-mapping.ts'
import type { FlagValues } from '../command-line/flags.ts'
import type { Log } from '../log/events.ts'
import { watchConfigMap, type ConfigMapData } from '../kubernetes/config-map.ts'
import type { ChangingSources } from './current.ts'
import type { KubernetesApi } from '../kubernetes/kubernetes-api.ts'
import { watchPodIdentityFile } from './pod-identity-file.ts'

export interface RoleSourceParts {
  readonly api: KubernetesApi
  readonly log: Log
  readonly everyMs: number
  readonly random: () => number
  readonly onChange: (changed: ChangingSources) => void
  /** `config_map` or `pod_identities` was read again, and whether its content is in use. */
  readonly onReload: (what: 'config_map' | 'pod_identities', isGood: boolean) => void
}

export interface RoleSources {
  /** Why pods would not get what they are to have; empty when they would. */
  readonly readUnreadiness: () => string
  /** Whether anybody has a role by them. */
  readonly isUsed: () => boolean
  readonly stop: () => Promise<void>
}

/** Upstream's name, in the namespace of the webhook. */
const configMapName = 'pod-identity-webhook'

/** Starts what the flags ask for; the file has then been looked at. */
export async function startRoleSources(
  values: FlagValues,
  parts: RoleSourceParts,
): Promise<RoleSources> {
  let isMappingRead = !values['watch-config-map']
  let mapped = 0
  let listed = 0
  const stops: (() => Promise<void>)[] = []
  if (values['watch-config-map']) {
    stops.push(
      watchRoleMapping(values.namespace, parts, (mapping) => {
        isMappingRead = true
        if (mapping === undefined) return
        mapped = mapping.size
        parts.onChange({ roleMapping: mapping })
      }),
    )
  }
  const path = values['watch-container-credentials-config']
  if (path !== '') {
    const stop = await watchPodIdentityFile({
      path,
      everyMs: parts.everyMs,
      log: parts.log,
      onRead: (isGood) => parts.onReload('pod_identities', isGood),
      onChange: (podIdentities) => {
        listed = podIdentities.size
        parts.onChange({ podIdentities })
      },
    })
    stops.push(stop)
  }
  return {
    readUnreadiness: () =>
      isMappingRead
        ? ''
        : `the ConfigMap ${values.namespace}/${configMapName} has not been read yet`,
    isUsed: () => mapped + listed > 0,
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}

/** `onMapping` gets undefined where the content is bad: what was known before stays in use. */
function watchRoleMapping(
  namespace: string,
  { api, log, random, onReload }: RoleSourceParts,
  onMapping: (mapping: RoleMapping | undefined) => void,
): () => Promise<void> {
  const subject = `The ConfigMap ${namespace}/${configMapName}`
  let known: string | undefined

  function take(data: ConfigMapData | undefined): void {
    // A watch that begins anew tells the same once more.
    const key = JSON.stringify([data?.['config'], data === undefined])
    if (key === known) return
    known = key
    if (data === undefined) {
      log('config_map_missing', `${subject} does not exist: it gives nobody a role.`)
      return onMapping(NO_ROLES)
    }
    const parsed = parseRoleMapping(data['config'])
    for (const problem of parsed.problems) log('config_map_problem', `${subject}: ${problem}.`)
    onReload('config_map', parsed.problems.length === 0)
    if (parsed.kind === 'unusable') {
      log('config_map_refused', `${subject} cannot be used. What it said before stays in use.`)
      return onMapping(undefined)
    }
    log('config_map_used', `${subject} has ${parsed.mapping.size} keys with roles.`)
    return onMapping(parsed.mapping)
  }

  return watchConfigMap({ api, namespace, name: configMapName, onData: take, log, random })
}
