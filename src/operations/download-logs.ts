import { join } from 'node:path'
import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { oneLine } from '../foreign-text.ts'
import { defaulting, optional, type Values, withDefault } from '../inputs/declaration.ts'
import { byteSize, choice, flag, text } from '../inputs/kinds.ts'
import { attempt, excerptLines, jobName, requiredSelectionInputs } from '../inputs/shared.ts'
import { collectAllAttempts, groupExecutions } from '../logs/all-attempts.ts'
import { askForArchive } from '../logs/asks.ts'
import { collectLogs, missingLogs } from '../logs/collect.ts'
import { createStaging, makeDestination } from '../logs/destination.ts'
import { excerptFiles } from '../logs/failures.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { createMatcher } from '../patterns.ts'
import { failed, type LogManifest, matched, type Verdict } from '../report.ts'
import { actOnEach, type Seen } from '../runs/act.ts'
import { type Job, readAllJobs, readAttempt, readJobs, readRun } from '../runs/read.ts'
import type { Run } from '../runs/run.ts'
import { selectRuns } from '../runs/select.ts'
import { isCompleted, isFailedJob } from '../runs/status.ts'
import type { Target } from '../runs/target.ts'

const permission = 'actions: read'

const DEFAULT_PATH = 'workflow-logs'

const inputs = {
  ...requiredSelectionInputs,
  'job-name': jobName,
  attempt,
  path: optional(
    text,
    'Destination folder, made if missing; of several runs each gets a folder in it. Unset: `workflow-logs/<run id>`.',
  ),
  format: withDefault(
    choice('files', 'zip', 'both'),
    'Keep the extracted `files`, the `zip` archive, or `both`.',
    'files',
  ),
  'only-failed': withDefault(flag, 'Only jobs that failed.', 'false'),
  'excerpt-lines': defaulting(excerptLines, '20'),
  'max-size': withDefault(byteSize, 'Bound on the extracted bytes of a run.', '2GB'),
}

type Inputs = Values<typeof inputs>

/** Reads the run, or the attempt of it that was asked for. */
async function readTarget(context: Context, target: Target, asked: number | 'all' | undefined): Promise<Run> {
  if (typeof asked === 'number') return readAttempt(context, target.id, asked)
  return target.listed ?? (await readRun(context, target.id))
}

/** @throws OperationError (`not-found`) with the names of all jobs when `job-name` fits none */
function chooseJobs(jobs: readonly Job[], values: Inputs): Job[] {
  const name = values['job-name']
  const isNamed = name === undefined ? () => true : createMatcher([name], { crossSlash: true })
  const named = jobs.filter((job) => isNamed(job.name))
  if (named.length === 0 && jobs.length > 0) {
    const names = jobs.map((job) => JSON.stringify(oneLine(job.name))).join(', ')
    throw new OperationError(
      'not-found',
      `No job is called ${JSON.stringify(oneLine(name ?? ''))}. The run has: ${names}.`,
    )
  }
  return values['only-failed'] ? named.filter(isFailedJob) : named
}

function judge(manifest: LogManifest, folder: string): Verdict {
  const missing = missingLogs(manifest)
  const files = manifest.jobs.reduce((sum, job) => sum + job.files.length, 0)
  const told = `${files} log files of ${manifest.jobs.length} jobs in ${folder}`
  if (missing.length === 0) return matched(told)
  const names = missing.map((job) => oneLine(job.name)).join(', ')
  return failed('logs-incomplete', `${told}; no log could be had of: ${names}`)
}

/** Collects the logs beside their destination, and moves them there when all is well. */
async function download(
  context: Context,
  run: Run,
  folder: string,
  values: Inputs,
  asked: number | 'all' | undefined,
): Promise<{ manifest: LogManifest; jobs: Job[] }> {
  const isAll = asked === 'all'
  const jobs = isAll ? await readAllJobs(context, run.id) : await readJobs(context, run.id, asked)
  const newest = isAll ? groupExecutions(jobs).flatMap((executions) => executions.slice(0, 1)) : jobs
  const staging = await createStaging(folder)
  try {
    const request = {
      runId: run.id,
      attempt: run.attempt ?? 1,
      isCompleted: isCompleted(run),
      jobs,
      wanted: chooseJobs(newest, values),
      format: values.format,
      maxSize: values['max-size'],
      folder: staging.folder,
    }
    const manifest = isAll
      ? await collectAllAttempts(context, request)
      : await collectLogs(context, { ...request, askForArchive: askForArchive(context, run.id, asked) })
    await staging.commit()
    return { manifest, jobs }
  } catch (error) {
    await staging.discard()
    throw error
  }
}

async function downloadOne(
  context: Context,
  target: Target,
  seen: Seen,
  folder: string,
  values: Inputs,
): Promise<Verdict> {
  const { report } = context
  const asked = values.attempt ?? target.attempt
  const run = seen(await readTarget(context, target, asked))
  const { manifest, jobs } = await download(context, run, folder, values, asked)
  report.logs = [...(report.logs ?? []), manifest]
  // A zip that is kept as it is has no files to excerpt.
  if (values['excerpt-lines'] > 0 && values.format !== 'zip') {
    const excerpts = await excerptFiles(jobs, manifest.jobs, folder, values['excerpt-lines'])
    report.failures = [...(report.failures ?? []), ...excerpts]
  }
  return judge(manifest, folder)
}

/** https://docs.github.com/rest/actions/workflow-runs#download-workflow-run-logs */
export const downloadLogs = defineOperation({
  name: 'download-logs',
  description:
    'Downloads the logs of a run or of one attempt, each job matched by its id, with a manifest that says where the log of each job is. Of a run that has not ended it fetches the logs of the jobs that have.',
  endpoints: [
    'GET runs/{run_id}/logs',
    'GET runs/{run_id}/attempts/{attempt_number}/logs',
    'GET runs/{run_id}/jobs',
    'GET jobs/{job_id}/logs',
    'GET runs/{run_id}',
    'GET runs/{run_id}/attempts/{attempt_number}',
    'GET runs',
    'GET workflows/{workflow_id}/runs',
  ],
  permission,
  outputs: [...RUN_OUTPUTS, 'logs-path', 'log-count'],
  reasons: [
    'not-found',
    'permission',
    'logs-expired',
    'logs-unavailable',
    'logs-incomplete',
    'corrupt-archive',
    'unsafe-archive',
    'too-large',
    'timeout',
    'rate-limited',
    'server-error',
  ],
  example: `on:
  workflow_run:
    workflows: [CI]
    types: [completed]
jobs:
  logs:
    if: github.event.workflow_run.conclusion == 'failure'
    runs-on: ubuntu-latest
    permissions:
      actions: read
    steps:
      - id: logs
        uses: OWNER/workflow-run-operations@v1
        with:
          operation: download-logs
          only-failed: true
          path: logs`,
  inputs,
  async run(context, values) {
    const targets = await selectRuns(context, values, { protectOwnRun: false })
    const isOnly = targets.length === 1
    const base = values.path ?? DEFAULT_PATH
    await makeDestination(base)
    const folderOf = (target: Target) => (isOnly && values.path !== undefined ? base : join(base, String(target.id)))
    const [first] = targets
    if (first) context.report.logsPath = isOnly ? folderOf(first) : base
    await actOnEach(context, targets, { permission }, (target, seen) =>
      downloadOne(context, target, seen, folderOf(target), values),
    )
  },
})
