/**
 * A control group of the bench's own, as the kubelet makes one for a container: a cpu quota, and its anonymous memory
 * as the kernel counts it. Both versions of the interface; where none may be made (no root, no such mount) the bench
 * says so and measures without.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Quotas are per this period, as the kubelet sets them. */
const PERIOD_US = 100_000

export interface ControlGroup {
  /** `command` as it has to be started to run in the group from its first instruction on. */
  readonly wrap: (command: readonly string[]) => readonly string[]
  readonly readAnonymousKib: () => number
  /** Of files in memory, which count as its processes' own. */
  readonly readSharedKib: () => number
  /** Waits for the last of its processes: a child may end a moment after who started it. */
  readonly remove: () => Promise<void>
}

interface Layout {
  readonly folders: readonly string[]
  readonly quota: (milliCpu: number) => { readonly file: string; readonly text: string }
  /** Where the kernel counts, and under which word; that of files in memory is the same everywhere. */
  readonly memory: { readonly file: string; readonly word: string }
}

/** 5 s in all. */
const REMOVAL_TRIES = 250

const ROOT = '/sys/fs/cgroup'

/** A group that may use `milliCpu` thousandths of a processor; a text says why none can be made. */
export function makeControlGroup(name: string, milliCpu: number): ControlGroup | string {
  const layout = readLayout(`rolechain-bench-${process.pid}-${name}`)
  try {
    for (const folder of layout.folders) mkdirSync(folder)
    const { file, text } = layout.quota((milliCpu * PERIOD_US) / 1000)
    writeFileSync(file, text)
  } catch (error) {
    for (const folder of layout.folders) if (existsSync(folder)) rmdirSync(folder)
    return error instanceof Error ? error.message : String(error)
  }
  const { memory, folders } = layout
  const enter = folders.map((folder) => `echo $$ > ${folder}/cgroup.procs`).join(' && ')
  return {
    wrap: (command) => ['/bin/sh', '-c', `${enter} && exec "$@"`, 'sh', ...command],
    readAnonymousKib: () => readKib(memory.file, memory.word),
    readSharedKib: () => readKib(memory.file, 'shmem'),
    remove: async () => {
      for (const folder of folders) await removeFolder(folder)
    },
  }
}

function readKib(file: string, word: string): number {
  const counted = new RegExp(`^${word} (\\d+)`, 'm').exec(readFileSync(file, 'utf8'))
  return Number(counted?.[1] ?? Number.NaN) / 1024
}

function readLayout(name: string): Layout {
  if (existsSync(join(ROOT, 'cgroup.controllers'))) {
    const folder = join(ROOT, name)
    return {
      folders: [folder],
      quota: (quotaUs) => ({ file: join(folder, 'cpu.max'), text: `${quotaUs} ${PERIOD_US}` }),
      memory: { file: join(folder, 'memory.stat'), word: 'anon' },
    }
  }
  const cpu = join(ROOT, 'cpu', name)
  const memory = join(ROOT, 'memory', name)
  return {
    folders: [cpu, memory],
    quota: (quotaUs) => ({ file: join(cpu, 'cpu.cfs_quota_us'), text: String(quotaUs) }),
    memory: { file: join(memory, 'memory.stat'), word: 'rss' },
  }
}

async function removeFolder(folder: string): Promise<void> {
  for (let left = REMOVAL_TRIES; ; left -= 1) {
    try {
      // Only an empty group can be removed, and only its folder: its files are the kernel's.
      return rmdirSync(folder)
    } catch (error) {
      if (left === 0) throw error
      await delay(20)
    }
  }
}
