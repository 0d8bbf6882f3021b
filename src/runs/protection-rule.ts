import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { isRequestError, type RequestError, serverText } from '../github/refusals.ts'
import { sendOnce, writeOnce } from '../github/write.ts'
import { changed, planned, type Verdict } from '../report.ts'
import { toleratingItself } from './repeated-write.ts'
import { isRace, readPending } from './review.ts'
import { explain } from './verdict.ts'

const permission = 'deployments: write'

/** The answer of a GitHub App to its own custom protection rule. */
export interface RuleAnswer {
  environment: string
  /** Undefined: a comment only, the deployment goes on waiting. */
  state: 'approved' | 'rejected' | undefined
  comment: string | undefined
  dryRun: boolean
}

const says = (error: unknown, words: RegExp): error is RequestError =>
  isRequestError(error) && error.status === 422 && words.test(serverText(error))

const isAlreadyReviewed = (error: unknown): boolean => says(error, /already been reviewed/i)

const isNotPending = (error: unknown): boolean => says(error, /no pending deployment requests/i)

/** What waits, for the author who named something else; it takes a further permission, so it may stay unknown. */
async function describeWaiting(context: Context, runId: number): Promise<string> {
  const pending = await readPending(context, runId).catch(() => [])
  return pending.length > 0 ? `; waiting are: ${pending.map(({ name }) => oneLine(name)).join(', ')}` : ''
}

/** The refusals that mean something of their own for a rule; others are handed back as they are. */
async function clarify(context: Context, runId: number, environment: string, error: unknown): Promise<unknown> {
  if (!isRequestError(error)) return error
  const name = oneLine(environment)
  const said = `GitHub answered ${error.status}: ${serverText(error)}.`
  if (isAlreadyReviewed(error)) {
    const message = `${said} The rule of ${name} was answered before: nothing is left to answer.`
    return new OperationError('no-pending-deployment', message, { cause: error })
  }
  if (isNotPending(error)) {
    const waiting = await describeWaiting(context, runId)
    const message = `${said} No job of the run waits for this app at ${name}${waiting}. Check \`environment\`.`
    return new OperationError('no-pending-deployment', message, { cause: error })
  }
  const { reason, message } = explain(error, permission)
  if (error.status !== 403 || reason !== 'permission') return error
  const advice = 'Only the GitHub App that owns the rule can answer it: use its installation token.'
  return new OperationError(reason, `${message} ${advice}`, { cause: error })
}

/** Sends an answer that the run shows: after a lost answer it can be seen whether the write took effect. */
async function sendState(context: Context, runId: number, environment: string, send: () => Promise<unknown>) {
  const isOwnEffect = (error: unknown) => isAlreadyReviewed(error) || isNotPending(error)
  const isAnswered = async () => (await readPending(context, runId)).every(({ name }) => name !== environment)
  const write = () => writeOnce(context, toleratingItself(send, isOwnEffect), isAnswered)
  try {
    await write()
  } catch (error) {
    if (!isRace(error)) throw error
    await write()
  }
}

/**
 * Answers the rule of one environment.
 *
 * https://docs.github.com/rest/actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run
 */
export async function answerRule(context: Context, runId: number, answer: RuleAnswer): Promise<Verdict> {
  const { environment, state, comment, dryRun } = answer
  const told = state ? `rule of ${oneLine(environment)} ${state}` : `comment on the rule of ${oneLine(environment)}`
  if (dryRun) return planned(`would send: ${told}`)
  const send = () =>
    context.github.actions.reviewCustomGatesForRun({
      ...context.repository,
      run_id: runId,
      environment_name: environment,
      ...(state && { state }),
      ...(comment !== undefined && { comment }),
    } as Parameters<typeof context.github.actions.reviewCustomGatesForRun>[0])
  try {
    // A comment leaves no trace that could be read: after a lost answer nobody could say whether to send it again.
    await (state === undefined ? sendOnce(context, send) : sendState(context, runId, environment, send))
  } catch (error) {
    throw await clarify(context, runId, environment, error)
  }
  return changed(told)
}
