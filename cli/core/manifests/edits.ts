/** Compares a document with what it is to become, and finds the least changes of its text. */
import { isMap, isPair, isScalar, isSeq, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { isObject, type JsonObject } from '../../../webhook/core/formats/json.ts'
import { align } from './align.ts'
import { changeFlowMap, changeFlowSequence } from './flow-edits.ts'
import { isSame } from './same.ts'
import {
  columnOf,
  endOfLines,
  Inexpressible,
  keyOf,
  lineStart,
  rangeOf,
  render,
  renderFlow,
  startOf,
  valueOf,
  type Edit,
  type Written,
} from './written.ts'

/** Undefined where the change needs more than lines. */
export function toEdits(written: Written, wanted: unknown): readonly Edit[] | undefined {
  try {
    return changeNode(written, written.document.contents, wanted)
  } catch (error) {
    if (error instanceof Inexpressible) return undefined
    throw error
  }
}

function changeNode(written: Written, node: unknown, wanted: unknown): readonly Edit[] {
  if (isSame(valueOf(written, node), wanted)) return []
  if (isMap(node) && isObject(wanted)) return changeMap(written, node, wanted)
  if (isSeq(node) && Array.isArray(wanted)) return changeSequence(written, node, wanted)
  if (isScalar(node) && !isObject(wanted) && !Array.isArray(wanted)) {
    const [from, to] = rangeOf(node)
    return [{ from, to, by: renderFlow(wanted) }]
  }
  throw new Inexpressible()
}

function changeMap(written: Written, map: YAMLMap, wanted: JsonObject): readonly Edit[] {
  if (map.flow === true) return changeFlowMap(written, { map, wanted }, changeNode)
  const pairs = map.items.filter((item) => isPair(item))
  const own = new Map(pairs.map((pair) => [keyOf(pair), pair]))
  const before = valueOf(written, map) as JsonObject
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(wanted, key))
  // What comes by a merge key is not removed, and changed by a key of its own.
  const added = Object.keys(wanted).filter(
    (key) => !own.has(key) && !(Object.hasOwn(before, key) && isSame(before[key], wanted[key])),
  )
  return [
    ...removed.map((key) => removePair(written, pairs, own.get(key))),
    ...pairs.flatMap((pair) =>
      Object.hasOwn(wanted, keyOf(pair)) ? changePair(written, pair, wanted[keyOf(pair)]) : [],
    ),
    ...appendPairs(written, pairs, Object.fromEntries(added.map((key) => [key, wanted[key]]))),
  ]
}

function appendPairs(written: Written, pairs: readonly Pair[], added: JsonObject): readonly Edit[] {
  if (Object.keys(added).length === 0) return []
  const last = pairs.at(-1)
  if (last === undefined) throw new Inexpressible()
  const lines = render(written, added, columnOf(written, startOf(last)))
  return [insertAt(written, endOfLines(written, last.value ?? last.key), lines)]
}

/** A value that was empty, or is to be, is written anew behind its key. */
function changePair(written: Written, pair: Pair, value: unknown): readonly Edit[] {
  const node = pair.value
  if (isSame(valueOf(written, node), value)) return []
  const isFlowOrNothing =
    node === null ||
    (isScalar(node) && node.value === null) ||
    ((isMap(node) || isSeq(node)) && node.items.length === 0)
  const isBecomingEmpty = isEmptyCollection(value)
  if (!isFlowOrNothing && !isBecomingEmpty) return changeNode(written, node, value)
  const from = startOf(pair)
  const to = endOfLines(written, node ?? pair.key)
  const lines = render(written, { [keyOf(pair)]: value }, columnOf(written, from))
  return [{ from, to, by: lines.trimStart() }]
}

function isEmptyCollection(value: unknown): boolean {
  return Array.isArray(value)
    ? value.length === 0
    : isObject(value) && Object.keys(value).length === 0
}

function changeSequence(
  written: Written,
  sequence: YAMLSeq,
  wanted: readonly unknown[],
): readonly Edit[] {
  if (sequence.flow === true) return changeFlowSequence(written, { sequence, wanted }, changeNode)
  const { text } = written
  const items = sequence.items
  const dashes = items.map((item) => dashBefore(written, item))
  const column = columnOf(written, dashes[0] ?? 0)
  return align(
    items.map((item) => valueOf(written, item)),
    wanted,
  ).flatMap((step): readonly Edit[] => {
    if (step.kind === 'keep') return changeNode(written, items[step.index], step.value)
    if (step.kind === 'remove') {
      const dash = dashes[step.index] ?? 0
      return [{ from: lineStart(text, dash), to: endOfLines(written, items[step.index]), by: '' }]
    }
    const lines = render(written, [step.value], column)
    const at =
      step.index === 0
        ? lineStart(text, dashes[0] ?? 0)
        : endOfLines(written, items[step.index - 1])
    return [insertAt(written, at, lines)]
  })
}

/** The `-` of an item. It has to be the first on its line. */
function dashBefore({ text }: Written, item: unknown): number {
  const [start] = rangeOf(item)
  const from = lineStart(text, start)
  const dash = /^ *-(?= )/.exec(text.slice(from, start))
  if (dash === null) throw new Inexpressible()
  return from + dash[0].length - 1
}

function removePair(written: Written, pairs: readonly Pair[], pair: Pair | undefined): Edit {
  if (pair === undefined) throw new Inexpressible()
  const { text } = written
  const from = startOf(pair)
  const to = endOfLines(written, pair.value ?? pair.key)
  const start = lineStart(text, from)
  if (text.slice(start, from).trim() === '') return { from: start, to, by: '' }
  // The first behind a dash: the next takes its place.
  const next = pairs[pairs.indexOf(pair) + 1]
  if (next === undefined || text.slice(to, startOf(next)).trim() !== '') throw new Inexpressible()
  return { from, to: startOf(next), by: '' }
}

function insertAt({ text }: Written, at: number, lines: string): Edit {
  const isOnNewLine = at === 0 || text[at - 1] === '\n'
  return { from: at, to: at, by: isOnNewLine ? lines : `\n${lines}` }
}
