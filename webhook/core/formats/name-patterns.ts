/** Patterns of names: the one place that says what a `*` means in the configuration file. */

/** Says whether a whole text fits a pattern. */
export type Matcher = (text: string) => boolean

/**
 * Compiles patterns into one matcher that accepts what any of them accepts. A `*` stands for any number of characters;
 * all else is literal, and the whole text has to fit. No pattern accepts nothing.
 */
export function toMatcher(patterns: readonly string[]): Matcher {
  if (patterns.includes('*')) return () => true
  const literals = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(toGlob)
  return (text) => literals.has(text) || globs.some((fits) => fits(text))
}

/**
 * Takes each literal part where it comes first. No regular expression: with several `*` its time would grow with a
 * power of the text's length, and whoever may create pods chooses the text.
 */
function toGlob(pattern: string): Matcher {
  const [start = '', ...rest] = pattern.split('*')
  const end = rest.pop() ?? ''
  return (text) => {
    if (!text.startsWith(start)) return false
    let from = start.length
    for (const literal of rest) {
      const found = text.indexOf(literal, from)
      if (found === -1) return false
      from = found + literal.length
    }
    return text.length - end.length >= from && text.endsWith(end)
  }
}
