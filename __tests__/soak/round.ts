import { type OperationEnd, runInProcess } from '../support/in-process.ts'
import type { Town } from './town.ts'

/** Runs that one clean-up deletes at most: about seven minutes at 170 writes a minute. */
const DELETED_AT_ONCE = 1_200

const HOUR_MS = 3_600_000
const MONTH_MS = 30 * 24 * HOUR_MS

interface Told {
  lies: string[]
  summary: string
}

type Claim = { id: number; outcome: string; reason: string | null; message: string }

const claimsOf = ({ result }: OperationEnd): Claim[] => result.runs

async function step(town: Town, inputs: Record<string, string>): Promise<OperationEnd> {
  const { simulator, clock } = town
  return runInProcess(simulator, { timeout: '1h', ...inputs }, { clock })
}

const idsOf = (
  { simulator }: Town,
  isChosen: (run: ReturnType<Town['simulator']['repository']>['runs'][number]) => boolean,
) =>
  simulator
    .repository()
    .runs.filter(isChosen)
    .map(({ id }) => id)

/** What is listed is all that was there all the time, each once. */
async function list(town: Town): Promise<Told> {
  const before = idsOf(town, ({ identity }) => identity.branch === 'branch-1')
  const end = await step(town, { operation: 'list-runs', branch: 'branch-1', limit: '20000' })
  const listed = claimsOf(end).map(({ id }) => id)
  if (end.failure !== undefined) return { lies: [], summary: `list failed (${end.failure.slice(0, 80)})` }
  const shown = new Set(listed)
  const lost = before.filter((id) => !shown.has(id))
  return {
    lies: [
      ...(lost.length > 0 ? [`list-runs lost ${lost.length} runs: ${lost.slice(0, 5)}`] : []),
      ...(shown.size < listed.length ? ['list-runs shows a run twice'] : []),
    ],
    summary: `${listed.length} listed`,
  }
}

async function wait(town: Town): Promise<Told> {
  const end = await step(town, { operation: 'wait-for-run', 'head-sha': town.newestSha })
  const lies = claimsOf(end).flatMap(({ id, outcome }) => {
    const run = town.simulator.repository().run(id)
    const isTrue = run?.status === 'completed' && run.conclusion === 'success'
    return outcome === 'matched' && !isTrue ? [`wait-for-run passed run ${id}, which is ${run?.status}`] : []
  })
  return { lies, summary: end.failure === undefined ? 'waited' : `wait failed (${end.failure.slice(0, 80)})` }
}

async function cancelStale(town: Town): Promise<Told> {
  const end = await step(town, { operation: 'cancel-stale', branch: 'branch-0' })
  town.simulator.settle()
  const lies = claimsOf(end).flatMap(({ id, outcome, reason }) => {
    const run = town.simulator.repository().run(id)
    if (outcome === 'changed' && run?.conclusion !== 'cancelled')
      return [`cancel-stale claims run ${id}: ${run?.conclusion}`]
    if (reason === 'already-completed' && run?.status !== 'completed') return [`run ${id} goes on`]
    return []
  })
  const cancelled = claimsOf(end).filter(({ outcome }) => outcome === 'changed').length
  return { lies, summary: `${cancelled} cancelled${end.failure === undefined ? '' : ' (failed)'}` }
}

/** The oldest are deleted, each once, and nothing else. */
async function deleteOld(town: Town): Promise<Told> {
  const { simulator, clock } = town
  const old = idsOf(town, ({ identity }) => identity.createdAt < clock.now() - MONTH_MS)
  const wanted = new Set(old.reverse().slice(0, DELETED_AT_ONCE))
  const others = new Set(idsOf(town, ({ id }) => !wanted.has(id)))
  const accepted = simulator.acceptedWrites.length
  const end = await step(town, { operation: 'delete-runs', 'older-than': '30d', limit: String(DELETED_AT_ONCE) })
  const left = new Set(idsOf(town, () => true))
  const claims = claimsOf(end)
  const wrong = claims.filter(({ id, outcome }) => (outcome === 'changed') === left.has(id))
  const gone = [...others].filter((id) => !left.has(id))
  const deleted = claims.filter(({ outcome }) => outcome === 'changed').length
  const writes = simulator.acceptedWrites.slice(accepted).filter(({ method }) => method === 'DELETE')
  town.deleted += deleted
  return {
    lies: [
      ...wrong.slice(0, 5).map(({ id, outcome, message }) => `delete-runs tells of run ${id}: ${outcome} ${message}`),
      ...(gone.length > 0 ? [`delete-runs took what it should not: ${gone.slice(0, 5)}`] : []),
      ...(writes.length > new Set(writes.map(({ path }) => path)).size ? ['a delete took effect twice'] : []),
      ...(end.failure === undefined && deleted < wanted.size
        ? [`green, but ${wanted.size - deleted} of ${wanted.size} are left`]
        : []),
    ],
    summary: `${deleted} deleted${end.failure === undefined ? '' : ` (${end.failure.slice(0, 120)})`}`,
  }
}

/** One round of everything, in a row. */
export async function runRound(town: Town): Promise<Told> {
  const parts: Told[] = []
  for (const part of [list, wait, cancelStale, deleteOld]) parts.push(await part(town))
  town.requests += town.simulator.requests.length
  // The simulator remembers every request with its answer: its memory is not what is measured.
  town.simulator.requests.length = 0
  return { lies: parts.flatMap(({ lies }) => lies), summary: parts.map(({ summary }) => summary).join(', ') }
}
