import type { Reason } from './report.ts'

/** The inputs are wrong. Carries every problem found, so that one failing step is enough to mend them all. */
export class UsageError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      problems.length === 1
        ? problems[0]
        : `${problems.length} inputs are wrong:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    )
    this.name = 'UsageError'
    this.problems = problems
  }
}

/** The operation, or what it wanted of one run, ended badly for one of the known reasons. */
export class OperationError extends Error {
  readonly reason: Reason

  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'OperationError'
    this.reason = reason
  }
}

/**
 * Something went wrong after a write was sent. Whatever it was, the run is not as it was before, or may not be: that is
 * told with it, and never passed over as "left alone".
 */
export class AfterWriteError extends Error {
  constructor(told: string, cause: unknown) {
    super(told, { cause })
    this.name = 'AfterWriteError'
  }
}

/** Tells of what goes wrong in `follow` that a write was sent before it. @param told what is known of the write, as a clause */
export async function afterWrite<T>(told: string, follow: () => Promise<T>): Promise<T> {
  try {
    return await follow()
  } catch (error) {
    throw error instanceof AfterWriteError ? error : new AfterWriteError(told, error)
  }
}

/** The step has to end now: its `timeout` passed, or the runner cancelled it. Used as the reason of the abort signal. */
export class Interruption extends Error {
  readonly kind: 'timeout' | 'cancelled'

  constructor(kind: 'timeout' | 'cancelled', message: string) {
    super(message)
    this.name = 'Interruption'
    this.kind = kind
  }
}
