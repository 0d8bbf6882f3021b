import type { Job } from '../runs/read.ts'
import { fileNameOf } from './entry-name.ts'

/** The entries of a log archive that belong to one job. */
export interface JobEntries {
  /** The whole log of the job, `<n>_<job>.txt`. */
  whole: string[]
  /** One log a step, `<job>/<k>_<step>.txt`, and `<job>/system.txt`. */
  steps: string[]
}

/** Where the log service cuts a name, in UTF-16 units (cli/cli pkg/cmd/run/view/logs.go). */
const NAME_LENGTH = 90

// biome-ignore lint/suspicious/noControlCharactersInRegex: the service removes what no Windows file name may hold
const REMOVED = /[:?*|<>"\\\u0000-\u001f]/g

/**
 * The names under which the log service may have filed a job: it removes or replaces the slash of `caller / job`,
 * depending on its age, removes other characters that file names cannot hold, and cuts.
 */
export function archiveNames(jobName: string): string[] {
  const forms = [jobName.replaceAll('/', '_'), jobName.replaceAll('/', '')]
  return [...new Set(forms.map((form) => form.replace(REMOVED, '').slice(0, NAME_LENGTH).toWellFormed().trim()))]
}

/** The name in an entry, without its number and ending; undefined for an entry that has none. */
function entryName(entry: string): { name: string; kind: keyof JobEntries } | undefined {
  const [folder, file] = entry.split('/')
  if (file !== undefined && folder !== undefined) return { name: folder.trim(), kind: 'steps' }
  // The number is an ordinal, negative for the old service (cli/cli#10868), and never the id of a job.
  const [, name] = /^-?\d+_(.*)\.txt$/.exec(entry) ?? []
  return name === undefined ? undefined : { name: name.trim(), kind: 'whole' }
}

/** Names that more than one job may stand behind; the service numbers such: `build`, `build (1)`. */
function ambiguousNames(jobs: readonly Job[]): (name: string) => boolean {
  const uses = new Map<string, number>()
  for (const job of jobs) for (const name of archiveNames(job.name)) uses.set(name, (uses.get(name) ?? 0) + 1)
  const isShared = (name: string) => (uses.get(name) ?? 0) > 1
  return (name) => isShared(name) || isShared(name.replace(/ ?\(\d+\)$/, ''))
}

/** Number of the step that a log is of; undefined for `system.txt`. */
const stepNumber = (entry: string): number | undefined => {
  const [, digits] = /\/(\d+)_[^/]*$/.exec(entry) ?? []
  return digits === undefined ? undefined : Number(digits)
}

/** Is the log whole? As one file, or by a log of each step that ran: some may be missing (cli/cli#10551). */
function isWhole(job: Job, { whole, steps }: JobEntries): boolean {
  if (whole.length === 1) return true
  const numbers = new Set(steps.map(stepNumber).filter((number) => number !== undefined))
  const ran = job.steps.filter(({ conclusion }) => conclusion !== null && conclusion !== 'skipped')
  return whole.length === 0 && numbers.size > 0 && ran.every(({ number }) => numbers.has(number))
}

/**
 * Finds the entries of each job. Archive names are hints: only a name that can mean one job alone, and of which the
 * archive has the whole log, is taken; all other jobs are left out and have to be fetched by their id.
 *
 * @param entries names in the archive, folders left out
 * @param jobs all jobs of the attempt, not only those that are wanted
 */
export function matchEntries(entries: readonly string[], jobs: readonly Job[]): Map<number, JobEntries> {
  const isAmbiguous = ambiguousNames(jobs)
  const byName = new Map<string, JobEntries>()
  for (const entry of entries) {
    const found = entryName(entry)
    if (!found || isAmbiguous(found.name)) continue
    const group = byName.get(found.name) ?? { whole: [], steps: [] }
    group[found.kind].push(entry)
    byName.set(found.name, group)
  }
  const matches = new Map<number, JobEntries>()
  for (const job of jobs) {
    const groups = archiveNames(job.name).flatMap((name) => byName.get(name) ?? [])
    const [only] = groups
    if (groups.length === 1 && only && isWhole(job, only)) matches.set(job.id, only)
  }
  return matches
}

/** A file name for a log that was fetched by the id of its job. */
export const jobFileName = (job: Job): string =>
  fileNameOf(`${job.id}_${archiveNames(job.name)[0]?.replace(/^\.+/, '') || 'job'}.txt`)
