import { cleanUpInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { cleanUpEach, cleanUpReasons } from '../runs/clean-up.ts'
import { isRunGone } from '../runs/read.ts'

/** https://docs.github.com/rest/actions/workflow-runs#delete-a-workflow-run */
export const deleteRuns = defineOperation({
  name: 'delete-runs',
  description:
    'Deletes completed runs, oldest first, with their logs and artifacts. Runs that have not completed are skipped.',
  endpoints: ['DELETE runs/{run_id}', 'GET runs', 'GET workflows/{workflow_id}/runs', 'GET runs/{run_id}'],
  permission: 'actions: write',
  outputs: RUN_OUTPUTS,
  reasons: cleanUpReasons,
  example: `on:
  schedule:
    - cron: '30 3 * * *'
jobs:
  clean-up:
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: delete-runs
          older-than: 90d
          keep-latest: 10
          exclude-branches: main, release/**
          dry-run: true`,
  inputs: cleanUpInputs,
  run: (context, inputs) =>
    cleanUpEach(context, inputs, {
      what: 'run',
      send: (id) => context.github.actions.deleteWorkflowRun({ ...context.repository, run_id: id }),
      isGone: (id) => isRunGone(context, id),
    }),
})
