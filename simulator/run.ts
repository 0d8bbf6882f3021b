import type { Approval } from './environment.ts'
import type { SimulatedJob } from './job.ts'
import type { Repository } from './repository.ts'
import type { IgnoredWrite, RunSpec } from './spec.ts'
import type { Workflow } from './workflow.ts'

/** One attempt of a run; times in epoch ms. */
export interface Attempt {
  readonly number: number
  readonly triggeringActor: string
  readonly startedAt: number
  updatedAt: number
  status: string
  conclusion: string | null
  jobs: SimulatedJob[]
  /** A cancel took effect: jobs that have not begun are left out. */
  cancelled: boolean
  /** A force-cancel took effect: even `always()` jobs are left out. */
  forceCancelled: boolean
}

/** What never changes over the life of a run. */
export interface RunIdentity {
  readonly id: number
  readonly number: number
  readonly workflow: Workflow
  readonly repository: Repository
  readonly spec: RunSpec
  readonly createdAt: number
  readonly checkSuiteId: number
  readonly headSha: string
  readonly event: string
  readonly actor: string
  readonly branch: string | null
}

/** One workflow run, live: what a test reads here is what the API would answer now. */
export class SimulatedRun {
  readonly identity: RunIdentity
  readonly attempts: Attempt[] = []
  readonly approvals: Approval[] = []
  logs: 'kept' | 'expired' | 'deleted'
  deleted = false
  /** A re-run was accepted and its attempt does not exist yet. */
  rerunRequested = false

  constructor(identity: RunIdentity) {
    this.identity = identity
    this.logs = identity.spec.logs ?? 'kept'
  }

  get id(): number {
    return this.identity.id
  }

  /** `run_number`: counts the runs of one workflow. */
  get number(): number {
    return this.identity.number
  }

  get repository(): Repository {
    return this.identity.repository
  }

  /** The latest attempt, events that are due included. */
  get latest(): Attempt {
    this.repository.world.timeline.settle()
    const latest = this.attempts.at(-1)
    if (!latest) throw new Error(`run ${this.id} has no attempt`)
    return latest
  }

  /** Number of the latest attempt. */
  get attempt(): number {
    return this.latest.number
  }

  get status(): string {
    return this.latest.status
  }

  get conclusion(): string | null {
    return this.latest.conclusion
  }

  /** Jobs of the latest attempt that exist so far. */
  get jobs(): SimulatedJob[] {
    return visibleJobs(this.latest)
  }

  /** Whether the server still works on it, or is about to. */
  get isLive(): boolean {
    return this.rerunRequested || this.status !== 'completed'
  }

  ignores(write: IgnoredWrite): boolean {
    return this.identity.spec.ignores?.includes(write) ?? false
  }
}

/** The jobs that the API shows: those that are created. */
export function visibleJobs(attempt: Attempt): SimulatedJob[] {
  return attempt.jobs.filter((job) => job.createdAt !== undefined)
}
