/** The second half of the model: what a method adds to containers and pod, each only where it is absent. */
import type { Container, Mount, Pod, Variable, Volume } from './pod.ts'

/** What one method adds to the containers and the pod. */
export interface Injection {
  readonly regional: boolean
  /** Empty: none. */
  readonly region: string
  /** The two variables that tell where credentials come from. */
  readonly pair: readonly [Variable, Variable]
  readonly volumeName: string
  readonly mountPath: string
  readonly tokenPath: string
  readonly audience: string
  readonly expirationSeconds: bigint
  readonly labels: Readonly<Record<string, string>>
}

/** The pod with all of it, but for containers of these names. */
export function withInjection(pod: Pod, injection: Injection, skipped: readonly string[]): Pod {
  const change = (container: Container) =>
    skipped.includes(container.name) ? container : changed(container, injection)
  const { initContainers, containers, volumes } = pod.spec
  return {
    ...pod,
    metadata: withLabels(pod, injection.labels),
    spec: {
      ...pod.spec,
      ...(initContainers == null ? {} : { initContainers: initContainers.map(change) }),
      containers: containers.map(change),
      volumes: withVolume(volumes ?? [], injection),
    },
  }
}

/** Left entirely alone, mount included, where one of the pair, a region and the STS variable are there. */
function changed(container: Container, injection: Injection): Container {
  const env = container.env ?? []
  const added = missingVariables(env, injection)
  if (added === 'none is missing') return container
  const mounts = container.volumeMounts ?? []
  const mount: Mount = {
    name: injection.volumeName,
    readOnly: true,
    mountPath: injection.mountPath,
  }
  const isMounted = mounts.some(({ name }) => name === injection.volumeName)
  return {
    ...container,
    ...(added.length === 0 ? {} : { env: [...env, ...added] }),
    ...(isMounted ? {} : { volumeMounts: [...mounts, mount] }),
  }
}

function missingVariables(
  env: readonly Variable[],
  { regional, region, pair }: Injection,
): 'none is missing' | readonly Variable[] {
  const has = (name: string) => env.some((variable) => variable.name === name)
  const hasPair = pair.some(({ name }) => has(name))
  const hasRegion = has('AWS_REGION') || has('AWS_DEFAULT_REGION')
  const hasRegional = has('AWS_STS_REGIONAL_ENDPOINTS')
  if (hasPair && hasRegion && hasRegional) return 'none is missing'
  const missing: Variable[] = []
  if (regional && !hasRegional) {
    missing.push({ name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' })
  }
  if (region !== '' && !hasRegion) {
    missing.push({ name: 'AWS_DEFAULT_REGION', value: region })
    missing.push({ name: 'AWS_REGION', value: region })
  }
  if (!hasPair) missing.push(...pair)
  return missing
}

function withVolume(volumes: readonly Volume[], injection: Injection): readonly Volume[] {
  const { volumeName, audience, expirationSeconds, tokenPath } = injection
  if (volumes.some(({ name }) => name === volumeName)) return volumes
  const serviceAccountToken = {
    ...(audience === '' ? {} : { audience }),
    expirationSeconds: toExactNumber(expirationSeconds),
    path: tokenPath,
  }
  return [{ name: volumeName, projected: { sources: [{ serviceAccountToken }] } }, ...volumes]
}

/** As `parseExactly` reads it. */
function toExactNumber(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : `${value}n`
}

function withLabels(pod: Pod, labels: Injection['labels']): Pod['metadata'] {
  if (Object.keys(labels).length === 0) return pod.metadata
  return { ...pod.metadata, labels: { ...pod.metadata.labels, ...labels } }
}
