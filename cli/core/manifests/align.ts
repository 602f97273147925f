/** Finds which items of a list became which of another, where most have stayed, in their order. */
import { isObject, objectAt } from '../../../webhook/core/formats/json.ts'

/** `index` counts the items of before. An insertion stands before it. */
export type Step =
  | { readonly kind: 'keep'; readonly index: number; readonly value: unknown }
  | { readonly kind: 'remove'; readonly index: number }
  | { readonly kind: 'insert'; readonly index: number; readonly value: unknown }

/** By what items are: names first, as in containers, volumes and variables. */
export function align(before: readonly unknown[], after: readonly unknown[]): readonly Step[] {
  const steps: Step[] = []
  const identities = after.map(identityOf)
  let next = 0
  for (const [index, item] of before.entries()) {
    const found = identities.indexOf(identityOf(item), next)
    if (found < 0) {
      steps.push({ kind: 'remove', index })
      continue
    }
    for (; next < found; next += 1) steps.push({ kind: 'insert', index, value: after[next] })
    steps.push({ kind: 'keep', index, value: after[found] })
    next = found + 1
  }
  const rest = after.slice(next)
  return [
    ...steps,
    ...rest.map((value) => ({ kind: 'insert', index: before.length, value }) as const),
  ]
}

function identityOf(item: unknown): string {
  if (!isObject(item)) return JSON.stringify(item)
  const { name, mountPath, kind } = item
  const named = [name, mountPath, kind, objectAt(item, 'metadata')['name']]
  return named.every((part) => part === undefined) ? JSON.stringify(item) : JSON.stringify(named)
}
