/** Patterns of names: the one place that says what a `*` means in the configuration file. */

/** Says whether a whole text fits a pattern. */
export type Matcher = (text: string) => boolean

/**
 * Compiles patterns into one matcher that accepts what any of them accepts. A `*` stands for any number of characters; all else
 * is literal, and the whole text has to fit. No pattern accepts nothing.
 */
export function toMatcher(patterns: readonly string[]): Matcher {
  if (patterns.includes('*')) return () => true
  const literals = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const globs = patterns.filter((pattern) => pattern.includes('*'))
  if (globs.length === 0) return (text) => literals.has(text)
  const expression = new RegExp(`^(?:${globs.map(globSource).join('|')})$`, 's')
  return (text) => literals.has(text) || expression.test(text)
}

function globSource(pattern: string): string {
  return pattern
    .split('*')
    .map((literal) => literal.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*')
}
