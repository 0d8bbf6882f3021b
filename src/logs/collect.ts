import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import { isRequestError } from '../github/refusals.ts'
import type { JobLog, LogManifest } from '../report.ts'
import type { Job } from '../runs/read.ts'
import { isCompleted } from '../runs/status.ts'
import { type Archive, type ByteBudget, MAX_ENTRIES, openArchive, tooLarge } from './archive.ts'
import { askForJobLog } from './asks.ts'
import { fileNameOf } from './entry-name.ts'
import { jobFileName, matchEntries } from './layout.ts'
import { type AskForLogs, downloadLogs } from './storage.ts'

/** Whose logs are collected, and how. */
export interface LogRequest {
  runId: number
  attempt: number
  /** The attempt has ended, so that there is an archive of it. */
  isCompleted: boolean
  /** All jobs of the attempt. */
  jobs: readonly Job[]
  /** Those of them that were asked for. */
  wanted: readonly Job[]
  format: 'files' | 'zip' | 'both'
  maxSize: number
  /** Where the files go, empty so far. */
  folder: string
  askForArchive: AskForLogs
}

/** Fetches by job that run at the same time; the storage is not GitHub's API, but a guest is polite. */
const PARALLEL_JOBS = 4

/** A job that never ran has no log, and is not missing one. */
const hasLog = (job: Job): boolean =>
  isCompleted(job) && job.conclusion !== 'skipped' && !(job.conclusion === 'cancelled' && job.steps.length === 0)

const toLog = (job: Job, log: Pick<JobLog, 'source' | 'files' | 'bytes' | 'reason'>): JobLog => ({
  jobId: job.id,
  name: job.name,
  attempt: job.attempt,
  conclusion: job.conclusion,
  ...log,
})

function withoutLog(job: Job): JobLog | undefined {
  if (!isCompleted(job)) return toLog(job, { source: 'none', files: [], bytes: 0, reason: 'not-completed' })
  return hasLog(job) ? undefined : toLog(job, { source: 'none', files: [], bytes: 0, reason: job.conclusion })
}

/** Reasons for which a job that ran has no log. */
const MISSING: readonly string[] = ['logs-expired', 'logs-unavailable', 'server-error']

function missingReason(error: unknown): string | undefined {
  if (error instanceof OperationError) return MISSING.includes(error.reason) ? error.reason : undefined
  return isRequestError(error) && error.status >= 500 ? 'server-error' : undefined
}

/** Fetches the log of one job by its id: plain text, there as soon as the job has ended. */
async function fetchJobLog(context: Context, request: LogRequest, job: Job, budget: ByteBudget): Promise<JobLog> {
  const file = jobFileName(job)
  const download = { file: join(request.folder, file), what: `job ${job.id}`, budget }
  try {
    const bytes = await downloadLogs(context, askForJobLog(context, job), download)
    budget.left -= bytes
    if (budget.left < 0) throw tooLarge(budget)
    return toLog(job, { source: 'api', files: [file], bytes, reason: null })
  } catch (error) {
    // One job's log that cannot be had leaves the others what they are; the manifest says which and why.
    const reason = missingReason(error)
    context.signal.throwIfAborted()
    if (reason === undefined) throw error
    return toLog(job, { source: 'none', files: [], bytes: 0, reason })
  }
}

async function fetchByJob(
  context: Context,
  request: LogRequest,
  jobs: readonly Job[],
  budget: ByteBudget,
): Promise<JobLog[]> {
  const logs: JobLog[] = []
  const failures: unknown[] = []
  const queue = jobs.values()
  const worker = async () => {
    for (const job of queue) {
      // The first failure ends all: nothing may still be written when the folder is removed.
      if (failures.length > 0) return
      await fetchJobLog(context, request, job, budget).then(
        (log) => logs.push(log),
        (error: unknown) => failures.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_JOBS }, worker))
  if (failures.length > 0) throw failures[0]
  return logs
}

/** Would the entry stand where the manifest or the kept archive stands? */
const isOwnName = (entry: string): boolean => /^(manifest\.json|logs-\d+-\d+\.zip)(\/|$)/i.test(entry)

