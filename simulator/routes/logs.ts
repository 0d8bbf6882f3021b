import type { Answer } from '../answer.ts'
import { hasArchive, runArchive } from '../archive.ts'
import type { Call, Route } from '../call.ts'
import { hasLog, jobLog } from '../log-text.ts'
import { refusals, refuse } from '../refusals.ts'
import type { Attempt, SimulatedRun } from '../run.ts'
import { withJob } from './jobs.ts'
import { withRun } from './runs.ts'

const READ = { area: 'actions', level: 'read' } as const

/** Logs of runs, attempts and jobs: all are redirects to the storage host. */
export const logRoutes: Route[] = [
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/logs',
    need: READ,
    docs: 'actions/workflow-runs#download-workflow-run-logs',
    answer: withRun((call, run) => answerArchive(call, run, run.latest)),
  },
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/attempts/{attempt_number}/logs',
    need: READ,
    docs: 'actions/workflow-runs#download-workflow-run-attempt-logs',
    answer: withRun((call, run) => {
      const attempt = run.attempts.find(({ number }) => number === Number(call.parameters.attempt_number))
      return attempt ? answerArchive(call, run, attempt) : refuse(refusals.notFound)
    }),
  },
  {
    method: 'DELETE',
    path: '/actions/runs/{run_id}/logs',
    need: { area: 'actions', level: 'write' },
    docs: 'actions/workflow-runs#delete-workflow-run-logs',
    answer: withRun((_call, run) => {
      if (run.isLive) return refuse(refusals.cannotDeleteLogs)
      if (!run.ignores('delete-logs')) run.logs = 'deleted'
      return { status: 204 }
    }),
  },
  {
    method: 'GET',
    path: '/actions/jobs/{job_id}/logs',
    need: READ,
    docs: 'actions/workflow-jobs#download-job-logs-for-a-workflow-run',
    answer: withJob((call, { run, job }) => {
      const gone = refuseLost(run)
      if (gone) return gone
      if (!hasLog(job)) return refuse(refusals.notFound)
      const content = () => Buffer.from(jobLog(job))
      return redirect(call, call.world.storage.sign(`job-logs.txt`, 'text/plain', content))
    }),
  },
]

/** The archive of an attempt exists once the attempt is completed, even while a newer one runs. */
function answerArchive(call: Call, run: SimulatedRun, attempt: Attempt): Answer {
  const gone = refuseLost(run)
  if (gone) return gone
  if (attempt.status !== 'completed' || !hasArchive(run, attempt)) return refuse(refusals.notFound)
  const fileName = `logs_${run.id}_${attempt.number}.zip`
  return redirect(
    call,
    call.world.storage.sign(fileName, 'application/zip', () => runArchive(run, attempt)),
  )
}

function refuseLost(run: SimulatedRun): Answer | undefined {
  if (run.logs === 'kept') return undefined
  return refuse(run.logs === 'expired' ? refusals.logsExpired : refusals.notFound)
}

function redirect(call: Call, signedPath: string): Answer {
  return { status: 302, headers: { location: `${call.world.addresses.storage}${signedPath}` } }
}
