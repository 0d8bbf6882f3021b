import type { Context } from '../context.ts'
import type { Run } from './run.ts'

/** A run to act on. */
export interface Target {
  id: number
  /** As the list showed it; undefined for a run of which only the id is known yet. */
  listed: Run | undefined
  /** Attempt that a run URL named. */
  attempt: number | undefined
  /**
   * The author meant this very run: by `run-id`, or as the run of the event. A refusal to act on it is a failure; on a
   * run that a filter chose it is not (docs/behaviour.md, Which runs).
   */
  named: boolean
}

/** URL of a run's page; for a run that was not read. */
export const runUrl = ({ trigger, repository }: Context, id: number): string =>
  `${trigger.serverUrl}/${repository.owner}/${repository.repo}/actions/runs/${id}`

/** Is it the run that this step runs in? */
export function isOwnRun({ trigger, repository }: Context, id: number): boolean {
  const here = `${repository.owner}/${repository.repo}`.toLowerCase()
  return trigger.runId === id && trigger.repository?.toLowerCase() === here
}
