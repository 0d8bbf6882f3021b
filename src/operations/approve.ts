import { reviewInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { reviewEach, reviewReasons } from '../runs/review.ts'

/** https://docs.github.com/rest/actions/workflow-runs#review-pending-deployments-for-a-workflow-run */
export const approve = defineOperation({
  name: 'approve',
  description:
    'Approves pending deployments, all chosen environments of a run at once. By filter it takes the runs that are waiting.',
  endpoints: [
    'GET runs/{run_id}/pending_deployments',
    'POST runs/{run_id}/pending_deployments',
    'GET runs',
    'GET workflows/{workflow_id}/runs',
  ],
  permission: 'deployments: write',
  outputs: [...RUN_OUTPUTS, 'environments'],
  reasons: reviewReasons,
  example: `jobs:
  approve:
    runs-on: ubuntu-latest
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: approve
          # A token of a required reviewer: GITHUB_TOKEN cannot approve.
          token: \${{ secrets.REVIEWER_TOKEN }}
          run-id: \${{ inputs.run-id }}
          environment: staging, production-*
          appear-timeout: 10m`,
  inputs: reviewInputs,
  run: (context, inputs) => reviewEach(context, inputs, 'approved'),
})
