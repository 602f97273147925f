/** Shapes that any part of a pod may have: fields nobody knows, and lists that are absent, null or empty. */
import * as fc from 'fast-check'

/** Fields that Kubernetes may have tomorrow, on anything. */
const unknowns = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        fieldOfTomorrow: fc.jsonValue({ maxDepth: 2 }),
        'a/b~c': fc.jsonValue({ maxDepth: 1 }),
        nothing: fc.constant(null),
      },
      { requiredKeys: [] },
    ),
  },
) as fc.Arbitrary<Record<string, unknown>>

/** Puts such fields beside those that are known. */
export function withUnknowns<Value extends object>(
  known: fc.Arbitrary<Value>,
): fc.Arbitrary<Value> {
  return fc.tuple(known, unknowns).map(([value, more]) => ({ ...more, ...value }))
}

/** A list that may be absent, null or empty. */
export function lists<Value>(
  one: fc.Arbitrary<Value>,
  maxLength: number,
): fc.Arbitrary<readonly Value[] | null | undefined> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.array(one, { maxLength }) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, null) },
  )
}

/** Takes fields away that are undefined, since JSON has none. */
export function present<Value extends object>(value: Value): Value {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Value
}
