/** How the runner marks the line of an error. */
const ERROR_MARK = '##[error]'

/** Part of the excerpt that follows the error: what led to it says more than what came after. */
const SHARE_AFTER = 0.25

/**
 * The lines around the first error of a log, or its last lines when none is marked.
 *
 * @param lines of one step, or of a job
 * @param length how many lines at most
 */
export async function excerptError(lines: AsyncIterable<string>, length: number): Promise<string[]> {
  const after = Math.min(length - 1, Math.floor(length * SHARE_AFTER))
  const kept: string[] = []
  let left: number | undefined
  for await (const line of lines) {
    kept.push(line)
    if (left === undefined && line.includes(ERROR_MARK)) {
      left = after
      kept.splice(0, kept.length - (length - after))
    } else if (left === undefined) {
      if (kept.length > length) kept.shift()
    } else {
      left -= 1
    }
    if (left === 0) break
  }
  return kept
}
