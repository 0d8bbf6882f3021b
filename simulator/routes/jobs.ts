import type { Answer } from '../answer.ts'
import { jobBody } from '../bodies/job.ts'
import { refuseBody } from '../body-check.ts'
import type { Call, Route } from '../call.ts'
import type { SimulatedJob } from '../job.ts'
import { answerPage } from '../listing.ts'
import { refusals, refuse } from '../refusals.ts'
import type { PlacedJob } from '../repository.ts'
import { refuseRerun, requestRerun } from '../rerun.ts'
import { type SimulatedRun, visibleJobs } from '../run.ts'
import { withRun } from './runs.ts'

const READ = { area: 'actions', level: 'read' } as const
const WRITE = { area: 'actions', level: 'write' } as const

const RERUN_FIELDS = { enable_debug_logging: { kind: 'boolean' }, enable_debugger: { kind: 'boolean' } } as const

/** Answers for the job in the path, or 404: also for the small job numbers of the web pages. */
export function withJob(answer: (call: Call, placed: PlacedJob) => Answer): (call: Call) => Answer {
  return (call) => {
    const placed = call.repository.findJob(Number(call.parameters.job_id))
    return placed ? answer(call, placed) : refuse(refusals.notFound)
  }
}

/** Jobs: list, read, re-run; and the annotations of their check runs (there never are any). */
export const jobRoutes: Route[] = [
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/jobs',
    need: READ,
    docs: 'actions/workflow-jobs#list-jobs-for-a-workflow-run',
    answer: withRun((call, run) => {
      const shown = call.query.get('filter') === 'all' ? run.attempts : [run.latest]
      return answerJobs(call, run, shown.flatMap(visibleJobs))
    }),
  },
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/attempts/{attempt_number}/jobs',
    need: READ,
    docs: 'actions/workflow-jobs#list-jobs-for-a-workflow-run-attempt',
    answer: withRun((call, run) => {
      const attempt = run.attempts.find(({ number }) => number === Number(call.parameters.attempt_number))
      return attempt ? answerJobs(call, run, visibleJobs(attempt)) : refuse(refusals.notFound)
    }),
  },
  {
    method: 'GET',
    path: '/actions/jobs/{job_id}',
    need: READ,
    docs: 'actions/workflow-jobs#get-a-job-for-a-workflow-run',
    answer: withJob((call, { run, job }) => ({ status: 200, body: jobBody(call, run, job) })),
  },
  {
    method: 'POST',
    path: '/actions/jobs/{job_id}/rerun',
    need: WRITE,
    docs: 'actions/workflow-runs#re-run-a-job-from-a-workflow-run',
    answer: withJob((call, { run, job }) => {
      const badBody = refuseBody(call.body, RERUN_FIELDS)
      if (badBody) return badBody
      const refusal = refuseRerun(run, job)
      if (refusal) return refuse(refusal)
      requestRerun(run, job, call.grant.login)
      return { status: 201, body: {} }
    }),
  },
  {
    method: 'GET',
    path: '/check-runs/{job_id}/annotations',
    need: READ,
    docs: 'checks/runs#list-check-run-annotations',
    answer: withJob(() => ({ status: 200, body: [] })),
  },
]

function answerJobs(call: Call, run: SimulatedRun, jobs: SimulatedJob[]): Answer {
  return answerPage(call, 'jobs', jobs, (job) => jobBody(call, run, job))
}
