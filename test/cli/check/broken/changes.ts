/** What it takes to break one thing of a healthy cluster, and what is expected then. */
import type { Category } from '../../../../cli/core/check/check.ts'
import type { FindingCode } from '../../../../cli/findings/findings.ts'
import type { ClusterObject } from '../../../../stand-ins/kubernetes/cluster-object.ts'
import type { Stage } from '../stage.ts'

export interface BrokenState {
  readonly breakIt: (stage: Stage) => void | Promise<void>
  readonly category: Category
  /** The line that fails. */
  readonly line: string
  readonly code: FindingCode
  /** What the message says. */
  readonly says: RegExp
  /** What the hint says to do. */
  readonly hint: RegExp
  /** A warning leaves the exit code 0. */
  readonly isWarning?: true
}

export type Change = (object: ClusterObject) => object

/** Puts another object in place of each of a kind and name. */
export function change(kind: string, name: string, to: Change): BrokenState['breakIt'] {
  return ({ world }) => {
    let isFound = false
    world.objects = world.objects.map((object) => {
      if (object.kind !== kind || object.metadata.name !== name) return object
      isFound = true
      return to(object) as ClusterObject
    })
    if (!isFound) throw new Error(`there is no ${kind} ${name} to break`)
  }
}

export function remove(kind: string, name: string): BrokenState['breakIt'] {
  return ({ world }) => {
    world.objects = world.objects.filter(
      (object) => object.kind !== kind || object.metadata.name !== name,
    )
  }
}

export function add(...objects: readonly object[]): BrokenState['breakIt'] {
  return ({ world }) => {
    world.objects = [...world.objects, ...(objects as ClusterObject[])]
  }
}

export const spec = (object: ClusterObject) => object['spec'] as Readonly<Record<string, unknown>>

export function withSpec(changes: object): Change {
  return (object) => ({ ...object, spec: { ...spec(object), ...changes } })
}

/** The webhook entries of a configuration, changed. */
export function withEntries(
  to: (entry: Readonly<Record<string, unknown>>) => object | undefined,
): Change {
  return (object) => ({
    ...object,
    webhooks: (object['webhooks'] as readonly Record<string, unknown>[])
      .map(to)
      .filter((entry) => entry !== undefined),
  })
}

export const named = (object: ClusterObject, name: string): ClusterObject => ({
  ...object,
  metadata: { ...object.metadata, name },
})

export const MUTATING = 'MutatingWebhookConfiguration'
export const OURS = 'pod-credentials-rolechain'

export const waitingStatus = (image: string, name = 'rolechain-sidecar') => ({
  name,
  image,
  state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } },
})

/** Lets every entry trust one more authority. */
export function trustToo(authority: string): BrokenState['breakIt'] {
  return ({ world }) => {
    world.objects = world.objects.map((object) =>
      object.metadata.name === OURS
        ? (withEntries((entry) => {
            const client = entry['clientConfig'] as { readonly caBundle: string }
            const trusted = Buffer.from(client.caBundle, 'base64').toString()
            const caBundle = Buffer.from(`${trusted}\n${authority}`).toString('base64')
            return { ...entry, clientConfig: { ...client, caBundle } }
          })(object) as ClusterObject)
        : object,
    )
  }
}
