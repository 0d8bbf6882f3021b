import picomatch from 'picomatch'

/** Has the text a character with a meaning in globs? */
export const isGlob = (text: string): boolean => /[*?[\]{}!]/.test(text)

/**
 * A test for names against names and globs. A name that is equal always matches, whatever its characters: job and
 * environment names contain parentheses and brackets.
 *
 * @param patterns globs; `*` stops at `/` as in GitHub's own branch filters, `**` does not
 * @param crossSlash let `*` match `/` as well: job names such as `build / test` are no paths
 */
export function createMatcher(
  patterns: readonly string[],
  { crossSlash = false } = {},
): (name: string | null) => boolean {
  const names = new Set(patterns)
  const globs = patterns.filter(isGlob).map((pattern) => picomatch(pattern, { dot: true, bash: crossSlash }))
  return (name) => name !== null && (names.has(name) || globs.some((matches) => matches(name)))
}
