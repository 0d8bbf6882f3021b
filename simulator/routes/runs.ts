import type { Answer } from '../answer.ts'
import { runBody } from '../bodies/run.ts'
import { refuseBody } from '../body-check.ts'
import type { Call, Route } from '../call.ts'
import { refuseCancel, requestCancel } from '../cancel.ts'
import { answerPage, capped, refuseDepth } from '../listing.ts'
import { refusals, refuse } from '../refusals.ts'
import { refuseRerun, requestRerun } from '../rerun.ts'
import type { SimulatedRun } from '../run.ts'
import { runFilter } from '../run-filter.ts'

const READ = { area: 'actions', level: 'read' } as const
const WRITE = { area: 'actions', level: 'write' } as const

/** Answers for the run in the path, or 404. */
export function withRun(answer: (call: Call, run: SimulatedRun) => Answer): (call: Call) => Answer {
  return (call) => {
    const run = call.repository.run(Number(call.parameters.run_id))
    return run ? answer(call, run) : refuse(refusals.notFound)
  }
}

/** The fields of POST rerun and rerun-failed-jobs. */
const RERUN_FIELDS = { enable_debug_logging: { kind: 'boolean' } } as const

/** Whole runs: list, read, re-run, cancel, delete. */
export const runRoutes: Route[] = [
  {
    method: 'GET',
    path: '/actions/runs',
    need: READ,
    docs: 'actions/workflow-runs#list-workflow-runs-for-a-repository',
    answer: (call) => answerRuns(call, call.repository.runs),
  },
  {
    method: 'GET',
    path: '/actions/runs/{run_id}',
    need: READ,
    docs: 'actions/workflow-runs#get-a-workflow-run',
    answer: withRun((call, run) => ({ status: 200, body: runBody(call, run, pullRequestView(call)) })),
  },
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/attempts/{attempt_number}',
    need: READ,
    docs: 'actions/workflow-runs#get-a-workflow-run-attempt',
    answer: withRun((call, run) => {
      const attempt = run.attempts.find(({ number }) => number === Number(call.parameters.attempt_number))
      if (!attempt) return refuse(refusals.notFound)
      return { status: 200, body: runBody(call, run, { ...pullRequestView(call), attempt }) }
    }),
  },
  {
    method: 'DELETE',
    path: '/actions/runs/{run_id}',
    need: WRITE,
    docs: 'actions/workflow-runs#delete-a-workflow-run',
    answer: withRun((call, run) => {
      if (run.isLive) return refuse(refusals.cannotDelete)
      if (!run.ignores('delete')) call.repository.deleteRun(run)
      return { status: 204 }
    }),
  },
  {
    method: 'POST',
    path: '/actions/runs/{run_id}/rerun',
    need: WRITE,
    docs: 'actions/workflow-runs#re-run-a-workflow',
    answer: withRun((call, run) => answerRerun(call, run, 'all')),
  },
  {
    method: 'POST',
    path: '/actions/runs/{run_id}/rerun-failed-jobs',
    need: WRITE,
    docs: 'actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run',
    answer: withRun((call, run) => answerRerun(call, run, 'failed')),
  },
  {
    method: 'POST',
    path: '/actions/runs/{run_id}/cancel',
    need: WRITE,
    docs: 'actions/workflow-runs#cancel-a-workflow-run',
    answer: withRun((_call, run) => answerCancel(run, false)),
  },
  {
    method: 'POST',
    path: '/actions/runs/{run_id}/force-cancel',
    need: WRITE,
    docs: 'actions/workflow-runs#force-cancel-a-workflow-run',
    answer: withRun((_call, run) => answerCancel(run, true)),
  },
]

/** A page of runs, filtered by the query. */
export function answerRuns(call: Call, runs: SimulatedRun[]): Answer {
  const filter = runFilter(call.query)
  const tooDeep = refuseDepth(call, filter !== undefined)
  if (tooDeep) return tooDeep
  const indexedUntil = call.world.timeline.now() - call.world.settings.delays.index
  const found = filter ? runs.filter((run) => run.identity.createdAt <= indexedUntil && filter(run)) : runs
  const view = pullRequestView(call)
  return answerPage(call, 'workflow_runs', capped(found, filter !== undefined), (run) => runBody(call, run, view))
}

function pullRequestView(call: Call): { excludePullRequests: boolean } {
  return { excludePullRequests: call.query.get('exclude_pull_requests') === 'true' }
}

function answerRerun(call: Call, run: SimulatedRun, choice: 'all' | 'failed'): Answer {
  const badBody = refuseBody(call.body, RERUN_FIELDS)
  if (badBody) return badBody
  const refusal = refuseRerun(run, choice)
  if (refusal) return refuse(refusal)
  requestRerun(run, choice, call.grant.login)
  return { status: 201, body: {} }
}

function answerCancel(run: SimulatedRun, force: boolean): Answer {
  const refusal = refuseCancel(run)
  if (refusal) return refuse(refusal)
  requestCancel(run, force)
  return { status: 202, body: {} }
}
