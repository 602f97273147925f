/** The configuration in use: the file's settings, the flags, and the version of the API server, put together anew when one changes. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../core/configuration-file.ts'
import { createConfiguration } from '../core/configuration.ts'
import type {
  Configuration,
  ConfigurationSources,
  KubernetesVersion,
} from '../core/configuration.ts'
import { toSentence } from '../log.ts'
import type { Log } from '../log.ts'
import { startConfigurationFile } from './config-file.ts'
import type { KubernetesApi } from './kubernetes-api.ts'

export interface ConfigurationParts {
  readonly api: KubernetesApi
  /** Empty means that there is no file: all defaults. */
  readonly path: string
  readonly everyMs: number
  readonly fromFlags: Pick<ConfigurationSources, 'parity' | 'chainAnnotationPrefix' | 'version'>
  readonly log: Log
  readonly onReload: (isGood: boolean) => void
}

/** What changes while the webhook runs, beside the file. */
export type ChangingSources = Pick<ConfigurationSources, 'roleMapping' | 'podIdentities'>

export interface CurrentConfiguration {
  /** Puts what has changed in the place of what was known of it. */
  readonly update: (changed: ChangingSources) => void
  /** Undefined until the API server has said its version, by which pods are judged. */
  readonly read: () => Configuration | undefined
  readonly stop: () => Promise<void>
}

const longestDelayMs = 5000

/** Throws what is wrong with the file; does not wait for the API server. */
export async function startConfiguration(parts: ConfigurationParts): Promise<CurrentConfiguration> {
  const { path, log } = parts
  const stopping = new AbortController()
  let settings: Settings
  let kubernetesVersion: KubernetesVersion | undefined
  let changing: ChangingSources = {}
  let current: Configuration | undefined

  const rebuild = () => {
    if (kubernetesVersion === undefined) return
    current = createConfiguration(
      { ...parts.fromFlags, ...changing, settings, kubernetesVersion },
      sha256,
    )
  }
  const file = await startConfigurationFile({
    path,
    everyMs: parts.everyMs,
    onChange: (changed) => {
      settings = changed
      rebuild()
      parts.onReload(true)
      log('info', `The configuration file ${path} has changed and is in use.`)
    },
    onFailure: (error) => {
      parts.onReload(false)
      log('error', `${toSentence(error)}. What it said before stays in use.`)
    },
  })
  settings = file.settings
  const reading = readVersion(parts, stopping.signal).then((version) => {
    kubernetesVersion = version
    rebuild()
  })
  return {
    read: () => current,
    update: (changed) => {
      changing = { ...changing, ...changed }
      rebuild()
    },
    stop: async () => {
      stopping.abort()
      await Promise.all([reading, file.stop()])
    },
  }
}

/** Asks until there is an answer; undefined when stopped before. */
async function readVersion(
  { api, log }: ConfigurationParts,
  signal: AbortSignal,
): Promise<KubernetesVersion | undefined> {
  for (let delayMs = 100; !signal.aborted; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      const answer = await api.read({
        path: '/version',
        accept: 'application/json',
        signal: AbortSignal.any([signal, AbortSignal.timeout(longestDelayMs)]),
      })
      return toVersion(answer)
    } catch (error) {
      if (signal.aborted) break
      log(
        'warn',
        `Reading the version of the API server failed: ${toSentence(error)} Trying again.`,
      )
      await sleep(delayMs, undefined, { signal }).catch(() => undefined)
    }
  }
  return undefined
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

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
