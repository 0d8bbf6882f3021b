import type { Answer } from '../answer.ts'
import { approvalBody, deploymentBody, pendingBody } from '../bodies/deployment.ts'
import { type Fields, refuseBody } from '../body-check.ts'
import type { Call, Route } from '../call.ts'
import { invalidRequest, refusals, refuse } from '../refusals.ts'
import {
  environmentsOf,
  mayReview,
  requestReview,
  requestRuleReview,
  type Verdict,
  type WaitingJob,
  waitingJobs,
} from '../review.ts'
import type { SimulatedRun } from '../run.ts'
import { withRun } from './runs.ts'

const READ = { area: 'actions', level: 'read' } as const
const WRITE = { area: 'deployments', level: 'write' } as const
const STATES = ['approved', 'rejected'] as const

const REVIEW_FIELDS: Fields = {
  environment_ids: { kind: 'integers', required: true },
  state: { kind: STATES, required: true },
  comment: { kind: 'string', required: true },
}

const RULE_FIELDS: Fields = {
  environment_name: { kind: 'string', required: true },
  state: { kind: STATES },
  comment: { kind: 'string' },
}

/** Reviews of deployments that wait for protection rules. */
export const deploymentRoutes: Route[] = [
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/pending_deployments',
    need: READ,
    docs: 'actions/workflow-runs#get-pending-deployments-for-a-workflow-run',
    answer: withRun((call, run) => ({ status: 200, body: pendingBodies(call, run) })),
  },
  {
    method: 'POST',
    path: '/actions/runs/{run_id}/pending_deployments',
    need: WRITE,
    docs: 'actions/workflow-runs#review-pending-deployments-for-a-workflow-run',
    answer: withRun(answerReview),
  },
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/approvals',
    need: READ,
    docs: 'actions/workflow-runs#get-the-review-history-for-a-workflow-run',
    answer: withRun((call, run) => ({
      status: 200,
      body: run.approvals.map((approval) => approvalBody(call, approval)),
    })),
  },
  {
    method: 'POST',
    path: '/actions/runs/{run_id}/deployment_protection_rule',
    need: WRITE,
    docs: 'actions/workflow-runs#review-custom-deployment-protection-rules-for-a-workflow-run',
    answer: withRun(answerRule),
  },
]

function pendingBodies(call: Call, run: SimulatedRun) {
  const waiting = waitingJobs(run)
  return environmentsOf(waiting).map((environment) =>
    pendingBody(
      call,
      run,
      environment,
      waiting.filter(({ gate }) => gate.environment === environment),
    ),
  )
}

/** One text for every reason: wrong id, not waiting, not a reviewer, one's own run (docs/github-api.md, Deployments). */
function answerReview(call: Call, run: SimulatedRun): Answer {
  const badBody = refuseBody(call.body, REVIEW_FIELDS)
  if (badBody) return badBody
  const ids = call.body.environment_ids as number[]
  const verdict: Verdict = { state: call.body.state as Verdict['state'], comment: call.body.comment as string }
  const reviewed = waitingJobs(run).filter(
    ({ gate }) => ids.includes(gate.environment.id) && mayReview(run, gate, call.grant),
  )
  if (reviewed.length === 0) return refuse(refusals.nothingToReview)
  if (collides(call)) return refuse(refusals.gateRace)
  requestReview(run, reviewed, verdict, call.grant.login)
  return { status: 200, body: reviewed.map((waiting) => deploymentBody(call, run, waiting)) }
}

/** Only the app that owns the rule may answer; what others get is not known, so it is the usual 403. */
function answerRule(call: Call, run: SimulatedRun): Answer {
  const badBody = refuseBody(call.body, RULE_FIELDS) ?? refuseEmptyRule(call.body)
  if (badBody) return badBody
  const { environment_name: name, state } = call.body
  const waiting = waitingJobs(run).filter(({ gate }) => gate.environment.name === name)
  const slug = call.grant.app
  const environment = call.repository.environments.find((known) => known.name === name)
  if (!slug || (environment && !environment.customRules.includes(slug))) return refuse(refusals.notForIntegration)
  return answerOwnRule(call, run, { waiting, slug, state: state as Verdict['state'] | undefined })
}

/** A comment without a state changes nothing but the page of the run. */
function answerOwnRule(
  call: Call,
  run: SimulatedRun,
  rule: { waiting: WaitingJob[]; slug: string; state: Verdict['state'] | undefined },
): Answer {
  const { waiting, slug, state } = rule
  if (waiting.length === 0) return refuse(refusals.nothingToReview)
  const open = waiting.filter(({ gate }) => gate.rules.get(slug) === 'pending')
  if (open.length === 0) return refuse(refusals.alreadyReviewed)
  if (state === undefined) return { status: 204 }
  if (collides(call)) return refuse(refusals.gateRace)
  requestRuleReview(run, open, slug, state)
  return { status: 204 }
}

function refuseEmptyRule(body: Record<string, unknown>): Answer | undefined {
  if (body.state !== undefined || body.comment !== undefined) return undefined
  return refuse(invalidRequest([`"state" wasn't supplied.`, `"comment" wasn't supplied.`]))
}

function collides({ repository }: Call): boolean {
  const race = repository.reviewRace
  repository.reviewRace = false
  return race
}
