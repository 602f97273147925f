/**
 * What the objects of an installation say of its webhook, as that webhook reads it itself: the flags of its container,
 * and its settings. What is missing is nobody's problem here.
 */
import { CORE_SCHEMA, load } from 'js-yaml'
import { toSentence } from '../../../log/error-text.ts'
import { parseCommandLine, type CommandLine } from '../../../webhook/command-line/command-line.ts'
import { parseSettings } from '../../../webhook/core/configuration/settings-schema.ts'
import {
  objectAt,
  readObjectsAt,
  textAt,
  type JsonObject,
} from '../../../webhook/core/formats/json.ts'

/** The label by which the chart marks its objects. */
export const CHART_LABEL = ['app.kubernetes.io/name', 'rolechain'] as const

/** Name of the container of the webhook in its Deployment. */
const CONTAINER = 'webhook'

/** Key of the configuration file in its ConfigMap. */
const FILE_KEY = 'config.yaml'

/** The command line of the webhook; that of no arguments where the Deployment has no such container. */
export function readCommandLine(deployment: JsonObject | undefined): CommandLine {
  const spec = objectAt(objectAt(objectAt(deployment ?? {}, 'spec'), 'template'), 'spec')
  const [args] = readObjectsAt(spec, 'containers', (container) =>
    textAt(container, 'name') === CONTAINER ? container['args'] : undefined,
  ).filter((found) => Array.isArray(found))
  return parseCommandLine((args ?? []).map(String))
}

/** The configuration file in a ConfigMap; undefined where it has none. */
export function readSettingsText(map: JsonObject): string | undefined {
  return textAt(objectAt(map, 'data'), FILE_KEY) || undefined
}

/** Its settings, those of an empty file without a text, or what is wrong with it. */
export function parseSettingsText(text: string | undefined): ReturnType<typeof parseSettings> {
  try {
    const content = text === undefined ? {} : load(text, { schema: CORE_SCHEMA })
    return parseSettings(content)
  } catch (error) {
    return { kind: 'problems', problems: [`it is not YAML: ${toSentence(error)}`] }
  }
}
