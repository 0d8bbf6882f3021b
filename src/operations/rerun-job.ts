import type { Context } from '../context.ts'
import { OperationError, UsageError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { optional, type Values, withDefault } from '../inputs/declaration.ts'
import { flag } from '../inputs/kinds.ts'
import { jobReference } from '../inputs/references.ts'
import { enableDebugLogging, jobName, maxAttempts, runId, wait, waitInputs, writeInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { createMatcher } from '../patterns.ts'
import { actOnEach } from '../runs/act.ts'
import { type Job, readJob, readJobs } from '../runs/read.ts'
import { refuseUnstarted, rerunReasons, rerunRun } from '../runs/rerun.ts'
import { chooseNamed } from '../runs/select.ts'

const inputs = {
  'run-id': runId,
  'job-id': optional(jobReference, 'Job to re-run: its id or its URL.'),
  'job-name': jobName,
  ...writeInputs,
  ...waitInputs,
  wait,
  'max-attempts': maxAttempts,
  'enable-debug-logging': enableDebugLogging,
  'enable-debugger': withDefault(flag, 'Start the debugger of the runner for the job.', 'false'),
}

type Inputs = Values<typeof inputs>

const describe = (jobs: readonly Job[]): string =>
  jobs.map((job) => `${JSON.stringify(oneLine(job.name))} (${job.id})`).join(', ') || 'none'

/** @throws OperationError (`not-found`) that lists the candidates, unless exactly one job has the name */
function chooseJob(jobs: readonly Job[], name: string): Job {
  const isNamed = createMatcher([name], { crossSlash: true })
  const exact = jobs.filter((job) => job.name === name)
  const found = exact.length > 0 ? exact : jobs.filter((job) => isNamed(job.name))
  const [only] = found
  if (found.length === 1 && only) return only
  const seen = JSON.stringify(oneLine(name))
  throw new OperationError(
    'not-found',
    found.length === 0
      ? `No job is called ${seen}. The run has: ${describe(jobs)}.`
      : `${found.length} jobs fit ${seen}: ${describe(found)}. Name one of them, or use \`job-id\`.`,
  )
}

/** Finds the job, and by it the run. */
async function findJob(context: Context, values: Inputs): Promise<Job> {
  const { 'job-id': reference, 'run-id': runs, 'job-name': name } = values
  if (reference) return readJob(context, reference.jobId)
  const run = runs?.[0]?.id ?? context.trigger.eventRunId
  if (run === undefined) {
    throw new UsageError(['Nothing says which job to re-run: set `job-id`, or `job-name` with `run-id`.'])
  }
  return chooseJob(await readJobs(context, run), name ?? '')
}

/** https://docs.github.com/rest/actions/workflow-runs#re-run-a-job-from-a-workflow-run */
export const rerunJob = defineOperation({
  name: 'rerun-job',
  description: 'Re-runs one job of a run and the jobs that depend on it.',
  endpoints: ['POST jobs/{job_id}/rerun', 'GET jobs/{job_id}', 'GET runs/{run_id}/jobs', 'GET runs/{run_id}'],
  permission: 'actions: write',
  outputs: RUN_OUTPUTS,
  reasons: rerunReasons,
  example: `jobs:
  rerun:
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: rerun-job
          run-id: \${{ inputs.run-id }}
          job-name: deploy / production`,
  inputs,
  check: (values) => [
    ...(values['job-id'] === undefined && values['job-name'] === undefined
      ? ['Nothing says which job to re-run: set `job-id`, or `job-name` with `run-id`.']
      : []),
    ...(values['job-id'] !== undefined && values['job-name'] !== undefined
      ? ['Inputs `job-id` and `job-name` are both set: set one of them.']
      : []),
    ...((values['run-id']?.length ?? 0) > 1 ? ['Input `run-id` names several runs: `rerun-job` takes one.'] : []),
  ],
  async run(context, values) {
    const job = await findJob(context, values)
    const targets = chooseNamed(context, [{ id: job.runId }], true)
    await actOnEach(context, targets, { permission: 'actions: write' }, ({ id }, seen) =>
      rerunRun(context, id, seen, {
        dryRun: values['dry-run'],
        wait: values.wait,
        maxAttempts: values['max-attempts'],
        pollInterval: values['poll-interval'],
        successConclusions: values['success-conclusions'],
        what: `job ${JSON.stringify(oneLine(job.name))}`,
        repeat: false,
        refuse: (run) => refuseUnstarted(run, true),
        send: () =>
          context.github.actions.reRunJobForWorkflowRun({
            ...context.repository,
            job_id: job.id,
            ...(values['enable-debug-logging'] && { enable_debug_logging: true }),
            ...(values['enable-debugger'] && { enable_debugger: true }),
          }),
      }),
    )
  },
})
