/** How many connections fit into the process's limit of open files. Linux tells it; elsewhere there is no container. */
import { readdirSync, readFileSync } from 'node:fs'

/** An idle connection costs some 10 KB: a pod has few clients, and these are 10 MB. */
const MOST_CONNECTIONS = 1_024

/** For the child's pipes, the state and token files, probes, and sixteen readers of metrics. */
const RESERVED_FILES = 48

/** With fewer, no client could be served. */
const FEWEST_CONNECTIONS = 8

/**
 * To be called before there are connections: what is open now stays open. Node has raised the limit as far as it may.
 */
export function readConnectionLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const [, limit = ''] = /^Max open files +(\d+|unlimited) /m.exec(limits) ?? []
    return toConnectionLimit(Number(limit), readdirSync('/proc/self/fd').length)
  } catch {
    return MOST_CONNECTIONS
  }
}

/** NaN stands for no limit. Where little is left, half of it is for connections. */
export function toConnectionLimit(limit: number, openFiles: number): number {
  if (Number.isNaN(limit)) return MOST_CONNECTIONS
  const left = limit - openFiles
  const fitting = Math.floor(left - Math.min(RESERVED_FILES, left / 2))
  return Math.max(FEWEST_CONNECTIONS, Math.min(MOST_CONNECTIONS, fitting))
}
