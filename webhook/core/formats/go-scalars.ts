/** Booleans and integers in annotations, as Go's `strconv` reads them: upstream does, and ignores what that refuses. */

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, false] as const),
])

const INT64_LIMIT = 2n ** 63n

/** `ParseBool`; undefined where it fails or there is nothing to read. */
export function readGoBoolean(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : BOOLEANS.get(text)
}

/** `ParseInt(text, 10, 64)`; null where it fails or there is nothing to read. */
export function readGoInteger(text: string | undefined): bigint | null {
  // More digits than 19 do not fit, and cost the square of their number.
  const [, sign, digits] = /^([+-]?)0*(\d{1,19})$/.exec(text ?? '') ?? []
  if (digits === undefined) return null
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits)
  return value >= -INT64_LIMIT && value < INT64_LIMIT ? value : null
}
