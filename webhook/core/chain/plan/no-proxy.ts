/**
 * Keeps a container's proxy away from the endpoint: Kotlin and Rust SDKs proxy this call, and a CIDR does not help
 * Kotlin.
 */
import { findVariable, type Variable } from '../../pod/pod.ts'
import type { Finding } from '../../vocabulary/reasons.ts'

const LOOPBACK = '127.0.0.1'
const SPELLINGS = ['NO_PROXY', 'no_proxy'] as const
const PROXY = /^(?:https?|all)_proxy$/i

export interface NoProxyChange {
  readonly replaced: readonly { readonly variable: Variable; readonly value: string }[]
  readonly appended: readonly (readonly [name: string, value: string])[]
}

/**
 * Both spellings become what either had, and the loopback: programs differ in which they prefer, so a short one must
 * not hide a long one. A `valueFrom` is left alone; a spelling that is missing beside it refers to it. Nothing where
 * the container sets no proxy.
 */
export function decideNoProxy(variables: readonly Variable[]): NoProxyChange {
  if (!hasProxy({ variables })) return { replaced: [], appended: [] }
  const found = SPELLINGS.map((name) => findVariable(variables, name))
  const literal = found.flatMap((variable) =>
    variable?.value == null ? [] : hostsOf(variable.value),
  )
  const reference = SPELLINGS.filter((_, index) => found[index]?.value === null).map(
    (name) => `$(${name})`,
  )
  const wanted = toHosts(literal)
  return {
    replaced: found.flatMap((variable) => {
      if (variable?.value == null) return []
      const held = new Set(hostsOf(variable.value))
      return wanted.every((host) => held.has(host)) ? [] : [{ variable, value: wanted.join(',') }]
    }),
    appended: SPELLINGS.filter((_, index) => found[index] === undefined).map(
      (name) => [name, [...reference, ...wanted].join(',')] as const,
    ),
  }
}

/** Of all containers of a pod together; each host takes a fifth of a microsecond. */
const LENGTH_LIMIT = 64 * 1024

/**
 * Lists that are too long to be rewritten: left as they are, they would send the endpoint's credentials through the
 * proxy.
 */
export function noProxyProblems(
  containers: readonly { readonly variables: readonly Variable[] }[],
): readonly Finding[] {
  let length = 0
  for (const { variables } of containers.filter(hasProxy)) {
    for (const name of SPELLINGS) length += findVariable(variables, name)?.value?.length ?? 0
  }
  if (length <= LENGTH_LIMIT) return []
  const message = `NO_PROXY and no_proxy of the containers have ${length} characters in all, and may have ${LENGTH_LIMIT}, since rolechain adds ${LOOPBACK} to each; shorten them`
  return [{ reason: 'pod_too_large', message }]
}

function hasProxy({ variables }: { readonly variables: readonly Variable[] }): boolean {
  return variables.some(({ name, value }) => PROXY.test(name) && value !== '')
}

/** `*` alone means every host; some programs know it only when nothing stands beside it. */
function toHosts(hosts: readonly string[]): readonly string[] {
  return hosts.includes('*') ? ['*'] : [...new Set([...hosts, LOOPBACK])]
}

function hostsOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '')
}
