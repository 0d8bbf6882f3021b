import { createRun } from './birth.ts'
import type { Environment } from './environment.ts'
import type { SimulatedJob } from './job.ts'
import type { Attempt, SimulatedRun } from './run.ts'
import type { EnvironmentSpec, RunSpec, WorkflowSpec } from './spec.ts'
import { fileName, type Workflow, workflowPath, workflowTitle } from './workflow.ts'
import type { World } from './world.ts'

/** A job with the run and the attempt it belongs to. */
export interface PlacedJob {
  run: SimulatedRun
  attempt: Attempt
  job: SimulatedJob
}

/** One repository: its workflows, environments and runs. */
export class Repository {
  readonly world: World
  readonly id: number
  /** owner/name; changes with a rename. */
  fullName: string
  readonly workflows: Workflow[] = []
  readonly environments: Environment[] = []
  /** The next review of a pending deployment collides with another one. */
  reviewRace = false
  readonly #runs = new Map<number, SimulatedRun>()
  readonly #jobs = new Map<number, PlacedJob>()
  #newestFirst: SimulatedRun[] | undefined

  constructor(world: World, id: number, fullName: string) {
    this.world = world
    this.id = id
    this.fullName = fullName
  }

  /** Puts a run into the repository and returns its live record. */
  addRun(spec: RunSpec = {}): SimulatedRun {
    if (spec.id !== undefined && this.#runs.has(spec.id)) throw new Error(`run ${spec.id} exists already`)
    const run = createRun(this, spec)
    this.#runs.set(run.id, run)
    this.#newestFirst = undefined
    this.world.timeline.settle()
    return run
  }

  /** The run of that id, unless it is deleted. */
  run(id: number): SimulatedRun | undefined {
    this.world.timeline.settle()
    return this.#runs.get(id)
  }

  /** All runs in the order of the API: newest first, by created_at, then id. */
  get runs(): SimulatedRun[] {
    this.world.timeline.settle()
    this.#newestFirst ??= [...this.#runs.values()].sort(
      (a, b) => b.identity.createdAt - a.identity.createdAt || b.id - a.id,
    )
    return this.#newestFirst
  }

  /** Removes a run, with its jobs, logs and reviews. */
  deleteRun(run: SimulatedRun): void {
    run.deleted = true
    this.#runs.delete(run.id)
    this.#newestFirst = undefined
    for (const attempt of run.attempts) for (const job of attempt.jobs) this.#jobs.delete(job.id)
  }

  /** The job of that id, of any attempt, if the API shows it. */
  findJob(id: number): PlacedJob | undefined {
    const placed = this.#jobs.get(id)
    return placed?.job.createdAt === undefined ? undefined : placed
  }

  /** Makes the jobs of a new attempt findable by id. */
  registerJobs(run: SimulatedRun, attempt: Attempt): void {
    for (const job of attempt.jobs) this.#jobs.set(job.id, { run, attempt, job })
  }

  addEnvironment(spec: EnvironmentSpec): Environment {
    const environment: Environment = {
      reviewers: [],
      teams: [],
      waitTimer: 0,
      preventSelfReview: false,
      customRules: [],
      ...spec,
      id: this.world.ids.next('environment'),
      createdAt: this.world.timeline.now(),
    }
    this.environments.push(environment)
    return environment
  }

  /** The environment of that name; an unknown one comes into being without rules, as on GitHub. */
  environment(name: string): Environment {
    return this.environments.find((environment) => environment.name === name) ?? this.addEnvironment({ name })
  }

  addWorkflow(spec: WorkflowSpec): Workflow {
    const workflow: Workflow = {
      id: this.world.ids.next('workflow'),
      path: workflowPath(spec.path),
      name: spec.name,
      state: spec.state ?? 'active',
      createdAt: this.world.timeline.now(),
      lastNumber: 0,
    }
    this.workflows.push(workflow)
    return workflow
  }

  /** The workflow of a run, made on first use. */
  workflowOf(spec: RunSpec): Workflow {
    const path = workflowPath(spec.workflow ?? 'ci.yml')
    const known = this.workflows.find((workflow) => workflow.path === path)
    return known ?? this.addWorkflow({ path, name: spec.workflowName ?? workflowTitle(path) })
  }

  /** By id, file name or path: what the API takes as workflow_id. */
  findWorkflow(reference: string): Workflow | undefined {
    if (/^\d+$/.test(reference)) return this.workflows.find((workflow) => workflow.id === Number(reference))
    return this.workflows.find(({ path }) => path === reference || fileName(path) === reference)
  }

  /** The next review of a pending deployment is refused with 'There was a problem approving one of the gates', once. */
  raceOnNextReview(): void {
    this.reviewRace = true
  }
}
