import { join } from 'node:path'
import type { Context } from '../context.ts'
import type { FailureExcerpt, JobLog } from '../report.ts'
import type { Job, Step } from '../runs/read.ts'
import { isCompleted, isFailedJob } from '../runs/status.ts'
import { excerptError } from './excerpt.ts'
import { withJobLog } from './job-log.ts'
import { readLines } from './lines.ts'

/** Page of the job, at the step. */
const stepUrl = (job: Job, step: Step | undefined): string =>
  step === undefined ? job.url : `${job.url}#step:${step.number}:1`

const describeFailure = (job: Job, step: Step | undefined, lines: string[]): FailureExcerpt => ({
  runId: job.runId,
  job: job.name,
  step: step?.name ?? null,
  lines,
  url: stepUrl(job, step),
})

/** A job can fail without a failed step, when its runner is lost: that is one failure as well. */
const failedSteps = (job: Job): (Step | undefined)[] => {
  const steps = job.steps.filter(isFailedJob)
  return steps.length > 0 ? steps : [undefined]
}

/** The file with the log of a step: its own, else that of the whole job. */
function fileOf(log: JobLog, step: Step | undefined): string | undefined {
  const inFolder = (file: string) => file.replace(/^attempt-\d+\//, '').includes('/')
  const own = step && log.files.find((file) => inFolder(file) && file.split('/').at(-1)?.startsWith(`${step.number}_`))
  return own ?? log.files.find((file) => !inFolder(file)) ?? log.files[0]
}

/**
 * Excerpts of the failed steps, out of logs on disk.
 *
 * @param folder where the files of the manifest are
 * @param length lines of an excerpt
 */
export async function excerptFiles(
  jobs: readonly Job[],
  logs: readonly JobLog[],
  folder: string,
  length: number,
): Promise<FailureExcerpt[]> {
  const failures: FailureExcerpt[] = []
  for (const log of logs) {
    const job = jobs.find(({ id }) => id === log.jobId)
    if (!job || !isFailedJob(job)) continue
    for (const step of failedSteps(job)) {
      const file = fileOf(log, step)
      const lines = file === undefined ? [] : await excerptError(readLines(join(folder, file)), length)
      failures.push(describeFailure(job, step, lines))
    }
  }
  return failures
}

/** Excerpts of the failed jobs of a run, each log fetched by the id of its job. */
export async function excerptJobs(context: Context, jobs: readonly Job[], length: number): Promise<FailureExcerpt[]> {
  const failures: FailureExcerpt[] = []
  for (const job of jobs.filter((one) => isFailedJob(one) && isCompleted(one))) {
    const lines = await withJobLog(context, job, (file) => excerptError(readLines(file), length))
    failures.push(describeFailure(job, failedSteps(job)[0], lines ?? []))
  }
  return failures
}
