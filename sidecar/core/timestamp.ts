/** Reads the one form of time that STS, SDKs and the state folder share. */

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/**
 * Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`; NaN of any other text, and of a day or hour that does not exist.
 */
export function parseTimestamp(text: string): number {
  // oxlint-disable-next-line no-restricted-globals -- of such a text it reads neither clock nor time zone
  return TIMESTAMP.test(text) ? Date.parse(text) : Number.NaN
}
