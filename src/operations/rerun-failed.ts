import type { RE2JS } from 're2js'
import type { Context } from '../context.ts'
import { oneLine } from '../foreign-text.ts'
import { defaulting, optional } from '../inputs/declaration.ts'
import { expressions } from '../inputs/expressions.ts'
import { rerunInputs, selectionInputs } from '../inputs/shared.ts'
import { findInFailedJobs } from '../logs/pattern.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { skipped, type Verdict } from '../report.ts'
import { actOnEach } from '../runs/act.ts'
import { readJobs } from '../runs/read.ts'
import { refuseUnstarted, rerunReasons, rerunRun } from '../runs/rerun.ts'
import type { Run } from '../runs/run.ts'
import { selectRuns } from '../runs/select.ts'
import { hasNothingFailed } from '../runs/status.ts'

const permission = 'actions: write'

/** Why there is nothing to re-run, if so. */
function refuse(run: Run, named: boolean): Verdict | undefined {
  if (hasNothingFailed(run)) {
    return skipped('nothing-failed', `the run ended with ${run.conclusion}: nothing to re-run`)
  }
  return refuseUnstarted(run, named)
}

/** Re-runs only what fails for a reason that is worth a re-run; the line that says so is reported. */
async function refuseByLogs(context: Context, run: Run, patterns: readonly RE2JS[]): Promise<Verdict | undefined> {
  const match = await findInFailedJobs(context, await readJobs(context, run.id), patterns)
  if (!match) return skipped('pattern-not-matched', 'no log line of a failed job matches `failure-pattern`')
  const note = `Run ${run.id}: job ${oneLine(match.job)} matches \`failure-pattern\`: ${oneLine(match.line).slice(0, 300)}`
  context.log.line(note)
  context.report.notes.push(note)
  return undefined
}

/** https://docs.github.com/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run */
export const rerunFailed = defineOperation({
  name: 'rerun-failed',
  description:
    'Re-runs the failed jobs of runs and the jobs that depend on them. By filter it takes runs that ended with `failure` or `timed_out`, unless `status` says otherwise. With `wait` it goes on until success or `max-attempts`.',
  endpoints: [
    'POST runs/{run_id}/rerun-failed-jobs',
    'GET runs/{run_id}',
    'GET runs',
    'GET workflows/{workflow_id}/runs',
  ],
  permission,
  outputs: RUN_OUTPUTS,
  reasons: ['nothing-failed', 'pattern-not-matched', ...rerunReasons],
  example: `on:
  workflow_run:
    workflows: [CI]
    types: [completed]
jobs:
  rerun:
    if: github.event.workflow_run.conclusion == 'failure'
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: rerun-failed
          max-attempts: 3`,
  inputs: {
    ...selectionInputs,
    ...rerunInputs,
    'max-attempts': defaulting(rerunInputs['max-attempts'], '3'),
    'failure-pattern': optional(
      expressions,
      'Re-run only if a line of the log of a failed job matches one of these regular expressions (RE2 syntax), one a line.',
    ),
  },
  async run(context, inputs) {
    const patterns = inputs['failure-pattern']
    const targets = await selectRuns(context, inputs, {
      protectOwnRun: true,
      defaults: { status: ['failure', 'timed_out'] },
    })
    await actOnEach(context, targets, { permission }, ({ id, named }, seen) => {
      const send = () =>
        context.github.actions.reRunWorkflowFailedJobs({
          ...context.repository,
          run_id: id,
          ...(inputs['enable-debug-logging'] && { enable_debug_logging: true }),
        })
      return rerunRun(context, id, seen, inputs, {
        refuse: (run) => refuse(run, named),
        prepare: async (run) =>
          (patterns && (await refuseByLogs(context, run, patterns))) ?? { what: 'failed jobs', send },
        repeat: true,
      })
    })
  },
})
