/** Which key of ours somebody meant who wrote another: by the letters of the key, and by its value. */
import leven from 'leven'
import { CHAIN_KEY_NAMES, TARGET_KEYS, type ChainKey, type TargetKey } from '../vocabulary/keys.ts'
import { holdsRoleArn, isRoleArnList } from '../formats/limits.ts'

/** As many characters at most may differ in a word that was meant to be another; of a short word, a third of it. */
const MISSPELLING = 3

/** Words of our prefix that nobody uses for anything but a role. */
const ASKS = /^(?:target|chain)|role/

/** Also one that is misspelt itself, with quotes or brackets before it. */
const BEGINS_AS_ARN = /^\W*arn:/i

/** What an unknown key was meant to be. */
export interface MeantKey {
  /** Null where nothing resembles it. */
  readonly key: ChainKey | null
  /** Whether it asks for a target. */
  readonly isTarget: boolean
}

/**
 * The key that was meant, the first of these that holds.
 *
 *   spelling                     | value                  | meant
 *   ---------------------------- | ---------------------- | -------------------------------
 *   any                          | ARNs of roles alone    | target-role-arn
 *   begins with target or chain, | any                    | the target key that fits both
 *   or has role in it            |                        |
 *   resembles a key of ours      | any                    | that key
 *   any                          | an ARN of a role in it | targets
 *   any                          | begins as an ARN does  | target-role-arn
 */
export function readMeantKey(written: string, value: string): MeantKey {
  if (isRoleArnList(value)) return { key: 'target-role-arn', isTarget: true }
  const word = readSpelling(written)
  if (ASKS.test(word)) return { key: targetKeyFor(word, value), isTarget: true }
  const nearest = CHAIN_KEY_NAMES.map((key) => ({
    key,
    steps: stepsBetween(word, readSpelling(key)),
  }))
    .filter(({ steps }) => steps !== null)
    .sort((left, right) => Number(left.steps) - Number(right.steps))[0]
  if (nearest !== undefined) {
    const isTarget = isTargetKey(nearest.key)
    return {
      key: isTarget ? targetKeyFor(readSpelling(nearest.key), value) : nearest.key,
      isTarget,
    }
  }
  if (holdsRoleArn(value)) return { key: 'targets', isTarget: true }
  return BEGINS_AS_ARN.test(value)
    ? { key: 'target-role-arn', isTarget: true }
    : { key: null, isTarget: false }
}

/** A word without what people write differently: capitals, hyphens, underscores and dots. */
export function readSpelling(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Whether a word may be another one misspelt. */
export function resembles(word: string, other: string): boolean {
  return stepsBetween(word, other) !== null
}

function targetKeyFor(word: string, value: string): TargetKey {
  if (/[{\n]/.test(value)) return 'targets'
  if (BEGINS_AS_ARN.test(value) || /^target.*(?:role|arn)/.test(word)) return 'target-role-arn'
  return word.startsWith('targets') ? 'targets' : 'target'
}

function isTargetKey(key: ChainKey): boolean {
  return TARGET_KEYS.some((known) => known === key)
}

/** How many characters have to be added, removed or changed; null where there are too many. */
function stepsBetween(word: string, other: string): number | null {
  const limit = Math.min(MISSPELLING, Math.floor(other.length / 3))
  if (Math.abs(word.length - other.length) > limit) return null
  // Above the most that it is told the library tells that most.
  const steps = leven(word, other, { maxDistance: limit + 1 })
  return steps <= limit ? steps : null
}
