import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import type { JobLog, LogManifest } from '../report.ts'
import type { Job } from '../runs/read.ts'
import { askForArchive } from './asks.ts'
import { archiveName, collectLogs, type LogRequest, writeManifest } from './collect.ts'

/** A job over all attempts: the executions of it, newest first. A name may stand for several jobs of an attempt. */
type Executions = Job[]

/**
 * Groups executions by the job that they are of: the first `build` of one attempt and the first `build` of another are
 * the same job, since an attempt lists the jobs of the workflow in their order.
 *
 * @param jobs the jobs of all attempts
 */
export function groupExecutions(jobs: readonly Job[]): Executions[] {
  const groups = new Map<string, Executions>()
  const counts = new Map<string, number>()
  for (const job of [...jobs].sort((one, other) => other.attempt - one.attempt || one.id - other.id)) {
    const name = JSON.stringify([job.attempt, job.name])
    const place = counts.get(name) ?? 0
    counts.set(name, place + 1)
    const key = JSON.stringify([job.name, place])
    groups.set(key, [...(groups.get(key) ?? []), job])
  }
  return [...groups.values()]
}

const hasLog = ({ source, files }: JobLog): boolean => source !== 'none' || files.length > 0

/** Collects what one attempt has of the jobs that are still wanted, into a folder of its own. */
async function collectAttempt(
  context: Context,
  request: Omit<LogRequest, 'askForArchive'>,
  latest: number,
): Promise<JobLog[]> {
  const name = `attempt-${request.attempt}`
  const folder = join(request.folder, name)
  await mkdir(folder)
  const isLatest = request.attempt === latest
  const { jobs } = await collectLogs(context, {
    ...request,
    isCompleted: request.isCompleted || !isLatest,
    folder,
    askForArchive: askForArchive(context, request.runId, isLatest ? undefined : request.attempt),
  })
  await rm(join(folder, 'manifest.json'))
  if (request.format !== 'files')
    await rename(join(folder, archiveName(request)), join(request.folder, archiveName(request))).catch(ignoreMissing)
  return jobs.map((log) => ({ ...log, files: log.files.map((file) => `${name}/${file}`) }))
}

/** An attempt whose archive could not be had has its logs job by job. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

/**
 * Collects the newest log of every wanted job over all attempts: a re-run of failed jobs leaves the logs of those that
 * passed in the attempt before. Each attempt has its folder, `attempt-<n>`.
 *
 * @param request `jobs` and `wanted` are executions of all attempts; `attempt` is the latest
 */
export async function collectAllAttempts(
  context: Context,
  request: Omit<LogRequest, 'askForArchive'>,
): Promise<LogManifest> {
  const wantedIds = new Set(request.wanted.map((job) => job.id))
  let left = groupExecutions(request.jobs).filter((executions) => wantedIds.has(executions[0]?.id ?? 0))
  const found: JobLog[] = []
  const without = new Map<Executions, JobLog>()
  for (let attempt = request.attempt; attempt > 0 && left.length > 0; attempt -= 1) {
    const jobs = request.jobs.filter((job) => job.attempt === attempt)
    const here = new Map(
      left.flatMap((group) => group.filter((job) => job.attempt === attempt).map((job) => [job.id, group])),
    )
    if (here.size === 0) continue
    const used = found.reduce((sum, log) => sum + log.bytes, 0)
    const wanted = jobs.filter((job) => here.has(job.id))
    const logs = await collectAttempt(
      context,
      { ...request, attempt, jobs, wanted, maxSize: request.maxSize - used },
      request.attempt,
    )
    found.push(...logs.filter(hasLog))
    const done = new Set(logs.filter(hasLog).map((log) => here.get(log.jobId)))
    for (const log of logs) {
      const group = here.get(log.jobId)
      if (group && !done.has(group) && !without.has(group)) without.set(group, log)
    }
    left = left.filter((group) => !done.has(group))
  }
  const missing = left.flatMap((group) => without.get(group) ?? [])
  return writeManifest(request.folder, { runId: request.runId, attempt: request.attempt, jobs: [...found, ...missing] })
}
