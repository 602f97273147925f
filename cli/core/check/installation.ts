/** What the objects of the chart say of the installation: where it is, and what it was told. */
import {
  createConfiguration,
  PARITY_DEFAULTS,
  type Configuration,
} from '../../../webhook/core/configuration/configuration.ts'
import type { Settings } from '../../../webhook/core/configuration/settings-schema.ts'
import type { JsonObject } from '../../../webhook/core/formats/json.ts'
import { CHAIN_PREFIX } from '../../../webhook/core/vocabulary/names.ts'
import {
  CHART_LABEL,
  parseSettingsText,
  readCommandLine,
  readSettingsText,
} from '../installation/installation.ts'
import { seenOr, type ListFacts } from './facts.ts'
import { nameOf, namespaceOf } from './objects.ts'

/** Name of both webhook configurations of the chart. */
export const CONFIGURATION_NAME = 'pod-credentials-rolechain'

/** Selects all objects of the chart; and those of the webhook itself. */
export const CHART_SELECTOR = CHART_LABEL.join('=')
export const WEBHOOK_SELECTOR = `${CHART_SELECTOR},app.kubernetes.io/component=webhook`

export interface Installation {
  readonly namespace: string
  /** Of Deployment, Service, ServiceAccount and ConfigMap. */
  readonly name: string
  readonly deployment: JsonObject
  /** Of annotations and labels. */
  readonly prefix: string
  readonly hasSelfMadeCertificate: boolean
  readonly watchesConfigMap: boolean
}

/** Null where nothing is installed. */
export function readInstallation({
  deployments,
}: Pick<ListFacts, 'deployments'>): Installation | null {
  const [deployment] = seenOr(deployments, [])
  if (deployment === undefined) return null
  const line = readCommandLine(deployment)
  // One whose flags are refused does not start, which is found by itself.
  const flags = line.kind === 'run' ? line.values : null
  return {
    namespace: namespaceOf(deployment),
    name: nameOf(deployment),
    deployment,
    prefix: flags?.['chain-annotation-prefix'] ?? CHAIN_PREFIX,
    hasSelfMadeCertificate: flags?.['in-cluster'] === true,
    watchesConfigMap: flags?.['watch-config-map'] === true,
  }
}

/** The prefix of annotations, whether something is installed or not. */
export function prefixOf(facts: Pick<ListFacts, 'deployments'>): string {
  return readInstallation(facts)?.prefix ?? CHAIN_PREFIX
}

/** The settings that the webhook has in its ConfigMap, or what is wrong with them; null without such a ConfigMap. */
export function readSettings(
  facts: Pick<ListFacts, 'deployments' | 'configMaps'>,
): Settings | { readonly problems: readonly string[] } | null {
  const installation = readInstallation(facts)
  const map = seenOr(facts.configMaps, []).find(
    (object) =>
      nameOf(object) === installation?.name && namespaceOf(object) === installation.namespace,
  )
  if (map === undefined) return null
  const parsed = parseSettingsText(readSettingsText(map))
  return parsed.kind === 'settings' ? parsed.settings : parsed
}

/** The settings, or those of an empty file. */
export function settingsOf(facts: Pick<ListFacts, 'deployments' | 'configMaps'>): Settings {
  const settings = readSettings(facts)
  if (settings !== null && !('problems' in settings)) return settings
  const parsed = parseSettingsText(undefined)
  if (parsed.kind === 'problems') throw new Error('an empty configuration has no problems')
  return parsed.settings
}

/** What the core judges pods by, as far as objects say it: enough for names, policy and known containers. */
export function configurationOf(
  facts: Pick<ListFacts, 'deployments' | 'configMaps'>,
): Configuration {
  return createConfiguration(
    {
      settings: settingsOf(facts),
      parity: PARITY_DEFAULTS,
      chainAnnotationPrefix: prefixOf(facts),
      kubernetesVersion: null,
      version: '',
    },
    () => '',
  )
}
