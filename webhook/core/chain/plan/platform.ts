/** Judges whether the sidecar can run where the pod wants to run. */
import type { AnnotationNames, Configuration } from '../../configuration/configuration.ts'
import { objectsAt } from '../../formats/json.ts'
import { isWindowsPod } from '../../pod/operating-system.ts'
import type { Pod } from '../../pod/pod.ts'
import type { Finding } from '../../vocabulary/reasons.ts'

/** What a cluster says of the sidecar. */
export type PlatformConfiguration = Pick<Configuration, 'kubernetesVersion'> & {
  readonly settings: Pick<Configuration['settings'], 'allNodesRunNativeSidecars' | 'sidecar'>
}

/** Network, operating system, age of the cluster, and the image. */
export function platformProblems(
  pod: Pod,
  configuration: PlatformConfiguration,
): readonly Finding[] {
  const problems: Finding[] = []
  if (pod.spec['hostNetwork'] === true) {
    problems.push({
      reason: 'host_network',
      message:
        "hostNetwork: true: the endpoint would be on the node's loopback, which all such pods share; drop hostNetwork, or assume the role in the application",
    })
  }
  if (isWindowsPod(pod)) {
    problems.push({
      reason: 'windows',
      message:
        'the pod is for Windows nodes, where the sidecar does not run; use the base role, or Linux nodes (nodeSelector kubernetes.io/os: linux)',
    })
  }
  problems.push(...versionProblems(configuration))
  if (configuration.settings.sidecar.image === null) {
    problems.push({
      reason: 'sidecar_image_missing',
      message:
        "the webhook's configuration names no sidecar.image; whoever runs the webhook has to set it",
    })
  }
  return problems
}

/** The endpoint's port, and that of metrics, against those that the containers say they listen on. */
export function portProblems(
  { containers }: Pod,
  port: number,
  {
    annotationNames,
    settings,
  }: Pick<AnnotationNames, 'annotationNames'> & Pick<PlatformConfiguration, 'settings'>,
): readonly Finding[] {
  const key = annotationNames['sidecar-port']
  const { metricsPort } = settings.sidecar
  const collisions = containers.flatMap(({ name, raw }): readonly Finding[] => {
    const taken = objectsAt(raw, 'ports').map(([, entry]) => entry['containerPort'])
    return [
      ...(taken.includes(port)
        ? [
            {
              reason: 'port_conflict' as const,
              message: `container '${name}' listens on ${port}, the port of the endpoint; set ${key} to another`,
            },
          ]
        : []),
      ...(metricsPort !== null && taken.includes(metricsPort)
        ? [
            {
              reason: 'port_conflict' as const,
              message: `container '${name}' listens on ${metricsPort}, the port of the sidecar's metrics; change it there or in the configuration (sidecar.metricsPort)`,
            },
          ]
        : []),
    ]
  })
  if (port !== metricsPort) return collisions
  return [
    ...collisions,
    {
      reason: 'port_conflict',
      message: `${key}: '${port}' is the port of the sidecar's metrics; choose another`,
    },
  ]
}

/**
 * Whether nodes run native sidecars: kubelets do from 1.29 on, are never newer than the API server, and at most three
 * versions behind it (https://kubernetes.io/releases/version-skew-policy/).
 *
 *   API server | allNodesRunNativeSidecars | they run
 *   ---------- | ------------------------- | --------
 *   >= 1.32    | any                       | yes
 *   1.29-1.31  | true                      | yes
 *   unknown    | true                      | yes
 *   otherwise  | any                       | no
 */
function versionProblems({
  kubernetesVersion,
  settings,
}: PlatformConfiguration): readonly Finding[] {
  const isSaid = settings.allNodesRunNativeSidecars
  if (kubernetesVersion === null) {
    if (isSaid) return []
    return [
      {
        reason: 'kubernetes_version_unknown',
        message:
          "the API server has not told the webhook its version, and it needs that to know whether nodes run native sidecars; try again, and if this stays, let the webhook's service account read /version (its log says what is in the way), or set allNodesRunNativeSidecars: true in its configuration when all nodes are 1.29 or newer",
      },
    ]
  }
  const { major, minor } = kubernetesVersion
  const version = major * 1000 + minor
  if (version >= 1032 || (version >= 1029 && isSaid)) return []
  return [
    {
      reason: 'native_sidecars_required',
      message: `the API server is Kubernetes ${major}.${minor}; the sidecar needs 1.32, or 1.29 with allNodesRunNativeSidecars: true in the configuration when all nodes are 1.29 or newer`,
    },
  ]
}
