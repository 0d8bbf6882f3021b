import type { SimulatedJob } from './job.ts'
import { perAttempt, type StepSpec } from './spec.ts'

/** One step of a job; times in epoch ms. */
export interface SimulatedStep {
  name: string
  number: number
  status: 'queued' | 'in_progress' | 'completed'
  conclusion: string | null
  startedAt: number | undefined
  completedAt: number | undefined
  /** Its text, without stamps; undefined: not given. */
  log: string | undefined
}

/** The steps of a job as far as they are known: none before it starts, and none if it never did. */
export function stepsOf(job: SimulatedJob): SimulatedStep[] {
  if (job.startedAt === undefined || job.conclusion === 'skipped') return []
  const specs = stepSpecs(job)
  const failing = failingStep(job, specs)
  return specs.map((spec, index) => {
    const status = stepStatus(job, index)
    return {
      name: spec.name,
      number: spec.number ?? index + 1,
      status,
      conclusion: status === 'completed' ? stepConclusion(job, spec, index === failing) : null,
      ...stepTimes(job, index, specs.length),
      log: perAttempt(spec.log, job.ranIn),
    }
  })
}

function stepSpecs(job: SimulatedJob): StepSpec[] {
  if (job.spec.steps) return job.spec.steps
  if (job.spec.log !== undefined) return [{ name: `Run ${job.name}`, log: job.spec.log }]
  return [{ name: 'Set up job' }, { name: `Run ${job.name}` }, { name: 'Complete job' }]
}

/** In a job that did not pass, the step that is to blame where the spec blames none. */
function failingStep(job: SimulatedJob, specs: StepSpec[]): number | undefined {
  const isBad = job.conclusion === 'failure' || job.conclusion === 'timed_out' || job.conclusion === 'cancelled'
  if (!isBad || specs.some((spec) => spec.conclusion === job.conclusion)) return undefined
  return job.spec.steps ? specs.length - 1 : Math.min(1, specs.length - 1)
}

/** A running job is in its second step, or in its only one. */
function stepStatus(job: SimulatedJob, index: number): SimulatedStep['status'] {
  if (job.status === 'completed') return 'completed'
  const current = Math.min(1, stepSpecs(job).length - 1)
  if (index === current) return 'in_progress'
  return index < current ? 'completed' : 'queued'
}

function stepConclusion(job: SimulatedJob, spec: StepSpec, isToBlame: boolean): string {
  if (isToBlame) return job.conclusion === 'cancelled' ? 'cancelled' : 'failure'
  const isBad = spec.conclusion === 'failure' || spec.conclusion === 'cancelled'
  // The spec blames a step for the attempts that fail; in one that passes it passed too.
  if (isBad && job.conclusion === 'success') return 'success'
  return spec.conclusion ?? 'success'
}

/** The time of a job is spread evenly over its steps. */
function stepTimes(job: SimulatedJob, index: number, count: number): Pick<SimulatedStep, 'startedAt' | 'completedAt'> {
  const start = job.startedAt ?? 0
  const status = stepStatus(job, index)
  if (job.completedAt === undefined) {
    return {
      startedAt: status === 'queued' ? undefined : start,
      completedAt: status === 'completed' ? start : undefined,
    }
  }
  const share = (job.completedAt - start) / count
  return { startedAt: start + share * index, completedAt: start + share * (index + 1) }
}
