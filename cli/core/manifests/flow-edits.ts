/** Changes within `[…]` and `{…}`, on the lines where they stand. */
import { isPair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { JsonObject } from '../../../webhook/core/formats/json.ts'
import { align, type Step } from './align.ts'
import {
  Inexpressible,
  keyOf,
  rangeOf,
  renderFlow,
  startOf,
  valueOf,
  type Edit,
  type Written,
} from './written.ts'

/** Changes a node within. */
type ChangeNode = (written: Written, node: unknown, wanted: unknown) => readonly Edit[]

type Range = readonly [start: number, end: number]

export function changeFlowSequence(
  written: Written,
  { sequence, wanted }: { readonly sequence: YAMLSeq; readonly wanted: readonly unknown[] },
  changeNode: ChangeNode,
): readonly Edit[] {
  const { items } = sequence
  refuseComments(written, sequence)
  const steps = align(
    items.map((item) => valueOf(written, item)),
    wanted,
  )
  if (steps.every(({ kind }) => kind !== 'keep')) return [replaced(sequence, wanted)]
  return [
    ...steps.flatMap((step) =>
      step.kind === 'keep' ? changeNode(written, items[step.index], step.value) : [],
    ),
    ...moved(items.map(rangeOf), steps),
  ]
}

export function changeFlowMap(
  written: Written,
  { map, wanted }: { readonly map: YAMLMap; readonly wanted: JsonObject },
  changeNode: ChangeNode,
): readonly Edit[] {
  refuseComments(written, map)
  const pairs = map.items.filter((item) => isPair(item))
  const keys = pairs.map(keyOf)
  const wantedKeys = Object.keys(wanted)
  const inOrder = [
    ...keys.filter((key) => wantedKeys.includes(key)),
    ...wantedKeys.filter((key) => !keys.includes(key)),
  ]
  const steps = align(keys, inOrder)
  // Of a merge key nobody knows here what it brings.
  if (keys.includes('<<')) throw new Inexpressible()
  if (steps.every(({ kind }) => kind !== 'keep')) return [replaced(map, wanted)]
  const ranges = pairs.map((pair): Range => [startOf(pair), rangeOf(pair.value ?? pair.key)[1]])
  return [
    ...pairs.flatMap((pair) =>
      wantedKeys.includes(keyOf(pair)) ? changeNode(written, pair.value, wanted[keyOf(pair)]) : [],
    ),
    ...moved(
      ranges,
      steps.map((step) =>
        step.kind === 'insert'
          ? { ...step, value: { [String(step.value)]: wanted[String(step.value)] } }
          : step,
      ),
    ).map((edit) => ({ ...edit, by: edit.by.replace(/^(, )?\{ (.*) \}(, )?$/s, '$1$2$3') })),
  ]
}

/** Removals and insertions, with the commas between. At least one element is kept. */
function moved(ranges: readonly Range[], steps: readonly Step[]): readonly Edit[] {
  const at = (index: number): Range => ranges[index] ?? [0, 0]
  const firstKept = steps.find(({ kind }) => kind === 'keep')?.index ?? 0
  return steps.flatMap((step): readonly Edit[] => {
    const { kind, index } = step
    if (kind === 'keep') return []
    if (kind === 'remove') {
      return index < firstKept
        ? [{ from: at(index)[0], to: at(index + 1)[0], by: '' }]
        : [{ from: at(index - 1)[1], to: at(index)[1], by: '' }]
    }
    const text = renderFlow(step.value)
    return index === 0
      ? [{ from: at(0)[0], to: at(0)[0], by: `${text}, ` }]
      : [{ from: at(index - 1)[1], to: at(index - 1)[1], by: `, ${text}` }]
  })
}

function replaced(node: YAMLMap | YAMLSeq, wanted: unknown): Edit {
  const [from, to] = rangeOf(node)
  return { from, to, by: renderFlow(wanted) }
}

/** A comment between brackets would take what follows on its line with it. */
function refuseComments(written: Written, node: unknown): void {
  const [from, to] = rangeOf(node)
  if (/\s#/.test(written.text.slice(from, to))) throw new Inexpressible()
}
