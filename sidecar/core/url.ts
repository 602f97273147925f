/** The one check of URLs that the sidecar is given: of STS, and of a proxy. */

/** The URL in a text. Undefined where there is none, or it has another scheme. Schemes end with a colon: `https:`. */
export function readUrl(text: string, schemes: readonly string[]): URL | undefined {
  const url = URL.parse(text)
  return url !== null && url.hostname !== '' && schemes.includes(url.protocol) ? url : undefined
}
