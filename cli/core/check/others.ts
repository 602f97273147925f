/** Category `others`: webhooks and objects of others that rolechain meets, and whether it can be installed. */
import { textAt, type JsonObject } from '../../../webhook/core/formats/json.ts'
import type { CommandFinding } from '../../findings/findings.ts'
import { CONFIGURATION_NAME, readInstallation } from './installation.ts'
import { lineOf, problem, warning, type Judge } from './line.ts'
import { eachAt, inside, nameOf } from './objects.ts'
import { isOfEks } from './webhook.ts'

/** What names of injectors of meshes have in them. */
const MESHES = /istio|linkerd|consul|kuma|kong-mesh|appmesh|osm-|nginx-mesh|cilium/

export const judgeOthers: Judge = (facts) => [
  lineOf('meshes come before rolechain', facts.mutatingConfigurations, (all) =>
    all.flatMap(judgeMesh),
  ),
  lineOf(eksLine(facts.mutatingConfigurations), facts.mutatingConfigurations, () => []),
]

/** Before the chart is installed. */
export const judgeOthersBefore: Judge = (facts) => [
  ...judgeOthers(facts),
  lineOf('no object of others has a name of the chart', facts.mutatingConfigurations, (all) =>
    readInstallation(facts) === null
      ? all.filter((object) => nameOf(object) === CONFIGURATION_NAME).map(taken)
      : [],
  ),
  lineOf('you may install the chart', facts.ownRights, (rights) =>
    rights
      .filter(({ isAllowed }) => !isAllowed)
      .map(({ what }) => problem('rights_missing', 'you', `you may not ${what}`)),
  ),
]

function eksLine(configurations: Parameters<typeof lineOf<readonly JsonObject[]>>[1]): string {
  const isThere = configurations.kind === 'seen' && configurations.value.some(isOfEks)
  return isThere
    ? 'the webhook of EKS is there; it leaves pods with a target alone'
    : 'no webhook of EKS is there'
}

/** Only those that are called for pods. */
function judgeMesh(configuration: JsonObject): readonly CommandFinding[] {
  const name = nameOf(configuration)
  const isForPods = eachAt(configuration, 'webhooks').some((entry) =>
    eachAt(entry, 'rules').some((rule) => {
      const resources = rule['resources']
      return Array.isArray(resources) && resources.some((one) => one === 'pods' || one === '*')
    }),
  )
  if (!isForPods || !MESHES.test(name) || name < CONFIGURATION_NAME) return []
  return [
    warning(
      'mesh_order',
      `mutatingwebhookconfiguration/${name}`,
      `it sorts after ${CONFIGURATION_NAME}`,
    ),
  ]
}

function taken(configuration: JsonObject): CommandFinding {
  const manager = textAt(
    inside(configuration, 'metadata', 'labels'),
    'app.kubernetes.io/managed-by',
  )
  return problem(
    'name_taken',
    `mutatingwebhookconfiguration/${CONFIGURATION_NAME}`,
    `it is there without a Deployment of the chart${manager === '' ? '' : `, managed by ${manager}`}`,
  )
}
