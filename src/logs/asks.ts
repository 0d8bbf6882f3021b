import type { Context } from '../context.ts'
import type { Job } from '../runs/read.ts'
import type { AskForLogs } from './storage.ts'

/** The redirect is taken by hand: what it leads to must not see the token. */
const request = { redirect: 'manual' as const }

/** Asks for the log of one job by its id: plain text, there as soon as the job has ended. */
export const askForJobLog =
  ({ github, repository }: Context, job: Job): AskForLogs =>
  () =>
    github.actions.downloadJobLogsForWorkflowRun({ ...repository, job_id: job.id, request })

/** Asks for the archive of an attempt of a run; of the latest, if none is given. */
export const askForArchive =
  ({ github, repository }: Context, runId: number, attempt: number | undefined): AskForLogs =>
  () =>
    attempt === undefined
      ? github.actions.downloadWorkflowRunLogs({ ...repository, run_id: runId, request })
      : github.actions.downloadWorkflowRunAttemptLogs({
          ...repository,
          run_id: runId,
          attempt_number: attempt,
          request,
        })
