/**
 * The version of the API server: asked again and again, since an upgrade changes what the cluster can do. Where it may
 * not be asked, the webhook goes on without.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubernetesVersion } from '../core/configuration/configuration.ts'
import type { Log } from '../log/events.ts'
import { toSentence } from '../../log/error-text.ts'
import type { KubernetesApi } from './kubernetes-api.ts'
import { ApiError } from './kubernetes-api.ts'

export interface ClusterVersionParts {
  readonly api: KubernetesApi
  readonly log: Log
  /** Told at first, and whenever it is another. */
  readonly onVersion: (version: KubernetesVersion) => void
  /** Milliseconds until it is asked again, whatever came of it; a minute unless told. */
  readonly everyMs?: number | undefined
}

export interface ClusterVersion {
  /** Whether the version is known, or is not to be had for now: refused, or {@link ATTEMPTS} times no answer. */
  readonly isSettled: () => boolean
  readonly stop: () => Promise<void>
}

/**
 * Failures that are no refusal pass most often: a webhook that has just started waits for so many before it is ready
 * without.
 */
const ATTEMPTS = 4
const firstDelayMs = 100
const answerWithinMs = 5000

/** Begins to ask, and goes on until stopped. */
export function followClusterVersion(parts: ClusterVersionParts): ClusterVersion {
  const { api, log, onVersion, everyMs = 60_000 } = parts
  const stopping = new AbortController()
  let known: KubernetesVersion | undefined
  let failures = 0
  let isRefused = false
  let told = ''

  async function ask(): Promise<void> {
    const limit = AbortSignal.timeout(answerWithinMs)
    const signal = AbortSignal.any([stopping.signal, limit])
    const version = toVersion(
      await api.read({ path: '/version', accept: 'application/json', signal }),
    )
    failures = 0
    told = ''
    if (known?.major === version.major && known.minor === version.minor) return
    known = version
    log(
      'kubernetes_version_read',
      `The API server is Kubernetes ${version.major}.${version.minor}.`,
    )
    onVersion(version)
  }

  function take(error: unknown): void {
    failures += 1
    isRefused = error instanceof ApiError && [401, 403, 404].includes(error.status)
    const failure = toSentence(error)
    if (failure === told) return
    told = failure
    const meanwhile =
      known === undefined
        ? 'until there is an answer, pods that ask for a target are refused unless allNodesRunNativeSidecars is true'
        : `until there is an answer, it counts as ${known.major}.${known.minor}`
    log(
      'kubernetes_version_failed',
      `Reading the version of the API server failed: ${failure} Asking again; ${meanwhile}.`,
    )
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await ask()
      } catch (error) {
        if (stopping.signal.aborted) break
        take(error)
      }
      const isHurried = known === undefined && failures > 0 && !isRefused
      const longMs = isHurried ? Math.min(everyMs, firstDelayMs * 2 ** (failures - 1)) : everyMs
      await sleep(longMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  const running = run()
  return {
    isSettled: () => known !== undefined || isRefused || failures >= ATTEMPTS,
    stop: () => {
      stopping.abort()
      return running
    },
  }
}

function toVersion(answer: unknown): KubernetesVersion {
  const { major, minor } = (answer ?? {}) as { readonly major?: unknown; readonly minor?: unknown }
  // Some providers write a plus sign behind the number.
  const version = { major: parseInt(String(major), 10), minor: parseInt(String(minor), 10) }
  if (Number.isNaN(version.major) || Number.isNaN(version.minor)) {
    throw new Error('The answer to /version has no major and minor number.')
  }
  return version
}
