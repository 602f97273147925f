/** The schema of a map whose keys people choose. */
import * as z from 'zod'
import { isObject } from './json.ts'

/**
 * Like `z.record`, which leaves the key `__proto__` out without a word: here it is a problem, since what it names would
 * be lost.
 */
export function mapSchema<Keys extends z.ZodString, Values extends z.ZodType>(
  keys: Keys,
  values: Values,
) {
  return z.preprocess(
    (input, context) => {
      if (isObject(input) && Object.hasOwn(input, '__proto__')) {
        context.addIssue({
          code: 'custom',
          path: ['__proto__'],
          message: 'cannot be a name here; choose another',
        })
      }
      return input
    },
    z.record(keys, values),
  )
}
