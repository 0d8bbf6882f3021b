import { oneLine } from '../foreign-text.ts'
import { readInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { matched } from '../report.ts'
import { actOnEach } from '../runs/act.ts'
import { type Pending, readPending } from '../runs/review.ts'
import { selectNamed } from '../runs/select.ts'

function describe({ name, mayReview, reviewers, waitTimer }: Pending): string {
  const parts = [
    mayReview ? 'this token may review it' : 'this token may not review it',
    ...(reviewers.length > 0 ? [`reviewers: ${reviewers.map(oneLine).join(', ')}`] : []),
    ...(waitTimer > 0 ? [`wait timer: ${waitTimer} min`] : []),
  ]
  return `${oneLine(name)} (${parts.join('; ')})`
}

/** https://docs.github.com/rest/actions/workflow-runs#get-pending-deployments-for-a-workflow-run */
export const getPendingDeployments = defineOperation({
  name: 'get-pending-deployments',
  description: 'Reads which environments of a run wait for their protection rules, and who may review them.',
  endpoints: ['GET runs/{run_id}/pending_deployments'],
  permission: 'actions: read',
  outputs: [...RUN_OUTPUTS, 'environments'],
  reasons: ['not-found', 'permission', 'timeout', 'rate-limited', 'server-error'],
  example: `jobs:
  pending:
    runs-on: ubuntu-latest
    permissions:
      actions: read
    steps:
      - id: pending
        uses: OWNER/workflow-run-operations@v1
        with:
          operation: get-pending-deployments
          run-id: \${{ inputs.run-id }}
      - if: contains(fromJSON(steps.pending.outputs.environments), 'production')
        run: echo "production waits for a review"`,
  inputs: readInputs,
  async run(context, inputs) {
    const found = new Set<string>()
    const targets = selectNamed(context, inputs)
    await actOnEach(
      context,
      targets,
      { permission: 'actions: read', absent: inputs['if-no-runs-found'] },
      async ({ id }) => {
        const pending = await readPending(context, id)
        for (const { name } of pending) found.add(name)
        return matched(pending.length > 0 ? `waiting: ${pending.map(describe).join(', ')}` : 'no environment waits')
      },
    )
    context.report.environments = [...found]
  },
})
