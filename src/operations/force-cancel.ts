import { cancelInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { cancelEach, cancelReasons } from '../runs/cancel.ts'

/** https://docs.github.com/rest/actions/workflow-runs#force-cancel-a-workflow-run */
export const forceCancel = defineOperation({
  name: 'force-cancel',
  description:
    'Cancels runs past `always()` conditions, which go on after an ordinary cancel. By filter it takes the runs that have not completed.',
  endpoints: ['POST runs/{run_id}/force-cancel', 'GET runs/{run_id}', 'GET runs', 'GET workflows/{workflow_id}/runs'],
  permission: 'actions: write',
  outputs: RUN_OUTPUTS,
  reasons: cancelReasons,
  example: `jobs:
  cancel:
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: force-cancel
          run-id: \${{ inputs.run-id }}
          wait: true`,
  inputs: cancelInputs,
  run: (context, inputs) => cancelEach(context, inputs, { force: true, forceAfter: undefined }),
})
