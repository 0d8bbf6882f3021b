import { cancelInputs, forceAfter } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { cancelEach, cancelReasons } from '../runs/cancel.ts'

/** https://docs.github.com/rest/actions/workflow-runs#cancel-a-workflow-run */
export const cancel = defineOperation({
  name: 'cancel',
  description: 'Cancels runs. By filter it takes the runs that have not completed.',
  endpoints: [
    'POST runs/{run_id}/cancel',
    'POST runs/{run_id}/force-cancel',
    'GET runs/{run_id}',
    'GET runs',
    'GET workflows/{workflow_id}/runs',
  ],
  permission: 'actions: write',
  outputs: RUN_OUTPUTS,
  reasons: cancelReasons,
  example: `on:
  pull_request:
    types: [closed]
jobs:
  cancel:
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: cancel
          branch: \${{ github.head_ref }}
          event: pull_request
          force-after: 5m`,
  inputs: { ...cancelInputs, 'force-after': forceAfter },
  run: (context, inputs) => cancelEach(context, inputs, { force: false, forceAfter: inputs['force-after'] }),
})
