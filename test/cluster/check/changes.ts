/** What it takes to break one thing of a real cluster for a while, and to mend it. */
import { run } from '../command.ts'
import { NAMESPACE, RELEASE } from '../installation.ts'
import { applied, toPlace, type KubernetesObject } from '../suite.ts'
import type { Break } from './finds.ts'

type Json = Readonly<Record<string, unknown>>

export const DEPLOYMENT = `deployment/${RELEASE}`
const system = toPlace(NAMESPACE)

/** How kubectl writes an object that it has read. */
const REPLACE = ['replace']
/** As helm does it: what another tool has changed helm changes no more. */
const APPLY_AS_HELM = ['apply', '--server-side', '--field-manager=helm', '--force-conflicts']

type Changing = (kind: string, name: string, to: (object: Json) => Json) => Break

function changingBy(verb: readonly string[]): Changing {
  return (kind, name, to) => async (_, scenario) => {
    const before = await system.get(kind, name)
    const { resourceVersion: _version, ...metadata } = before['metadata'] as Json
    const write = (object: Json) =>
      run(['kubectl', ...verb, '--namespace', NAMESPACE, '-f', '-'], {
        input: JSON.stringify({ ...object, metadata }),
      })
    await write(to(before))
    try {
      await scenario()
    } finally {
      await write(before)
    }
  }
}

/** Changes an object for a while. */
export const changing = changingBy(REPLACE)

/** The same, for what later upgrades of the chart change. */
export const changingAsHelm = changingBy(APPLY_AS_HELM)

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