/** Takes the logs of the wanted jobs out of an archive; a job that the archive does not clearly have is left out. */
async function extractJobs(
  archive: Archive,
  request: LogRequest,
  budget: ByteBudget,
  checked: Set<string>,
): Promise<JobLog[]> {
  const folder = request.format === 'zip' ? undefined : request.folder
  const matches = matchEntries(archive.names, request.jobs)
  const logs: JobLog[] = []
  for (const job of request.wanted) {
    const entries = matches.get(job.id)
    if (!entries || entries.steps.some(isOwnName)) continue
    const names = [...entries.whole, ...entries.steps]
    let bytes = 0
    for (const name of names) {
      checked.add(name)
      bytes += await archive.extract(name, folder && join(folder, fileNameOf(name)), budget)
    }
    const source = entries.steps.some((name) => !name.endsWith('/system.txt')) ? 'steps' : 'job'
    logs.push(toLog(job, { source, files: folder === undefined ? [] : names.map(fileNameOf), bytes, reason: null }))
  }
  return logs
}

/** Checks the files that nobody asked for: an archive is whole or it is damaged. */
async function checkRest(archive: Archive, checked: ReadonlySet<string>): Promise<void> {
  const budget = { left: Number.POSITIVE_INFINITY, limit: Number.POSITIVE_INFINITY }
  for (const name of archive.names) if (!checked.has(name)) await archive.extract(name, undefined, budget)
}

/** Name of a kept archive. */
export const archiveName = ({ runId, attempt }: Pick<LogRequest, 'runId' | 'attempt'>): string =>
  `logs-${runId}-${attempt}.zip`

async function readArchive(context: Context, request: LogRequest, budget: ByteBudget): Promise<JobLog[]> {
  const file = join(request.folder, archiveName(request))
  await downloadLogs(context, request.askForArchive, { file, what: `run ${request.runId}` })
  const archive = await openArchive(file, request.format === 'zip' ? Number.POSITIVE_INFINITY : MAX_ENTRIES)
  try {
    const checked = new Set<string>()
    const logs = await extractJobs(archive, request, budget, checked)
    await checkRest(archive, checked)
    if (request.format === 'files') await rm(file)
    return logs
  } finally {
    archive.close()
  }
}

/**
 * The logs out of the archive of the attempt. A damaged archive is fetched once more: the service cuts long ones off
 * with a status of 200 (cli/cli#11059). @returns undefined when it was damaged again
 */
async function tryArchive(context: Context, request: LogRequest): Promise<JobLog[] | undefined> {
  for (const last of [false, true]) {
    try {
      return await readArchive(context, request, { left: request.maxSize, limit: request.maxSize })
    } catch (error) {
      if (!(error instanceof OperationError) || error.reason !== 'corrupt-archive') throw error
      await clear(request.folder)
      const next = last ? 'fetching the logs job by job' : 'fetching it again'
      context.log.line(`${error.message} Run ${request.runId}: ${next}.`)
    }
  }
  return undefined
}

async function clear(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
}

/**
 * Collects the logs of the wanted jobs into `request.folder` and writes `manifest.json` beside them. The archive first;
 * what it does not have, or what has no archive since the run has not ended, by the id of each job.
 *
 * @throws OperationError when the archive is unsafe or too large, or when there are no logs any more
 */
export async function collectLogs(context: Context, request: LogRequest): Promise<LogManifest> {
  // Of a run without jobs nobody can say that nothing was asked for: its archive is missing.
  const needsArchive = request.wanted.length > 0 || request.jobs.length === 0 || request.format !== 'files'
  const fromArchive = request.isCompleted && needsArchive ? await tryArchive(context, request) : undefined
  const found = new Map(fromArchive?.map((log) => [log.jobId, log]))
  const left = request.wanted.filter((job) => !found.has(job.id) && hasLog(job))
  const used = [...found.values()].reduce((sum, log) => sum + log.bytes, 0)
  const byId = await fetchByJob(context, request, left, { left: request.maxSize - used, limit: request.maxSize })
  for (const log of byId) found.set(log.jobId, log)
  const jobs = request.wanted.map((job) => found.get(job.id) ?? withoutLog(job)).filter((log) => log !== undefined)
  return writeManifest(request.folder, { runId: request.runId, attempt: request.attempt, jobs })
}

/** Writes `manifest.json`. @returns the manifest */
export async function writeManifest(folder: string, manifest: LogManifest): Promise<LogManifest> {
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

/** Jobs that ran and whose log could not be had. */
export const missingLogs = ({ jobs }: LogManifest): JobLog[] =>
  jobs.filter((log) => log.source === 'none' && MISSING.includes(log.reason ?? ''))
