import type { Kind, RepositoryName } from './kinds.ts'

/** A run as an author names it: by id, or by the URL of its page, which also carries its repository. */
export interface RunReference {
  id: number
  /** `owner/repo` of the URL. */
  repository?: string
  attempt?: number
  jobId?: number
}

const RUN_URL =
  /^https?:\/\/[^/]+\/([^/]+\/[^/]+)\/actions\/runs\/(\d+)(?:\/attempts\/(\d+))?(?:\/job\/(\d+))?\/?(?:[?#].*)?$/

function parseId(digits: string | undefined): number | undefined {
  const id = Number(digits)
  return /^\d+$/.test(digits ?? '') && id > 0 && Number.isSafeInteger(id) ? id : undefined
}

function parseRunReference(item: string): RunReference | undefined {
  const plain = parseId(item)
  if (plain !== undefined) return { id: plain }
  const [, repository, run, attempt, job] = RUN_URL.exec(item) ?? []
  const id = parseId(run)
  if (id === undefined || repository === undefined) return undefined
  const attemptNumber = parseId(attempt)
  const jobId = parseId(job)
  return {
    id,
    repository,
    ...(attemptNumber !== undefined && { attempt: attemptNumber }),
    ...(jobId !== undefined && { jobId }),
  }
}

/** One or more runs, between commas or white space. */
export const runReferences: Kind<RunReference[]> = {
  expects: 'run ids or run URLs (`https://github.com/OWNER/REPO/actions/runs/ID`), between commas or white space',
  parse: (value) => {
    const references = value
      .split(/[\s,]+/)
      .filter((item) => item !== '')
      .map(parseRunReference)
    return references.some((reference) => reference === undefined) || references.length === 0
      ? undefined
      : (references as RunReference[])
  },
}

/**
 * Checks `run-id` against `repository`.
 *
 * @returns a sentence per problem
 */
export function checkRunIds(references: RunReference[] | undefined, repository: RepositoryName): string[] {
  const problems: string[] = []
  const name = `${repository.owner}/${repository.repo}`
  const seen = new Set<number>()
  for (const { id, repository: other } of references ?? []) {
    if (seen.has(id)) problems.push(`Input \`run-id\` names run ${id} more than once: name each run once.`)
    seen.add(id)
    if (other !== undefined && other.toLowerCase() !== name.toLowerCase()) {
      problems.push(
        `Input \`run-id\` names run ${id} of ${other}, but \`repository\` is ${name}: set \`repository: ${other}\`.`,
      )
    }
  }
  return problems
}

/** A job, by id or by the URL of its page. */
export const jobReference: Kind<{ jobId: number; run?: RunReference }> = {
  expects: 'a job id or a job URL (`.../actions/runs/ID/job/JOB_ID`)',
  parse: (value) => {
    const plain = parseId(value)
    if (plain !== undefined) return { jobId: plain }
    const run = parseRunReference(value)
    return run?.jobId === undefined ? undefined : { jobId: run.jobId, run }
  },
}
