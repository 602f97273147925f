/** The env of a container's process: what its spec says, the downward API filled in, and paths of mounts made real. */
import { join } from 'node:path'
import type { Container, Pod } from '../pod.ts'

/** Where a container's process finds the pod that it is part of. */
export interface Place {
  readonly pod: Pod
  /** The folder that is `/` to the container. */
  readonly root: string
}

/**
 * All env variables that the process gets. As it sees this machine's disk and not an image's, a value that is a path
 * under one of the container's mounts becomes the path under `root`; a container runtime would make the path itself
 * exist. Values from Secrets and ConfigMaps, which are not part of a pod, are left out.
 */
export function toEnvironment(
  container: Container,
  { pod, root }: Place,
): Readonly<Record<string, string>> {
  // HOME is the container's own: an SDK must find neither keys nor profiles of whoever runs the demo.
  const environment: Record<string, string> = { HOME: root, HOSTNAME: pod.metadata.name }
  for (const { name, value, valueFrom } of container.env) {
    const path = valueFrom?.fieldRef?.fieldPath
    const found = path === undefined ? value : readField(pod, path)
    if (valueFrom !== undefined && found === undefined) continue
    environment[name] = expandReferences(found ?? '', environment)
  }
  const folders = container.volumeMounts.map(({ mountPath }) => mountPath.replace(/\/+$/u, ''))
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => {
      const isMounted = folders.some((folder) => value === folder || value.startsWith(`${folder}/`))
      return [name, isMounted ? join(root, value) : value]
    }),
  )
}

/**
 * `$(NAME)` of an earlier variable, as
 * https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ says.
 */
function expandReferences(value: string, earlier: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$(\$|\(([^()]+)\))/gu, (whole, escaped: string, name?: string) =>
    escaped === '$' ? '$' : (earlier[name ?? ''] ?? whole),
  )
}

/** A field of https://kubernetes.io/docs/concepts/workloads/pods/downward-api/, or nothing. */
function readField(pod: Pod, path: string): string | undefined {
  const entry = /^metadata\.(labels|annotations)\['(.+)'\]$/u.exec(path)
  if (entry !== null) {
    return pod.metadata[entry[1] === 'labels' ? 'labels' : 'annotations'][entry[2] ?? ''] ?? ''
  }
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'status.hostIP': '127.0.0.1',
    'status.podIP': '127.0.0.1',
    'status.podIPs': '127.0.0.1',
  }
  return fields[path]
}
