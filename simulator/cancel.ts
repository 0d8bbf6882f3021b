import { endJob } from './job.ts'
import { advance } from './life.ts'
import { type Refusal, refusals } from './refusals.ts'
import { type SimulatedRun, visibleJobs } from './run.ts'

/** Why a run cannot be cancelled now, the same for cancel and force-cancel. */
export function refuseCancel(run: SimulatedRun): Refusal | undefined {
  if (run.rerunRequested) return refusals.rerunNotQueuedYet
  const { status, jobs, number } = run.latest
  if (status === 'completed') return refusals.completed
  if (jobs.length > 0) return undefined
  return number > 1 ? refusals.rerunNotQueuedYet : refusals.notQueuedYet
}

/** Accepts a cancel: after the delay all jobs end but those with `always()`, which a force-cancel ends too. */
export function requestCancel(run: SimulatedRun, force: boolean): void {
  if (run.ignores(force ? 'force-cancel' : 'cancel')) return
  const { timeline, settings } = run.repository.world
  const attempt = run.latest
  timeline.after(force ? settings.delays.forceCancel : settings.delays.cancel, () => {
    if (attempt.status === 'completed') return
    attempt.cancelled = true
    attempt.forceCancelled ||= force
    for (const job of visibleJobs(attempt)) {
      const goesOn = job.status === 'completed' || (job.spec.ignoresCancel && !force)
      if (!goesOn) endJob(job, 'cancelled', timeline.now())
    }
    advance(run, attempt)
  })
}
