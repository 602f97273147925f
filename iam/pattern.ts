/**
 * Compares texts with the patterns of IAM policies, in time that grows with the length of the pattern times that of the
 * text, whatever the pattern.
 *
 *   pattern         | `*` and `?`                       | variables | case   | page
 *   --------------- | --------------------------------- | --------- | ------ | ---------------------------------------------
 *   StringEquals    | themselves                        | yes       | counts | "Condition operators", String
 *   StringLike      | any characters, any one           | yes       | counts | "Condition operators", String
 *   ArnLike         | within one of the six parts       | yes       | counts | "Condition operators", ARN
 *   Resource        | within a part; a `*` that ends a  | yes       | counts | "IAM JSON policy elements: Resource"
 *                   | part reaches over its colon too   |           |        |
 *   Action          | any characters, any one           | no        | no     | "IAM JSON policy elements: Action"
 */
import type { RequestContext } from './condition-keys.ts'
import { fillVariables, type Unfilled } from './variables.ts'

type Element =
  | { readonly kind: 'character'; readonly character: string }
  /** A wildcard; one that does not cross stops at colons. */
  | { readonly kind: 'one' | 'many'; readonly crosses: boolean }

/** A pattern that can be compared: wildcards marked, variables filled. */
export type Pattern = readonly Element[]

const WILDCARDS: Readonly<Record<string, Element>> = {
  '*': { kind: 'many', crosses: true },
  '?': { kind: 'one', crosses: true },
}

function toElements(text: string, hasWildcards: boolean): Element[] {
  return Array.from(
    text,
    (character): Element =>
      (hasWildcards ? WILDCARDS[character] : undefined) ?? { kind: 'character', character },
  )
}

/** How a pattern is read: without `variables`, `${` is text. */
export interface Reading {
  readonly variables: RequestContext | undefined
  readonly hasWildcards: boolean
}

/** Reads a pattern, or says which of its variables has no value. */
export function readPattern(
  text: string,
  { variables, hasWildcards }: Reading,
): Pattern | Unfilled {
  if (variables === undefined) return toElements(text, hasWildcards)
  const pieces = fillVariables(text, variables)
  if ('variable' in pieces) return pieces
  return pieces.flatMap((piece) => toElements(piece.text, hasWildcards && !piece.isValue))
}

function accepts(element: Element, character: string): boolean {
  return element.kind === 'character'
    ? element.character === character
    : element.crosses || character !== ':'
}

/** A `*` may also stand for nothing: the place after it is reached too. */
function withPlacesAfterStars(pattern: Pattern, places: Set<number>): Set<number> {
  for (const place of places) if (pattern[place]?.kind === 'many') places.add(place + 1)
  return places
}

/** Whether the whole text is meant by a pattern. */
export function matches(pattern: Pattern, text: string): boolean {
  let places = withPlacesAfterStars(pattern, new Set([0]))
  for (const character of text) {
    const next = new Set<number>()
    for (const place of places) {
      const element = pattern[place]
      if (element !== undefined && accepts(element, character))
        next.add(element.kind === 'many' ? place : place + 1)
    }
    if (next.size === 0) return false
    places = withPlacesAfterStars(pattern, next)
  }
  return places.has(pattern.length)
}

/** As {@link matches}, without regard to case. */
export function matchesIgnoringCase(pattern: Pattern, text: string): boolean {
  const lowerCase = pattern.flatMap((element): Pattern =>
    element.kind === 'character' ? toElements(element.character.toLowerCase(), false) : [element],
  )
  return matches(lowerCase, text.toLowerCase())
}

/** The colons that separate the six parts of an ARN; later ones belong to the last part. */
const ARN_COLONS = 5

function isColon(element: Element | undefined): boolean {
  return element?.kind === 'character' && element.character === ':'
}

/** Keeps the wildcards of the first five parts within their part; `mayCross` says which of them reach further. */
function withinParts(pattern: Pattern, mayCross: (index: number) => boolean): Pattern {
  let colons = 0
  return pattern.map((element, index) => {
    if (isColon(element)) colons += 1
    return element.kind === 'character' || colons >= ARN_COLONS || mayCross(index)
      ? element
      : { ...element, crosses: false }
  })
}

function isAny(pattern: Pattern): boolean {
  return pattern.length === 1 && pattern[0]?.kind === 'many'
}

/**
 * Whether an ARN is meant, part by part ("each of the six colon-delimited components is checked separately"); `*` means
 * all.
 */
export function matchesArn(pattern: Pattern, arn: string): boolean {
  if (isAny(pattern)) return true
  return (
    arn.split(':').length > ARN_COLONS &&
    matches(
      withinParts(pattern, () => false),
      arn,
    )
  )
}

/**
 * Whether a resource is meant: "if the `*` wildcard is the last character of a resource ARN segment, it can expand to
 * match beyond the colon boundaries".
 */
export function matchesResource(pattern: Pattern, arn: string): boolean {
  const endsPart = (index: number) =>
    pattern[index]?.kind === 'many' && (index + 1 === pattern.length || isColon(pattern[index + 1]))
  return matches(withinParts(pattern, endsPart), arn)
}
