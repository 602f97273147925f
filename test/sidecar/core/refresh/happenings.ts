/** Happenings for the laws of a refresher: any, in any order. */
import * as fc from 'fast-check'
import type { FailureCode } from '../../../../sidecar/core/failures/failures.ts'

const HOUR = 3_600_000
export const NAMES = ['one', 'two', 'three'] as const

/** What may happen to a refresher, and to the time. */
export type Happening =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'clock'; readonly ms: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'stray timer' }
  | { readonly kind: 'look'; readonly name: string }
  | { readonly kind: 'end'; readonly late: number }
  | {
      readonly kind: 'session'
      readonly name: string
      readonly late: number
      readonly lifeMs: number
    }
  | {
      readonly kind: 'failure'
      readonly name: string
      readonly late: number
      readonly code: FailureCode
    }

const name = fc.constantFrom(...NAMES)
/** How many walks ago a walk began that says something now. */
const late = fc.constantFrom(0, 0, 0, 1)
const kind = <Kind extends string>(value: Kind) => fc.constant(value)
/** All of them but `stop`. */
export const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('time'), ms: fc.integer({ min: 1, max: HOUR }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: kind('time'), ms: fc.integer({ min: 1, max: 3000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('clock'), ms: fc.integer({ min: -HOUR, max: HOUR }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('restart') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('stray timer') }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('look'), name }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('end'), late }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('session'),
      name,
      late,
      lifeMs: fc.integer({ min: 900_000, max: HOUR }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kind('failure'),
      name,
      late,
      code: fc.constantFrom<FailureCode>('throttled', 'role_denied', 'sts_timeout'),
    }),
  },
)
