import type { Context } from '../context.ts'
import { oneLine } from '../foreign-text.ts'
import { type Discovery, type Search, workflowKey } from './discover.ts'
import { type PollSchedule, poll } from './poll.ts'
import type { Run } from './run.ts'
import { lookAtRuns, type WatchedRun, type WatchOptions, watchRun } from './watch.ts'

/** The runs that are waited for, by a key under which a newer run replaces an older one. */
export type Watched = Map<string, WatchedRun>

/**
 * Takes up what a search found: new workflows, and newer runs in the place of older ones. Never an older one: a filter by
 * `status` shows it as soon as the run that was waited for has left that status.
 *
 * @returns whether any was new
 */
function adopt(watched: Watched, newest: readonly Run[]): boolean {
  const unknown = newest.filter((run) => run.id > (watched.get(workflowKey(run))?.id ?? 0))
  for (const run of unknown) watched.set(workflowKey(run), watchRun(run.id))
  return unknown.length > 0
}

/**
 * Waits until at least one run, and one of each named workflow, is there.
 *
 * @returns what is still missing; undefined when nothing is
 */
export async function awaitAppearance(
  context: Context,
  search: Search,
  watched: Watched,
  schedule: PollSchedule,
): Promise<Pick<Discovery, 'missing' | 'hint'> | undefined> {
  let last: Pick<Discovery, 'missing' | 'hint'> = { missing: [], hint: undefined }
  let told = false
  const appeared = await poll(context, schedule, async () => {
    const found = await search()
    adopt(watched, found.newest)
    last = found
    if (watched.size > 0 && found.missing.length === 0) return true
    const what = found.missing.map((name) => oneLine(name)).join(', ') || 'a run'
    if (!told) context.log.line(`Waiting for ${what} to appear.`)
    told = true
    return undefined
  })
  return appeared ? undefined : last
}

/**
 * Waits until every run's wait is over, and no further run has appeared.
 *
 * @param search looks for further runs; undefined when the runs were named
 * @returns false when the time ran out before
 */
export async function awaitEnd(
  context: Context,
  search: Search | undefined,
  watched: Watched,
  options: WatchOptions & PollSchedule,
): Promise<boolean> {
  const done = await poll(context, options, async () => {
    await lookAtRuns(context, watched.values(), options)
    const verdicts = [...watched.values()].map(({ verdict }) => verdict)
    if (options.failFast && verdicts.some((verdict) => verdict?.outcome === 'failed')) return true
    if (verdicts.includes(undefined)) return undefined
    // The end counts only when a last look at the list shows nothing new: a run that was cancelled since a newer one
    // superseded it says nothing of the workflow, and no end is green while another run has appeared.
    return search && adopt(watched, (await search()).newest) ? undefined : true
  })
  return done ?? false
}
