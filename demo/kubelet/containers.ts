/** The processes of a pod's containers: each started, kept, waited for, probed and ended as its spec says. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Journal } from '../journal.ts'
import { startProgram, type Ending, type Program } from '../program.ts'
import type { Container } from '../pod.ts'
import { toCommand, toProgram } from './images.ts'

/** The pod did not start. The message is what `kubectl describe` would show. */
export class PodFailure extends Error {
  override readonly name = 'PodFailure'
}

export interface Containers {
  /** Starts an ordinary container. */
  start(container: Container): void
  /** Starts a native sidecar, and again whenever it ends. */
  keep(container: Container): void
  /** Runs an init container to its end. Throws {@link PodFailure} unless it succeeds. */
  pass(container: Container): Promise<void>
  /**
   * Runs the startup probe. Throws {@link PodFailure} when it fails: a kubelet goes on, but a demo that waits says
   * nothing.
   */
  probe(container: Container): Promise<void>
  programOf(container: string): Program | undefined
  /** Ends the process of a container, and does not start it again. */
  stop(container: string): Promise<void>
}

export interface Surroundings {
  readonly environments: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Gets what containers print, under their names, and events under `kubelet`. */
  readonly journal: Journal
}

export function createContainers({ environments, journal }: Surroundings): Containers {
  const programs = new Map<string, Program>()
  const stopped = new Set<string>()

  const event = (line: string) => journal.add({ from: 'kubelet', line })
  const run = ({ name }: Container, args: readonly string[], from: string): Program =>
    startProgram({
      args,
      environment: environments.get(name) ?? {},
      onLine: (line) => journal.add({ from, line }),
    })
  const start = (container: Container, isInit: boolean): Program => {
    const program = run(container, toProgram(container, isInit), container.name)
    programs.set(container.name, program)
    event(`${container.name} started`)
    return program
  }
  const lastWords = (from: string) =>
    journal.entries.findLast((entry) => entry.from === from)?.line ?? 'it said nothing'
  const restart = async (container: Container) => {
    while (!stopped.has(container.name)) {
      const ending = await start(container, true).ended
      if (!stopped.has(container.name)) event(`${container.name} ${toWords(ending)}`)
    }
  }

  return {
    start: (container) => void start(container, false),
    keep: (container) => void restart(container),
    async pass(container) {
      const ending = await start(container, true).ended
      event(`${container.name} ${toWords(ending)}`)
      if (ending.code === 0) return
      throw new PodFailure(
        `Init container ${container.name} ${toWords(ending)}: ${lastWords(container.name)}`,
      )
    },
    async probe(container) {
      const { exec, timeoutSeconds = 1 } = container.startupProbe ?? {}
      const args = toCommand(container, exec?.command ?? [])
      if (args === undefined) return
      const from = `${container.name} probe`
      const program = run(container, args, from)
      const late = sleep(timeoutSeconds * 1000, 'late' as const, { ref: false })
      if ((await Promise.race([program.ended, late])) === 'late') await program.stop()
      const { code } = await program.ended
      if (code !== 0) throw new PodFailure(`Startup probe failed: ${lastWords(from)}`)
      event(`${container.name}: startup probe succeeded`)
    },
    programOf: (name) => programs.get(name),
    async stop(name) {
      stopped.add(name)
      await programs.get(name)?.stop()
    },
  }
}

function toWords({ code, signal }: Ending): string {
  return signal === null ? `ended with status ${code}` : `was killed (${signal})`
}
