import { archiveName, UniqueNames } from './archive-name.ts'
import type { SimulatedJob } from './job.ts'
import { hasLog, jobLog, stepLog, systemLog } from './log-text.ts'
import type { Attempt, SimulatedRun } from './run.ts'
import type { ArchiveLayout } from './spec.ts'
import { stepsOf } from './steps.ts'
import { buildZip, type ZipEntry } from './zip.ts'

/** First ordinal of the old service: `-2147483648_lint.txt`. */
const OLD_ORDINAL = -2_147_483_648

/**
 * The log archive of one attempt: `<n>_<job>.txt` for each job, and below `<job>/` one file per step and system.txt. It
 * has only the jobs that ran in this attempt, not those a partial re-run carried over (cli/cli#10853).
 */
export function runArchive(run: SimulatedRun, attempt: Attempt): Buffer {
  const { archive, archiveLayout = 'full' } = run.identity.spec
  if (archive) return typeof archive === 'function' ? archive(attempt.number) : archive
  const names = new UniqueNames()
  const jobs = archivedJobs(run, attempt)
  return buildZip(
    jobs.flatMap((job, index) => {
      const name = job.spec.archiveName ?? archiveName(job.name, archiveLayout === 'old-service')
      return jobEntries(job, names.claim(name), index, archiveLayout)
    }),
  )
}

/** Whether there is any archive: an attempt without jobs never had one. */
export function hasArchive(run: SimulatedRun, attempt: Attempt): boolean {
  return run.identity.spec.archive !== undefined || attempt.jobs.length > 0
}

function archivedJobs(run: SimulatedRun, attempt: Attempt): SimulatedJob[] {
  const missing = run.identity.spec.missing ?? []
  return attempt.jobs.filter((job) => job.ranIn === attempt.number && hasLog(job) && !missing.includes(job.name))
}

function jobEntries(job: SimulatedJob, name: string, index: number, layout: ArchiveLayout): ZipEntry[] {
  const isOld = layout === 'old-service'
  const whole = { name: `${isOld ? OLD_ORDINAL + index : index}_${name}.txt`, content: jobLog(job) }
  if (layout === 'jobs-only') return [whole]
  const entries = [whole]
  if (layout !== 'no-steps') entries.push(...stepEntries(job, name, isOld))
  if (!isOld) entries.push({ name: `${name}/system.txt`, content: systemLog(job) })
  return entries
}

function stepEntries(job: SimulatedJob, directory: string, isOld: boolean): { name: string; content: string }[] {
  return stepsOf(job).flatMap((step) => {
    const content = stepLog(step)
    const name = `${directory}/${step.number}_${archiveName(step.name, isOld)}.txt`
    return content === undefined ? [] : [{ name, content }]
  })
}
