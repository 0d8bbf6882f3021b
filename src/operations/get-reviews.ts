import { oneLine } from '../foreign-text.ts'
import { readInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { matched, type ReviewReport } from '../report.ts'
import { actOnEach } from '../runs/act.ts'
import { selectNamed } from '../runs/select.ts'

const describe = ({ environments, state, user }: ReviewReport): string =>
  `${environments.map(oneLine).join(', ')} ${state} by ${oneLine(user ?? 'somebody')}`

/** https://docs.github.com/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run */
export const getReviews = defineOperation({
  name: 'get-reviews',
  description: 'Reads the history of the reviews of a run: who approved or rejected which environment.',
  endpoints: ['GET runs/{run_id}/approvals'],
  permission: 'actions: read',
  outputs: [...RUN_OUTPUTS, 'reviews'],
  reasons: ['not-found', 'permission', 'timeout', 'rate-limited', 'server-error'],
  example: `jobs:
  audit:
    runs-on: ubuntu-latest
    permissions:
      actions: read
    steps:
      - id: audit
        uses: OWNER/workflow-run-operations@v1
        with:
          operation: get-reviews
          run-id: \${{ inputs.run-id }}
      - run: echo "$REVIEWS" | jq -r '.[] | "\\(.user) \\(.state)"'
        env:
          REVIEWS: \${{ steps.audit.outputs.reviews }}`,
  inputs: readInputs,
  async run(context, inputs) {
    const { github, repository, report } = context
    const reviews: ReviewReport[] = []
    const targets = selectNamed(context, inputs)
    await actOnEach(
      context,
      targets,
      { permission: 'actions: read', absent: inputs['if-no-runs-found'] },
      async ({ id }) => {
        const { data } = await github.actions.getReviewsForRun({ ...repository, run_id: id })
        const found = data.map(({ state, comment, user, environments }) => ({
          runId: id,
          state,
          comment,
          user: user?.login ?? null,
          // The schema requires it; an old server may leave it out all the same.
          environments: (environments ?? []).map(({ name }) => name ?? ''),
        }))
        reviews.push(...found)
        return matched(found.map(describe).join('; ') || 'no reviews')
      },
    )
    report.reviews = reviews
  },
})
