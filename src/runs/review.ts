import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { isRequestError, serverText } from '../github/refusals.ts'
import { writeOnce } from '../github/write.ts'
import type { Values } from '../inputs/declaration.ts'
import type { reviewInputs } from '../inputs/shared.ts'
import { createMatcher } from '../patterns.ts'
import { changed, failed, planned, type Reason, type Verdict } from '../report.ts'
import { actOnEach } from './act.ts'
import { poll } from './poll.ts'
import { toleratingItself } from './repeated-write.ts'
import { selectRuns } from './select.ts'
import { explain } from './verdict.ts'

/** Reasons that a review can end with. */
export const reviewReasons: readonly Reason[] = [
  'not-found',
  'permission',
  'no-pending-deployment',
  'not-a-reviewer',
  'timeout',
  'rate-limited',
  'unsupported',
  'server-error',
]

/** How pending deployments are reviewed. */
interface ReviewOptions {
  state: 'approved' | 'rejected'
  /** Names or globs; undefined: all that wait and that the token may review. */
  environments: readonly string[] | undefined
  comment: string
  /** Milliseconds since the epoch until which an environment may appear. */
  appearUntil: number
  pollInterval: number
  dryRun: boolean
}

/** An environment that waits. */
export interface Pending {
  id: number
  name: string
  /** The owner of the token may review it. */
  mayReview: boolean
  /** Logins and team slugs. */
  reviewers: string[]
  /** Minutes. */
  waitTimer: number
}

const names = (environments: readonly Pending[]): string => environments.map(({ name }) => oneLine(name)).join(', ')

/** https://docs.github.com/rest/actions/workflow-runs#get-pending-deployments-for-a-workflow-run */
export async function readPending({ github, repository }: Context, runId: number): Promise<Pending[]> {
  const { data } = await github.actions.getPendingDeploymentsForRun({ ...repository, run_id: runId })
  return data.map(({ environment, current_user_can_approve, reviewers, wait_timer }) => ({
    id: environment.id ?? 0,
    name: environment.name ?? '',
    // Only a plain no is a no: what the server does not say is left for it to refuse.
    mayReview: current_user_can_approve !== false,
    reviewers: (reviewers ?? [])
      .map(({ reviewer }) => reviewer as { login?: string; slug?: string } | undefined)
      .map((reviewer) => reviewer?.login ?? reviewer?.slug ?? '?'),
    waitTimer: wait_timer ?? 0,
  }))
}

/**
 * The environments to review: of those that wait, the ones asked for.
 *
 * @returns an empty list when none of them waits yet
 * @throws OperationError (`not-a-reviewer`) when the token may not review what was chosen
 */
function choose(pending: readonly Pending[], asked: readonly string[] | undefined): readonly Pending[] {
  const isAsked = createMatcher(asked ?? [], { crossSlash: true })
  const chosen = asked ? pending.filter(({ name }) => isAsked(name)) : pending.filter(({ mayReview }) => mayReview)
  const refused = asked ? chosen.filter(({ mayReview }) => !mayReview) : chosen.length === 0 ? pending : []
  if (refused.length === 0) return chosen
  throw new OperationError(
    'not-a-reviewer',
    `The owner of this token may not review ${names(refused)}. Use the token of a person, or of a member of a team, that is a required reviewer there and did not start the run where self-review is prevented; \`GITHUB_TOKEN\` and app tokens can never be reviewers.`,
  )
}

/** Waits until something that was asked for waits. @returns what waits, and what of it to review */
async function awaitPending(context: Context, runId: number, options: ReviewOptions): Promise<readonly Pending[]> {
  let waiting: readonly Pending[] = []
  const found = await poll(context, { interval: options.pollInterval, until: options.appearUntil }, async () => {
    waiting = await readPending(context, runId)
    const chosen = choose(waiting, options.environments)
    return chosen.length > 0 ? chosen : undefined
  })
  if (found) return found
  const others = waiting.length > 0 ? `; waiting are: ${names(waiting)}` : ''
  const asked = options.environments ? ` of ${options.environments.map(oneLine).join(', ')}` : ''
  throw new OperationError(
    'no-pending-deployment',
    `No environment${asked} waits for a review of this run${others}. Check \`environment\`, or give it time with \`appear-timeout\`.`,
  )
}

