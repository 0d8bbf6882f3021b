import type { Context } from '../context.ts'
import { formatDuration } from '../durations.ts'
import { oneLine } from '../foreign-text.ts'
import { type Values, withDefault } from '../inputs/declaration.ts'
import { choice, flag } from '../inputs/kinds.ts'
import { appearTimeout, excerptLines, requiredSelectionInputs, waitInputs } from '../inputs/shared.ts'
import { excerptJobs } from '../logs/failures.ts'
import { type CommonValues, defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { failed, matched, type Verdict } from '../report.ts'
import { createSearch, type Search } from '../runs/discover.ts'
import { narrows } from '../runs/filter.ts'
import type { PollSchedule } from '../runs/poll.ts'
import { type Job, toJobReport } from '../runs/read.ts'
import { type Run, unreadRun } from '../runs/run.ts'
import { askedFilter, chooseNamed, reportNothingFound } from '../runs/select.ts'
import { isCompleted, isFailedJob } from '../runs/status.ts'
import { runUrl } from '../runs/target.ts'
import { explain } from '../runs/verdict.ts'
import { awaitAppearance, awaitEnd, type Watched } from '../runs/wait.ts'
import { type WatchedRun, type WatchOptions, watchRun } from '../runs/watch.ts'

const permission = 'actions: read'

/** Time that `on-timeout: cancel` needs at the end of `timeout`, at most. */
const CANCEL_RESERVE_MS = 5_000

const inputs = {
  ...requiredSelectionInputs,
  ...waitInputs,
  'appear-timeout': appearTimeout,
  'excerpt-lines': excerptLines,
  'fail-fast': withDefault(flag, "End at the first failed job instead of at the run's end.", 'false'),
  'on-timeout': withDefault(
    choice('fail', 'cancel'),
    'What happens at the end of `timeout`: `fail`, or `cancel` the runs, then fail.',
    'fail',
  ),
}

type Inputs = Values<typeof inputs> & CommonValues

const list = (names: readonly string[]): string => names.map((name) => oneLine(name)).join(', ')

/** Decides when a run's wait is over: at its end, or with `fail-fast` at the first failed job. */
function judge(run: Run, jobs: readonly Job[], values: Inputs): Verdict | undefined {
  const failedJobs = jobs.filter(isFailedJob).map(({ name }) => name)
  const because = failedJobs.length > 0 ? `; failed jobs: ${list(failedJobs)}` : ''
  if (!isCompleted(run)) {
    return values['fail-fast'] && because !== ''
      ? failed('conclusion', `still ${run.status}, ended by fail-fast${because}`)
      : undefined
  }
  const message = `ended with ${run.conclusion ?? 'no conclusion'}`
  return values['success-conclusions'].includes(run.conclusion ?? '')
    ? matched(message)
    : failed('conclusion', `${message}${because}`)
}

/** How the runs are watched; `on-timeout: cancel` needs some of the time at the end. */
function watchOptions({ deadline }: Context, values: Inputs): WatchOptions & PollSchedule {
  const reserve = values['on-timeout'] === 'cancel' ? Math.min(CANCEL_RESERVE_MS, values.timeout / 10) : undefined
  return {
    permission,
    failFast: values['fail-fast'],
    interval: values['poll-interval'],
    until: reserve && deadline - reserve,
    judge: (run, jobs) => judge(run, jobs, values),
  }
}

async function cancelUnfinished({ github, repository }: Context, { id }: WatchedRun): Promise<string> {
  try {
    await github.actions.cancelWorkflowRun({ ...repository, run_id: id })
    return 'cancel requested'
  } catch (error) {
    return `cancelling it failed: ${explain(error, 'actions: write').message}`
  }
}

/** The verdict of runs whose wait was not over when `timeout` was. */
async function endAtTimeout(context: Context, watched: Watched, values: Inputs): Promise<void> {
  const unfinished = [...watched.values()].filter(({ verdict }) => verdict === undefined)
  await Promise.all(
    unfinished.map(async (one) => {
      const message = `still ${one.run?.status ?? 'unknown'} at the end of the \`timeout\` of ${formatDuration(values.timeout)}`
      const cancelled = values['on-timeout'] === 'cancel' ? `; ${await cancelUnfinished(context, one)}` : ''
      one.verdict = failed('timeout', `${message}${cancelled}`)
    }),
  )
}

/** What went wrong in the runs that did not pass, out of the logs of their failed jobs. */
async function excerptFailures(context: Context, watched: Watched, length: number): Promise<void> {
  if (length === 0) return
  const failures = await Promise.all(
    [...watched.values()]
      .filter(({ verdict }) => verdict?.reason === 'conclusion')
      .map(({ jobs }) => excerptJobs(context, jobs, length)),
  )
  context.report.failures = failures.flat()
}

/** Puts what was seen into the report; runs without a verdict carry the one given. */
function record(context: Context, watched: Watched, rest: Verdict): void {
  const { report } = context
  const runs = [...watched.values()]
  for (const { id, run, verdict } of runs) {
    report.runs.push({ run: run ?? unreadRun(id, runUrl(context, id)), ...(verdict ?? rest) })
  }
  report.jobs = runs.flatMap(({ jobs }) => jobs.map(toJobReport))
}

/** What to look for when no run is named: the filters, else the runs of the commit (docs/behaviour.md, Which runs). */
function searchFilter(context: Context, values: Inputs) {
  const filter = askedFilter(context, values)
  const { pullRequestSha, sha } = context.trigger
  return narrows(filter) ? filter : { ...filter, headSha: pullRequestSha ?? sha }
}

function namedRuns(context: Context, values: Inputs): Watched | undefined {
  const eventRun = narrows(askedFilter(context, values)) ? undefined : context.trigger.eventRunId
  const references = values['run-id'] ?? (eventRun === undefined ? undefined : [{ id: eventRun }])
  if (references === undefined) return undefined
  return new Map(chooseNamed(context, references, true).map(({ id }) => [String(id), watchRun(id)]))
}

/** Waits for the runs to appear; what did not is in the report. @returns whether there is something to wait for */
async function findRuns(context: Context, search: Search, watched: Watched, values: Inputs): Promise<boolean> {
  const until = context.clock.now() + values['appear-timeout']
  const absent = await awaitAppearance(context, search, watched, { interval: values['poll-interval'], until })
  if (absent === undefined) return true
  const { missing, hint } = absent
  if (missing.length === 0 && values['if-no-runs-found'] !== 'error') {
    reportNothingFound(context, values['if-no-runs-found'])
    return false
  }
  record(context, watched, matched('not waited for: another workflow did not appear'))
  const what = missing.length > 0 ? `No run of ${list(missing)}` : 'No run that matches'
  context.report.failure = {
    reason: 'not-found',
    message: `${what} appeared within ${formatDuration(values['appear-timeout'])}. ${hint ?? 'Check the filters, or give it longer with `appear-timeout`.'}`,
  }
  return false
}

/** https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run */
export const waitForRun = defineOperation({
  name: 'wait-for-run',
  description:
    'Waits until runs appear and complete. By filter it waits for the newest run of each workflow that matches; without filter for the runs of the pull request head or of the commit.',
  endpoints: [
    'GET runs',
    'GET workflows/{workflow_id}/runs',
    'GET runs/{run_id}',
    'GET runs/{run_id}/jobs',
    'GET runs/{run_id}/pending_deployments',
    'POST runs/{run_id}/cancel',
  ],
  permission,
  outputs: [...RUN_OUTPUTS, 'jobs'],
  reasons: ['own-run', 'not-found', 'permission', 'conclusion', 'timeout', 'rate-limited', 'server-error'],
  example: `jobs:
  release:
    runs-on: ubuntu-latest
    permissions:
      actions: read
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: wait-for-run
          workflow: |
            ci.yml
            security.yml
          head-sha: \${{ github.sha }}
          appear-timeout: 5m
          timeout: 45m`,
  inputs,
  async run(context, values) {
    context.report.judged = true
    const named = namedRuns(context, values)
    const watched: Watched = named ?? new Map()
    const search = named ? undefined : createSearch(context, searchFilter(context, values))
    try {
      if (search && !(await findRuns(context, search, watched, values))) return
      if (!(await awaitEnd(context, search, watched, watchOptions(context, values))))
        await endAtTimeout(context, watched, values)
      else await excerptFailures(context, watched, values['excerpt-lines'])
    } catch (error) {
      if (watched.size === 0) throw error
      const { reason, message } = explain(error, permission)
      record(context, watched, failed(reason, message))
      return
    }
    record(context, watched, matched('not waited for: another run failed first'))
  },
})
