import { defaulting } from '../inputs/declaration.ts'
import { enableDebugLogging, maxAttempts, selectionInputs, wait, waitInputs, writeInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { skipped, type Verdict } from '../report.ts'
import { actOnEach } from '../runs/act.ts'
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
  reasons: ['nothing-failed', ...rerunReasons],
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
    ...writeInputs,
    ...waitInputs,
    wait,
    'max-attempts': defaulting(maxAttempts, '3'),
    'enable-debug-logging': enableDebugLogging,
  },
  async run(context, inputs) {
    const targets = await selectRuns(context, inputs, {
      protectOwnRun: true,
      defaults: { status: ['failure', 'timed_out'] },
    })
    await actOnEach(context, targets, { permission }, ({ id, named }, seen) =>
      rerunRun(context, id, seen, {
        dryRun: inputs['dry-run'],
        wait: inputs.wait,
        maxAttempts: inputs['max-attempts'],
        pollInterval: inputs['poll-interval'],
        successConclusions: inputs['success-conclusions'],
        what: 'failed jobs',
        repeat: true,
        refuse: (run) => refuse(run, named),
        send: () =>
          context.github.actions.reRunWorkflowFailedJobs({
            ...context.repository,
            run_id: id,
            ...(inputs['enable-debug-logging'] && { enable_debug_logging: true }),
          }),
      }),
    )
  },
})
