/**
 * Runs a pod as processes on this machine, from its spec and nothing else, in the kubelet's order: init containers one
 * after the other, a native sidecar until its startup probe succeeds, then the containers.
 */
import { join } from 'node:path'
import { SIDECAR_VARIABLES } from '../../sidecar/contract.ts'
import type { Journal } from '../journal.ts'
import type { Container, Pod } from '../pod.ts'
import { createContainers, type Containers } from './containers.ts'
import { toEnvironment } from './environment.ts'
import { installHelper, isSidecar } from './images.ts'
import { createVolumes, type Mint } from './volumes.ts'

/** What a pod needs of its node. */
export interface Node {
  /** Everything of the pod is below this folder. */
  readonly folder: string
  readonly mint: Mint
  /** Env variables beside those of the spec, for applications only. */
  readonly plumbing: Readonly<Record<string, string>>
  /** Gets what containers print, under their names, and events under `kubelet`. */
  readonly journal: Journal
  /** What the sidecar's image has for profiles; absent: the helper's twin. */
  readonly helper?: string | undefined
}

export interface RunningPod {
  /** The folder that is `/` to a container. */
  rootOf(container: string): string
  /** The env that the container's process has got. */
  environmentOf(container: string): Readonly<Record<string, string>>
  pidOf(container: string): number | undefined
  /** Ends the process as a crash would; resolves when it is gone. What restarts it is its restart policy. */
  crash(container: string): Promise<void>
  rotateTokens(): Promise<void>
  stop(): Promise<void>
}

/** Resolves when all containers have been started. Throws `PodFailure`, with everything ended again. */
export async function startPod(pod: Pod, node: Node): Promise<RunningPod> {
  const { running, containers } = await initialisePod(pod, node)
  for (const container of pod.spec.containers) containers.start(container)
  return running
}

/**
 * Resolves when init containers have passed and native sidecars are up; the ordinary containers are left to whoever
 * runs something else in their place, with the env that they would get. Throws `PodFailure`, with everything ended
 * again.
 */
export async function initialisePod(
  pod: Pod,
  node: Node,
): Promise<{ readonly running: RunningPod; readonly containers: Containers }> {
  const volumes = await createVolumes(pod, join(node.folder, 'volumes'), node.mint)
  const rootOf = (name: string) => join(node.folder, 'containers', name)
  const environments = new Map<string, Readonly<Record<string, string>>>()
  for (const container of [...pod.spec.initContainers, ...pod.spec.containers]) {
    const root = rootOf(container.name)
    await volumes.mount(container, root)
    if (isSidecar(container)) await installHelper(root, node.helper)
    const own = isSidecar(container) ? { [SIDECAR_VARIABLES.rootFolder]: root } : node.plumbing
    environments.set(container.name, { ...toEnvironment(container, { pod, root }), ...own })
  }
  const containers = createContainers({ environments, journal: node.journal })

  const stop = async () => {
    volumes.stop()
    // As the kubelet: a native sidecar outlives the containers that use it.
    await Promise.all(pod.spec.containers.map(({ name }) => containers.stop(name)))
    for (const { name } of pod.spec.initContainers.toReversed()) await containers.stop(name)
  }

  try {
    for (const container of pod.spec.initContainers) await initialise(container, containers)
  } catch (error) {
    await stop()
    throw error
  }

  const running: RunningPod = {
    rootOf,
    environmentOf: (name) => environments.get(name) ?? {},
    pidOf: (name) => containers.programOf(name)?.pid,
    async crash(name) {
      const program = containers.programOf(name)
      program?.kill('SIGKILL')
      await program?.ended
    },
    rotateTokens: () => volumes.rotateTokens(),
    stop,
  }
  return { running, containers }
}

async function initialise(container: Container, containers: Containers): Promise<void> {
  if (container.restartPolicy !== 'Always') {
    await containers.pass(container)
    return
  }
  containers.keep(container)
  await containers.probe(container)
}
