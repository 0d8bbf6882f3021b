import type { Context } from '../context.ts'
import { isRequestError, serverText } from '../github/refusals.ts'
import { writeOnce } from '../github/write.ts'
import { changed, planned, type Verdict } from '../report.ts'
import { readPending } from './review.ts'

/** The answer of a GitHub App to its own custom protection rule. */
export interface RuleAnswer {
  environment: string
  /** Undefined: a comment only, the deployment goes on waiting. */
  state: 'approved' | 'rejected' | undefined
  comment: string | undefined
  dryRun: boolean
}

/** GitHub's answer when the review that is sent again had worked the first time. */
const isAlreadyReviewed = (error: unknown): boolean =>
  isRequestError(error) && error.status === 422 && /already been reviewed/i.test(serverText(error))

async function sendState(
  context: Context,
  runId: number,
  environment: string,
  send: () => Promise<unknown>,
): Promise<void> {
  let tries = 0
  const sendOnce = () => {
    tries += 1
    return send()
  }
  const isAnswered = async () => (await readPending(context, runId)).every(({ name }) => name !== environment)
  try {
    await writeOnce(context, sendOnce, isAnswered)
  } catch (error) {
    if (!isAlreadyReviewed(error) || tries === 1) throw error
  }
}

/**
 * Answers the rule of one environment.
 *
 * https://docs.github.com/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run
 */
export async function answerRule(context: Context, runId: number, answer: RuleAnswer): Promise<Verdict> {
  const { environment, state, comment, dryRun } = answer
  const told = state ? `rule of ${environment} ${state}` : `comment on the rule of ${environment}`
  if (dryRun) return planned(`would send: ${told}`)
  const send = () =>
    context.github.actions.reviewCustomGatesForRun({
      ...context.repository,
      run_id: runId,
      environment_name: environment,
      ...(state && { state }),
      ...(comment !== undefined && { comment }),
    } as Parameters<typeof context.github.actions.reviewCustomGatesForRun>[0])
  // A comment leaves no trace that could be read: after a lost answer nobody could say whether to send it again.
  if (state === undefined) await send()
  else await sendState(context, runId, environment, send)
  return changed(told)
}
