/** Makes of a generated pod one that an API server may take: names are told apart, and what is mounted exists. */
import type { Container, Mount, Pod, Variable, Volume } from './pod.ts'

/** The same pod, as far as it can be one of Kubernetes. */
export function toValidPod(pod: Pod): Pod {
  const { ephemeralContainers: _, ...spec } = pod.spec
  const volumes = toDistinct(spec.volumes ?? []).map(toValidVolume)
  const names = volumes.map(({ name }) => name)
  const containers = toDistinct([...(spec.initContainers ?? []), ...spec.containers])
  const initCount = spec.initContainers?.length ?? 0
  return {
    ...pod,
    metadata: { ...pod.metadata, generateName: 'p-', namespace: undefined },
    spec: {
      ...spec,
      automountServiceAccountToken: false,
      initContainers: containers.slice(0, initCount).map((one) => toValidContainer(one, names)),
      containers: containers.slice(initCount).map((one) => {
        const { restartPolicy: _policy, ...rest } = toValidContainer(one, names)
        return rest
      }),
      volumes,
    },
  }
}

/** Of things with the same name the first keeps it. */
function toDistinct<Named extends { readonly name: string }>(all: readonly Named[]): Named[] {
  return all.map((one, index) => {
    const isFirst = all.findIndex(({ name }) => name === one.name) === index
    return isFirst ? one : { ...one, name: `${one.name}-${index}` }
  })
}

function toValidVolume(volume: Volume): Volume {
  const { sourceOfTomorrow, ...known } = volume
  return sourceOfTomorrow === undefined ? volume : { ...known, emptyDir: {} }
}

function toValidContainer(container: Container, volumes: readonly string[]): Container {
  const mounts = (container.volumeMounts ?? []).filter(({ name }) => volumes.includes(name))
  return {
    ...container,
    env: (container.env ?? []).map(toValidVariable),
    volumeMounts: mounts.filter(hasOwnPath),
  }
}

/** Of mounts at the same path the first stays. */
function hasOwnPath({ mountPath }: Mount, index: number, all: readonly Mount[]): boolean {
  return all.findIndex((other) => other.mountPath === mountPath) === index
}

function toValidVariable(variable: Variable): Variable {
  const { valueFrom, ...rest } = variable
  const isKnown =
    typeof valueFrom === 'object' && valueFrom !== null && !('fileKeyRef' in valueFrom)
  return isKnown ? variable : rest
}
