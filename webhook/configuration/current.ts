/**
 * The configuration in use: the file's settings, the flags, and the version of the API server, put together anew when
 * one changes.
 */
import { createHash } from 'node:crypto'
import { createConfiguration } from '../core/configuration/configuration.ts'
import type { Configuration, ConfigurationSources } from '../core/configuration/configuration.ts'
import { toSentence } from '../../log/error-text.ts'
import type { Log } from '../log/events.ts'
import { followClusterVersion } from '../kubernetes/cluster-version.ts'
import { startConfigurationFile } from './file.ts'
import type { KubernetesApi } from '../kubernetes/kubernetes-api.ts'

export interface ConfigurationParts {
  readonly api: KubernetesApi
  /** Empty means that there is no file: all defaults. */
  readonly path: string
  readonly everyMs: number
  /** How often the API server is asked for its version; once a minute unless told. */
  readonly versionEveryMs?: number
  readonly fromFlags: Pick<ConfigurationSources, 'parity' | 'chainAnnotationPrefix' | 'version'>
  readonly log: Log
  readonly onReload: (isGood: boolean) => void
  /** Told the hash of the file that is in use, at first and whenever it is another: SHA-256 in hex. */
  readonly onUse: (sha256: string) => void
}

/** What changes while the webhook runs, beside the file. */
export type ChangingSources = Pick<ConfigurationSources, 'roleMapping' | 'podIdentities'>

export interface CurrentConfiguration {
  /** Puts what has changed in the place of what was known of it. */
  readonly update: (changed: ChangingSources) => void
  readonly read: () => Configuration
  /**
   * Whether the version of the API server is known, or has been asked for without success. Pods with a target are
   * judged by it.
   */
  readonly isSettled: () => boolean
  readonly stop: () => Promise<void>
}

/** Throws what is wrong with the file; does not wait for the API server. */
export async function startConfiguration(parts: ConfigurationParts): Promise<CurrentConfiguration> {
  const { path, log } = parts
  const file = await startConfigurationFile({
    path,
    everyMs: parts.everyMs,
    onChange: (settings, text) => {
      update({ settings })
      parts.onUse(sha256(text))
      parts.onReload(true)
      log('configuration_used', `The configuration file ${path} has changed and is in use.`)
    },
    onFailure: (error) => {
      parts.onReload(false)
      log('configuration_refused', `${toSentence(error)}. What it said before stays in use.`)
    },
  })
  if (file.text !== null) parts.onUse(sha256(file.text))
  let sources: ConfigurationSources = {
    ...parts.fromFlags,
    settings: file.settings,
    kubernetesVersion: null,
  }
  let current = createConfiguration(sources, sha256)
  function update(changed: Partial<ConfigurationSources>): void {
    sources = { ...sources, ...changed }
    current = createConfiguration(sources, sha256)
  }
  const version = followClusterVersion({
    api: parts.api,
    log,
    everyMs: parts.versionEveryMs,
    onVersion: (kubernetesVersion) => update({ kubernetesVersion }),
  })
  return {
    read: () => current,
    isSettled: version.isSettled,
    update,
    stop: async () => {
      await Promise.all([version.stop(), file.stop()])
    },
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
