import { cleanUpInputs } from '../inputs/shared.ts'
import { areLogsGone } from '../logs/storage.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { cleanUpEach, cleanUpReasons } from '../runs/clean-up.ts'

/** https://docs.github.com/rest/actions/workflow-runs#delete-workflow-run-logs */
export const deleteLogs = defineOperation({
  name: 'delete-logs',
  description:
    'Deletes the logs of completed runs and keeps the runs, oldest first. A run without logs cannot be re-run any more.',
  endpoints: [
    'DELETE runs/{run_id}/logs',
    'GET runs',
    'GET workflows/{workflow_id}/runs',
    'GET runs/{run_id}',
    'GET runs/{run_id}/logs',
  ],
  permission: 'actions: write',
  outputs: RUN_OUTPUTS,
  reasons: cleanUpReasons,
  example: `on:
  schedule:
    - cron: '30 3 * * 0'
jobs:
  clean-up:
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: delete-logs
          workflow: nightly.yml
          older-than: 30d
          keep-latest: 5`,
  inputs: cleanUpInputs,
  run: (context, inputs) =>
    cleanUpEach(context, inputs, {
      what: 'logs',
      send: (id) => context.github.actions.deleteWorkflowRunLogs({ ...context.repository, run_id: id }),
      isGone: (id) => areLogsGone(context, id),
    }),
})
