import type { Context } from '../context.ts'
import { OperationError, UsageError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { optional, type Values, withDefault } from '../inputs/declaration.ts'
import { flag } from '../inputs/kinds.ts'
import { jobReference } from '../inputs/references.ts'
import { jobName, rerunInputs, runId as runIds } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { createMatcher } from '../patterns.ts'
import { actOnEach } from '../runs/act.ts'
import { type Job, readJob, readJobs } from '../runs/read.ts'
import { refuseUnstarted, rerunReasons, rerunRun } from '../runs/rerun.ts'
import { chooseNamed } from '../runs/select.ts'
import { explain } from '../runs/verdict.ts'

const permission = 'actions: write'

const inputs = {
  'run-id': runIds,
  'job-id': optional(jobReference, 'Job to re-run: its id or its URL.'),
  'job-name': jobName,
  ...rerunInputs,
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

/** @throws OperationError (`not-found`) when there is no such job, or it is of another run than the one named with it */
async function findById(context: Context, id: number, runId?: number): Promise<Job> {
  const job = await readJob(context, id).catch((error: unknown) => {
    const { reason, message } = explain(error, permission)
    if (reason !== 'not-found') throw error
    const hint = 'The id of a job is the number after `/job/` in the URL of its page; its place in the run is none.'
    throw new OperationError(reason, `${message} ${hint}`, { cause: error })
  })
  if (runId === undefined || job.runId === runId) return job
  throw new OperationError(
    'not-found',
    `Job ${id} is of run ${job.runId}, not of run ${runId}. Name one of the two only.`,
  )
}

/** The run of the job, and a way to find the job when the run has completed: until then it may not exist. */
interface Place {
  runId: number
  find(): Promise<Job>
}

async function locateById(
  context: Context,
  { jobId, run }: NonNullable<Inputs['job-id']>,
  named?: number,
): Promise<Place> {
  const { owner, repo } = context.repository
  if (run?.repository && run.repository.toLowerCase() !== `${owner}/${repo}`.toLowerCase()) {
    throw new UsageError([
      `Input \`job-id\` names a job of ${run.repository}, but \`repository\` is ${owner}/${repo}: set \`repository: ${run.repository}\`.`,
    ])
  }
  const runId = named ?? run?.id
  if (runId !== undefined) return { runId, find: () => findById(context, jobId, runId) }
  const job = await findById(context, jobId)
  return { runId: job.runId, find: async () => job }
}

/** A URL in `run-id` may name the job as well. */
function jobOfRunUrl({ 'run-id': runs, 'job-name': name }: Inputs): Inputs['job-id'] {
  const jobId = runs?.[0]?.jobId
  return jobId === undefined || name !== undefined ? undefined : { jobId }
}

async function locate(context: Context, values: Inputs): Promise<Place> {
  const { 'run-id': runs, 'job-name': name } = values
  const reference = values['job-id'] ?? jobOfRunUrl(values)
  const named = runs?.[0]?.id
  if (reference) return locateById(context, reference, named)
  const runId = named ?? context.trigger.eventRunId
  if (runId === undefined) {
    throw new UsageError([
      'Nothing says which run the job is of: set `run-id`, or trigger the workflow by `workflow_run`.',
    ])
  }
  return { runId, find: async () => chooseJob(await readJobs(context, runId), name ?? '') }
}

/** https://docs.github.com/rest/actions/workflow-runs#re-run-a-job-from-a-workflow-run */
const sendRerun = ({ github, repository }: Context, values: Inputs, jobId: number): Promise<unknown> =>
  github.actions.reRunJobForWorkflowRun({
    ...repository,
    job_id: jobId,
    ...(values['enable-debug-logging'] && { enable_debug_logging: true }),
    ...(values['enable-debugger'] && { enable_debugger: true }),
  })

/** The operation `rerun-job`. */
export const rerunJob = defineOperation({
  name: 'rerun-job',
  description: 'Re-runs one job of a run and the jobs that depend on it.',
  endpoints: ['POST jobs/{job_id}/rerun', 'GET jobs/{job_id}', 'GET runs/{run_id}/jobs', 'GET runs/{run_id}'],
  permission,
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
    ...(values['job-id'] === undefined && values['job-name'] === undefined && jobOfRunUrl(values) === undefined
      ? ['Nothing says which job to re-run: set `job-id`, or `job-name` with `run-id`.']
      : []),
    ...(values['job-id'] !== undefined && values['job-name'] !== undefined
      ? ['Inputs `job-id` and `job-name` are both set: set one of them.']
      : []),
    ...((values['run-id']?.length ?? 0) > 1 ? ['Input `run-id` names several runs: `rerun-job` takes one.'] : []),
  ],
  async run(context, values) {
    const { runId, find } = await locate(context, values)
    const targets = chooseNamed(context, [{ id: runId }], true)
    await actOnEach(context, targets, { permission }, ({ id }, seen) =>
      rerunRun(context, id, seen, values, {
        refuse: (run) => refuseUnstarted(run, true),
        prepare: async () => {
          const job = await find()
          return { what: `job ${JSON.stringify(oneLine(job.name))}`, send: () => sendRerun(context, values, job.id) }
        },
        repeat: false,
      }),
    )
  },
})
