import { rerunInputs, selectionInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { actOnEach } from '../runs/act.ts'
import { refuseUnstarted, rerunReasons, rerunRun } from '../runs/rerun.ts'
import { selectRuns } from '../runs/select.ts'

/** https://docs.github.com/rest/actions/workflow-runs#re-run-a-workflow */
export const rerun = defineOperation({
  name: 'rerun',
  description: 'Re-runs all jobs of runs.',
  endpoints: ['POST runs/{run_id}/rerun', 'GET runs/{run_id}', 'GET runs', 'GET workflows/{workflow_id}/runs'],
  permission: 'actions: write',
  outputs: RUN_OUTPUTS,
  reasons: rerunReasons,
  example: `jobs:
  rerun:
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: rerun
          run-id: \${{ inputs.run-id }}
          enable-debug-logging: true
          wait: true`,
  inputs: { ...selectionInputs, ...rerunInputs },
  async run(context, inputs) {
    const targets = await selectRuns(context, inputs, { protectOwnRun: true })
    await actOnEach(context, targets, { permission: 'actions: write' }, ({ id, named }, seen) =>
      rerunRun(context, id, seen, inputs, {
        refuse: (run) => refuseUnstarted(run, named),
        prepare: async () => ({
          what: 'all jobs',
          send: () =>
            context.github.actions.reRunWorkflow({
              ...context.repository,
              run_id: id,
              ...(inputs['enable-debug-logging'] && { enable_debug_logging: true }),
            }),
        }),
        repeat: false,
      }),
    )
  },
})
