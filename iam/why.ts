/** Picks from the rulings what explains a decision. */
import type { Explanation, Need, Side } from './decision.ts'
import { GRANTS, type Ruling } from './ruling.ts'

/** How much keeps a statement from allowing: the fewer and the smaller elements, the closer it is. */
function distance({ mismatches }: Ruling): number {
  const weights = { Principal: 1000, Action: 100, NotAction: 100, Resource: 10, NotResource: 10 }
  return mismatches.reduce(
    (sum, { element }) => sum + (element === 'Condition' ? 1 : weights[element]),
    0,
  )
}

/** The statements of a side that may allow. */
export function explainDoubts(rulings: readonly Ruling[], side: Side): Explanation[] {
  return rulings
    .filter((one) => one.side === side && one.effect === 'Allow' && one.truth === 'unknown')
    .map(({ statement, mismatches }) => ({
      kind: 'cannot_tell',
      side,
      effect: 'Allow',
      statement,
      mismatches,
    }))
}

function explainMissing(rulings: readonly Ruling[], side: Side, need?: Need): Explanation[] {
  const doubts = explainDoubts(rulings, side)
  if (doubts.length > 0) return doubts
  const allows = rulings.filter((ruling) => ruling.side === side && ruling.effect === 'Allow')
  const [closest] = allows.toSorted((one, other) => distance(one) - distance(other))
  return [
    {
      kind: 'nothing_allows',
      side,
      ...(need !== undefined && { need }),
      ...(closest && {
        closest: { statement: closest.statement, mismatches: closest.mismatches },
      }),
    },
  ]
}

/** What a side that has to allow says: which statement does, or what keeps them all from it. */
export function explainSide(rulings: readonly Ruling[], side: Side, need?: Need): Explanation[] {
  const strongestFirst = rulings.toSorted(
    (one, other) =>
      GRANTS.indexOf(one.grant ?? 'account') - GRANTS.indexOf(other.grant ?? 'account'),
  )
  const allowing = strongestFirst.find(
    (ruling) => ruling.side === side && ruling.effect === 'Allow' && ruling.truth === 'yes',
  )
  if (allowing === undefined) return explainMissing(rulings, side, need)
  const { statement, grant } = allowing
  return [{ kind: 'allowed_by', side, statement, ...(grant !== undefined && { grant }) }]
}

/** The statements that deny, or may do so. */
export function explainDenies(rulings: readonly Ruling[]): Explanation[] {
  return rulings
    .filter(({ effect, truth }) => effect === 'Deny' && truth !== 'no')
    .map(({ side, statement, truth, mismatches, conditions }) =>
      truth === 'yes'
        ? { kind: 'denied_by', side, statement, conditions }
        : { kind: 'cannot_tell', side, effect: 'Deny', statement, mismatches },
    )
}
