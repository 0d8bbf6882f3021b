import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { OperationError } from '../errors.ts'
import type { Job } from '../runs/read.ts'
import { askForJobLog } from './asks.ts'
import { downloadLogs } from './storage.ts'

/**
 * Lets `use` read the log of a job, in a file that is gone afterwards.
 *
 * @returns undefined when the job has no log
 */
export async function withJobLog<T>(
  context: Context,
  job: Job,
  use: (file: string) => Promise<T>,
): Promise<T | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'job-log-'))
  try {
    const file = join(folder, 'log.txt')
    await downloadLogs(context, askForJobLog(context, job), { file, what: `job ${job.id}` })
    return await use(file)
  } catch (error) {
    if (error instanceof OperationError && ['logs-expired', 'logs-unavailable'].includes(error.reason)) return undefined
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
