/**
 * What an installation of the webhook decides by, read from its own objects: the flags of its Deployment, and its
 * ConfigMaps. So the command judges as that webhook does.
 */
import { createHash } from 'node:crypto'
import type { FlagValues } from '../../webhook/command-line/flags.ts'
import { readParitySettings } from '../../webhook/command-line/parity-flags.ts'
import {
  createConfiguration,
  type Configuration,
  type KubernetesVersion,
} from '../../webhook/core/configuration/configuration.ts'
import {
  NO_ROLES,
  parseRoleMapping,
  type RoleMapping,
} from '../../webhook/core/configuration/role-mapping.ts'
import type { Settings } from '../../webhook/core/configuration/settings-schema.ts'
import { objectAt, textAt, type JsonObject } from '../../webhook/core/formats/json.ts'
import {
  CHART_LABEL,
  parseSettingsText,
  readCommandLine,
  readSettingsText,
} from '../core/installation/installation.ts'
import { usedWrongly } from '../output/exit-codes.ts'
import { VERSION } from '../version.ts'

/** Objects and texts that say how a webhook is set up. */
export interface InstallationSources {
  /** Deployment and ConfigMaps of the webhook, and whatever stands beside them. */
  readonly objects: readonly JsonObject[]
  /** The content of the configuration file; undefined takes it from the ConfigMap. */
  readonly settingsText?: string | undefined
  readonly kubernetesVersion: KubernetesVersion | null
  /** For errors: where all this comes from. */
  readonly source: string
}

/** Upstream's name of the ConfigMap with roles. */
const ROLE_MAPPING = 'pod-identity-webhook'

/** The configuration of that webhook. Throws a sentence where it could not start either. */
export async function readInstallation(sources: InstallationSources): Promise<Configuration> {
  const flags = readFlags(sources)
  const parity = await readParitySettings(flags, () =>
    Promise.reject(
      usedWrongly(
        `${sources.source}: the AWS account that --compose-role-arn completes names with is not known here; set parity.awsAccountId in the values of the chart (--aws-account-id).`,
      ),
    ),
  )
  return createConfiguration(
    {
      settings: readSettings(sources),
      parity,
      chainAnnotationPrefix: flags['chain-annotation-prefix'],
      kubernetesVersion: sources.kubernetesVersion,
      version: VERSION,
      roleMapping: flags['watch-config-map'] ? readRoleMapping(sources) : NO_ROLES,
    },
    (text) => createHash('sha256').update(text).digest('hex'),
  )
}

/** Whether an object is of an installation: its chart says so by a label. */
export function isOfInstallation(object: JsonObject): boolean {
  const [name, value] = CHART_LABEL
  return objectAt(objectAt(object, 'metadata'), 'labels')[name] === value
}

function ofKind({ objects }: InstallationSources, kind: string): readonly JsonObject[] {
  return objects.filter((object) => object['kind'] === kind)
}

function readFlags(sources: InstallationSources): FlagValues {
  const line = readCommandLine(ofKind(sources, 'Deployment').find(isOfInstallation))
  if (line.kind === 'run') return line.values
  const problems = line.kind === 'refused' ? line.problems.join(' ') : 'it only prints help'
  throw usedWrongly(`${sources.source}: the webhook of this Deployment does not start: ${problems}`)
}

function readSettings(sources: InstallationSources): Settings {
  const { settingsText, source } = sources
  const texts = ofKind(sources, 'ConfigMap').map(readSettingsText)
  const parsed = parseSettingsText(settingsText ?? texts.find((text) => text !== undefined))
  if (parsed.kind === 'settings') return parsed.settings
  throw usedWrongly(`The configuration of ${source} cannot be used: ${parsed.problems.join('; ')}`)
}

function readRoleMapping(sources: InstallationSources): RoleMapping {
  const text = ofKind(sources, 'ConfigMap')
    .filter((map) => textAt(objectAt(map, 'metadata'), 'name') === ROLE_MAPPING)
    .map((map) => objectAt(map, 'data')['config'])
    .find((content) => typeof content === 'string')
  const parsed = parseRoleMapping(text)
  return parsed.kind === 'mapping' ? parsed.mapping : NO_ROLES
}
