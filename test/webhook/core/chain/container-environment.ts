/** The environment of a container as its process sees it. */
import { z } from 'zod'
import { at } from '../fixture.ts'

/** What the container runtime hands to the sidecar's process, in a pod called `p`. */
export function environmentOf(pod: unknown): Record<string, string> {
  const fields: Record<string, string> = {
    'metadata.name': 'p',
    'metadata.namespace': 'team-a',
    'metadata.uid': 'u',
    'spec.nodeName': 'n',
    'spec.serviceAccountName': 'reports',
  }
  const entries = z
    .array(
      z.object({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }) }).optional(),
      }),
    )
    .parse(at(pod, '/spec/initContainers/rolechain-sidecar/env'))
  const environment: Record<string, string> = {}
  for (const { name, value, valueFrom } of entries) {
    environment[name] =
      valueFrom === undefined
        ? expanded(value ?? '', environment)
        : (fields[valueFrom.fieldRef.fieldPath] ?? '')
  }
  return environment
}

/** https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/ */
function expanded(value: string, environment: Readonly<Record<string, string>>): string {
  return value.replace(/\$(\$|\([^)]*\))/g, (whole, rest: string) =>
    rest === '$' ? '$' : (environment[rest.slice(1, -1)] ?? whole),
  )
}
