import type { Clock } from './clock.ts'
import type { GitHub } from './github/client.ts'
import type { RepositoryName } from './inputs/kinds.ts'
import type { Log } from './io.ts'
import type { Report } from './report.ts'
import type { Trigger } from './trigger.ts'

/** Everything an operation works with. */
export interface Context {
  github: GitHub
  repository: RepositoryName
  /** The workflow run that this step is part of. */
  trigger: Trigger
  log: Log
  /** The value never appears in anything that the action writes from now on. */
  addSecret(value: string): void
  clock: Clock
  /** Aborted when `timeout` has passed or the runner cancels the step; its reason is an `Interruption`. */
  signal: AbortSignal
  /** Milliseconds since the epoch at which `timeout` ends the operation. */
  deadline: number
  report: Report
}
