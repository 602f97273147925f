/** What it takes to break one thing of a real cluster for a while, and to mend it. */
import { run } from '../command.ts'
import { NAMESPACE, RELEASE } from '../installation.ts'
import { applied, toPlace, type KubernetesObject } from '../suite.ts'
import type { Break } from './finds.ts'

type Json = Readonly<Record<string, unknown>>

export const DEPLOYMENT = `deployment/${RELEASE}`
const system = toPlace(NAMESPACE)

/** Changes an object for a while. */
export function changing(kind: string, name: string, to: (object: Json) => Json): Break {
  return async (_, scenario) => {
    const before = await system.get(kind, name)
    const { resourceVersion: _version, ...metadata } = before['metadata'] as Json
    const replace = (object: Json) =>
      run(['kubectl', 'replace', '--namespace', NAMESPACE, '-f', '-'], {
        input: JSON.stringify({ ...object, metadata }),
      })
    await replace(to(before))
    try {
      await scenario()
    } finally {
      await replace(before)
    }
  }
}

/** Changes an object of the chart for a while, as helm does it: what another tool has changed helm changes no more. */
export function changingAsHelm(kind: string, name: string, to: (object: Json) => Json): Break {
  return async (_, scenario) => {
    const before = await system.get(kind, name)
    const { resourceVersion: _version, ...metadata } = before['metadata'] as Json
    const apply = async (object: Json) => {
      const flags = ['--server-side', '--field-manager=helm', '--force-conflicts']
      await run(['kubectl', 'apply', ...flags, '--namespace', NAMESPACE, '-f', '-'], {
        input: JSON.stringify({ ...object, metadata }),
      })
    }
    await apply(to(before))
    try {
      await scenario()
    } finally {
      await apply(before)
    }
  }
}

/** Runs a command, and another one afterwards. */
export function doing(command: readonly string[], back: readonly string[]): Break {
  return async (_, scenario) => {
    await system.kubectl(...command)
    try {
      await scenario()
    } finally {
      await system.kubectl(...back)
      await system.kubectl('rollout', 'status', DEPLOYMENT, '--timeout=60s')
    }
  }
}

/** Makes objects in the namespace of the test, with which they go. */
export function having(...objects: readonly KubernetesObject[]): Break {
  return async (place, scenario) => {
    await applied(place, ...objects)
    await scenario()
    for (const { kind, metadata } of objects)
      await place.kubectl('delete', kind, String(metadata['name']), '--now')
  }
}

export const entriesOf = (to: (entry: Json) => readonly Json[]) => (object: Json) => ({
  ...object,
  webhooks: (object['webhooks'] as readonly Json[]).flatMap(to),
})

export function withImage(image: string) {
  return (object: Json): Json => {
    const spec = object['spec'] as { readonly template: { readonly spec: Json } }
    const [first, ...others] = spec.template.spec['containers'] as readonly Json[]
    const containers = [{ ...first, image }, ...others]
    const template = { ...spec.template, spec: { ...spec.template.spec, containers } }
    return { ...object, spec: { ...spec, template } }
  }
}

export const only = (validationActions: readonly string[]) => (object: Json) => ({
  ...object,
  spec: { ...(object['spec'] as Json), validationActions },
})