/** GitHub's answer to two reviews, or two jobs on one environment, at the same moment. */
export const isRace = (error: unknown): boolean =>
  isRequestError(error) && error.status === 422 && /approving one of the gates/i.test(serverText(error))

/** https://docs.github.com/rest/actions/workflow-runs#review-pending-deployments-for-a-workflow-run */
async function send(
  context: Context,
  runId: number,
  chosen: readonly Pending[],
  { state, comment }: ReviewOptions,
): Promise<void> {
  const ids = chosen.map(({ id }) => id)
  const review = () =>
    context.github.actions.reviewPendingDeploymentsForRun({
      ...context.repository,
      run_id: runId,
      environment_ids: ids,
      state,
      comment,
    })
  // A review that was accepted may take a while to let the jobs go on; that there is nothing left to review shows first.
  const isReviewed = async () =>
    (await readPending(context, runId)).every(({ id, mayReview }) => !ids.includes(id) || !mayReview)
  const isOwnEffect = (error: unknown) => explain(error, '').reason === 'no-pending-deployment'
  await writeOnce(context, toleratingItself(review, isOwnEffect), isReviewed)
}

/**
 * Reviews the pending deployments of a run, all chosen environments in one request.
 *
 * @param reviewed is told the names of the environments
 * @throws OperationError `no-pending-deployment` or `not-a-reviewer`; other refusals as they are
 */
async function reviewRun(
  context: Context,
  runId: number,
  options: ReviewOptions,
  reviewed: (names: string[]) => void,
): Promise<Verdict> {
  let chosen = await awaitPending(context, runId, options)
  if (options.dryRun) {
    reviewed(chosen.map(({ name }) => name))
    return planned(`would be ${options.state}: ${names(chosen)}`)
  }
  try {
    await send(context, runId, chosen, options)
  } catch (error) {
    if (!isRace(error)) throw error
    chosen = choose(await readPending(context, runId), options.environments)
    if (chosen.length === 0) return failed('no-pending-deployment', 'somebody else reviewed it at the same moment')
    await send(context, runId, chosen, options)
  }
  reviewed(chosen.map(({ name }) => name))
  return changed(`${options.state}: ${names(chosen)}`)
}

/** Who reviews, for the people who look at the review: the run that this step is part of. */
function defaultComment({ trigger }: Context, state: ReviewOptions['state']): string {
  const { serverUrl, repository, runId } = trigger
  const who = repository && runId ? `${serverUrl}/${repository}/actions/runs/${runId}` : 'workflow-run-operations'
  return `${state === 'approved' ? 'Approved' : 'Rejected'} by ${who}`
}

/** Reviews the pending deployments of all runs that the inputs choose. */
export async function reviewEach(
  context: Context,
  inputs: Values<typeof reviewInputs>,
  state: ReviewOptions['state'],
): Promise<void> {
  const appearUntil = context.clock.now() + inputs['appear-timeout']
  const pollInterval = inputs['poll-interval']
  const targets = await selectRuns(context, inputs, {
    protectOwnRun: false,
    defaults: { status: ['waiting'] },
    appear: { until: appearUntil, interval: pollInterval },
  })
  const options: ReviewOptions = {
    state,
    environments: inputs.environment,
    comment: inputs.comment ?? defaultComment(context, state),
    appearUntil,
    pollInterval,
    dryRun: inputs['dry-run'],
  }
  const reviewed = new Set<string>()
  await actOnEach(context, targets, { permission: 'deployments: write' }, ({ id }) =>
    reviewRun(context, id, options, (environments) => {
      for (const name of environments) reviewed.add(name)
    }),
  )
  context.report.environments = [...reviewed]
}
