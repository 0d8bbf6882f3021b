import type { EnvironmentSpec } from './spec.ts'

/** A deployment environment of a repository. */
export interface Environment extends Required<EnvironmentSpec> {
  readonly id: number
  /** Epoch ms. */
  readonly createdAt: number
}

/** One thing a gate waits for: not needed, open, answered but not yet visible, done. */
export type GateState = 'none' | 'pending' | 'answered' | 'approved'

/** The protection rules of an environment, as one job waits for them. */
export interface Gate {
  readonly environment: Environment
  readonly deploymentId: number
  /** Epoch ms. */
  readonly openedAt: number
  review: GateState
  timer: GateState
  /** State of each custom rule, by slug of its app. */
  readonly rules: Map<string, GateState>
}

/** One entry of the review history of a run. */
export interface Approval {
  state: 'approved' | 'rejected'
  comment: string
  login: string
  environments: Environment[]
}

/** Whether an environment makes a job wait at all. */
export function isProtected(environment: Environment): boolean {
  return needsReview(environment) || environment.waitTimer > 0 || environment.customRules.length > 0
}

function needsReview(environment: Environment): boolean {
  return environment.reviewers.length > 0 || environment.teams.length > 0
}

/** Closes a new gate in front of a job. */
export function closeGate(environment: Environment, deploymentId: number, now: number): Gate {
  return {
    environment,
    deploymentId,
    openedAt: now,
    // An environment without any rule, named by a run that a test froze in `waiting`, waits for a review by nobody.
    review: needsReview(environment) || !isProtected(environment) ? 'pending' : 'none',
    timer: environment.waitTimer > 0 ? 'pending' : 'none',
    rules: new Map(environment.customRules.map((slug) => [slug, 'pending'])),
  }
}

/** Whether nothing keeps the gate closed. */
export function isPassed(gate: Gate): boolean {
  return [gate.review, gate.timer, ...gate.rules.values()].every((state) => state === 'none' || state === 'approved')
}
