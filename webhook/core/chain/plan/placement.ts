/** Where among the init containers the sidecar stands, and whether a mesh leaves room for the gate. */
import type { KnownContainers } from '../../configuration/configuration.ts'
import type { Pod } from '../../pod/pod.ts'
import type { Gate } from '../../vocabulary/keys.ts'
import type { Finding } from '../../vocabulary/reasons.ts'

/**
 * The index among the init containers without the sidecar: before the first ordinary one, so that all that use a target
 * find the endpoint, and after those of meshes that stand before it.
 */
export function decideIndex(
  { containers }: Pod,
  { isMeshProxy, isMeshInitContainer }: KnownContainers,
): number {
  const initContainers = containers.filter(({ list }) => list === 'initContainers')
  const first = initContainers.findIndex(
    ({ name }) => !isMeshProxy(name) && !isMeshInitContainer(name),
  )
  return first === -1 ? initContainers.length : first
}

/** Whether the containers wait for the first credentials: as asked, but for a pod in which they would wait for ever. */
export function decideGate(
  pod: Pod,
  asked: Gate,
  known: KnownContainers,
): { readonly gate: Gate; readonly warnings: readonly Finding[] } {
  const proxy = asked === 'off' ? null : findLateProxy(pod, known)
  if (proxy === null) return { gate: asked, warnings: [] }
  const message = `the gate is off: the mesh's proxy '${proxy}' is no native sidecar and lets nothing reach STS before the containers start; make it native, or expect first calls to fail`
  return { gate: 'off', warnings: [{ reason: 'gate_off_mesh', message }] }
}

/**
 * The proxy of a mesh that runs as an ordinary container: until it does, the mesh swallows the pod's traffic, so a gate
 * that waits for STS would wait for ever. Null where there is none, and in a gateway: there it is alone, and no init
 * container turns traffic to it.
 */
function findLateProxy(
  { containers }: Pod,
  { isMeshProxy, isMeshInitContainer }: KnownContainers,
): string | null {
  const ordinary = containers.filter(({ list }) => list === 'containers')
  const proxies = ordinary.filter(({ name }) => isMeshProxy(name))
  const isGateway =
    proxies.length === ordinary.length && containers.every(({ name }) => !isMeshInitContainer(name))
  return isGateway ? null : (proxies[0]?.name ?? null)
}
