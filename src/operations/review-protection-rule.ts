import { optional } from '../inputs/declaration.ts'
import { choice } from '../inputs/kinds.ts'
import { reviewInputs, selectionInputs, writeInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { actOnEach } from '../runs/act.ts'
import { answerRule } from '../runs/protection-rule.ts'
import { reviewReasons } from '../runs/review.ts'
import { selectRuns } from '../runs/select.ts'

/** https://docs.github.com/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run */
export const reviewProtectionRule = defineOperation({
  name: 'review-protection-rule',
  description:
    'Answers a custom deployment protection rule: approves, rejects or comments. Only the GitHub App that owns the rule may, with its installation token. By filter it takes the runs that are waiting.',
  endpoints: ['POST runs/{run_id}/deployment_protection_rule', 'GET runs', 'GET workflows/{workflow_id}/runs'],
  permission: 'deployments: write',
  outputs: [...RUN_OUTPUTS, 'environments'],
  reasons: reviewReasons,
  example: `jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: review-protection-rule
          # Installation token of the GitHub App that owns the rule.
          token: \${{ secrets.APP_TOKEN }}
          run-id: \${{ inputs.run-id }}
          environment: production
          state: approved
          comment: All checks passed`,
  inputs: {
    ...selectionInputs,
    ...writeInputs,
    environment: { ...reviewInputs.environment, required: true },
    comment: reviewInputs.comment,
    state: optional(
      choice('approved', 'rejected'),
      'The answer. Unset: a comment only, the deployment goes on waiting.',
    ),
  },
  check: ({ environment, state, comment }) => [
    ...((environment?.length ?? 0) > 1
      ? ['Input `environment` names several environments: `review-protection-rule` takes one.']
      : []),
    ...(state === undefined && comment === undefined
      ? ['Inputs `state` and `comment` are both unset: set at least one of them.']
      : []),
  ],
  async run(context, inputs) {
    const environment = inputs.environment?.[0] ?? ''
    const targets = await selectRuns(context, inputs, { protectOwnRun: false, defaults: { status: ['waiting'] } })
    let isAnswered = false
    await actOnEach(context, targets, { permission: 'deployments: write' }, async ({ id }) => {
      const { state, comment } = inputs
      const verdict = await answerRule(context, id, { environment, state, comment, dryRun: inputs['dry-run'] })
      isAnswered = true
      return verdict
    })
    context.report.environments = isAnswered ? [environment] : []
  },
})
