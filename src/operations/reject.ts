import { reviewInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { reviewEach, reviewReasons } from '../runs/review.ts'

/** https://docs.github.com/rest/actions/workflow-runs#review-pending-deployments-for-a-workflow-run */
export const reject = defineOperation({
  name: 'reject',
  description:
    'Rejects pending deployments, all chosen environments of a run at once; the run then fails. By filter it takes the runs that are waiting.',
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
  reject:
    runs-on: ubuntu-latest
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: reject
          # A token of a required reviewer: GITHUB_TOKEN cannot review.
          token: \${{ secrets.REVIEWER_TOKEN }}
          workflow: deploy.yml
          older-than: 7d
          comment: Not approved within a week`,
  inputs: reviewInputs,
  run: (context, inputs) => reviewEach(context, inputs, 'rejected'),
})
