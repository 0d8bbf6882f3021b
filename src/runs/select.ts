import type { Context } from '../context.ts'
import { OperationError, UsageError } from '../errors.ts'
import type { RunReference } from '../inputs/references.ts'
import { failed } from '../report.ts'
import { type FilterValues, narrows, type RunFilter, toFilter } from './filter.ts'
import { listRuns } from './list.ts'
import { type PollSchedule, poll } from './poll.ts'
import { type Run, unreadRun } from './run.ts'
import { isOwnRun, runUrl, type Target } from './target.ts'

/** Values of the inputs that select runs. */
export interface SelectionValues extends FilterValues {
  'run-id'?: RunReference[] | undefined
  'if-no-runs-found': 'error' | 'warn' | 'ignore'
}

/** How an operation chooses its runs. */
export interface SelectionRules {
  /** The operation changes or waits for runs, so the run that the step itself runs in is out of bounds. */
  protectOwnRun: boolean
  /** What the filter takes where the inputs leave it open. */
  defaults?: Partial<RunFilter>
  /** Take the run of a `workflow_run` event when nothing else is asked for. */
  useEvent?: boolean
  accept?: (run: Run) => boolean
  /** The filter's runs may take this long to appear. */
  appear?: PollSchedule
  /** How the runs of the filter are listed, where not by {@link listRuns}. */
  list?: (context: Context, filter: RunFilter, accept: (run: Run) => boolean) => Promise<Run[]>
}

/** Targets for runs that the author named; the own run, where it is out of bounds, becomes a failure in the report. */
export function chooseNamed(context: Context, references: RunReference[], protectOwnRun: boolean): Target[] {
  const targets: Target[] = []
  for (const { id, attempt } of references) {
    if (protectOwnRun && isOwnRun(context, id)) {
      const verdict = failed(
        'own-run',
        `Run ${id} is the run that this step runs in: it cannot act on itself. Do it from another workflow, for example one triggered by \`workflow_run\`.`,
      )
      context.report.runs.push({ run: unreadRun(id, runUrl(context, id)), ...verdict })
    } else targets.push({ id, listed: undefined, attempt, named: true })
  }
  return targets
}

/** The filter that the inputs ask for, with the operation's own defaults under it. */
export function askedFilter(context: Context, inputs: FilterValues, defaults: Partial<RunFilter> = {}): RunFilter {
  const asked = Object.entries(toFilter(inputs, context.github.now())).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(asked) }
}

/**
 * Chooses the runs to act on: `run-id`, else the filters, else the run of the event (docs/behaviour.md, Which runs).
 * Never everything "because no filter was given".
 *
 * @throws UsageError when nothing says which runs; OperationError (`not-found`) when a filter found none and that is an error
 */
export async function selectRuns(context: Context, inputs: SelectionValues, rules: SelectionRules): Promise<Target[]> {
  const { protectOwnRun, useEvent = true } = rules
  if (inputs['run-id']) {
    if (narrows(toFilter(inputs, context.github.now()))) {
      context.log.warning('Input `run-id` names the runs: the filters beside it are not used.')
    }
    return chooseNamed(context, inputs['run-id'], protectOwnRun)
  }
  if (narrows(toFilter(inputs, context.github.now()))) return chooseByFilter(context, inputs, rules)
  if (useEvent && context.trigger.eventRunId !== undefined) {
    return chooseNamed(context, [{ id: context.trigger.eventRunId }], protectOwnRun)
  }
  const orEvent = useEvent ? ', or trigger the workflow by `workflow_run`' : ''
  throw new UsageError([
    `Nothing says which runs to act on: set \`run-id\`, or a filter such as \`workflow\`, \`branch\` or \`status\`${orEvent}. A limit or an exclusion alone chooses nothing.`,
  ])
}

/**
 * The runs of an operation that reads single runs: `run-id`, else the run of the event.
 *
 * @throws UsageError when neither says which
 */
export function selectNamed(context: Context, inputs: Pick<SelectionValues, 'run-id'>): Target[] {
  const { eventRunId } = context.trigger
  const references = inputs['run-id'] ?? (eventRunId === undefined ? undefined : [{ id: eventRunId }])
  if (references) return chooseNamed(context, references, false)
  throw new UsageError(['Nothing says which run to read: set `run-id`, or trigger the workflow by `workflow_run`.'])
}

async function chooseByFilter(context: Context, inputs: SelectionValues, rules: SelectionRules): Promise<Target[]> {
  const { protectOwnRun, defaults, accept, appear, list } = rules
  const filter = askedFilter(context, inputs, defaults)
  const isAllowed = (run: Run) => !(protectOwnRun && isOwnRun(context, run.id)) && (accept?.(run) ?? true)
  const look = async () => {
    const runs = list ? await list(context, filter, isAllowed) : await listRuns(context, filter, { accept: isAllowed })
    return runs.length > 0 ? runs : undefined
  }
  const runs = (appear ? await poll(context, appear, look) : await look()) ?? []
  // What a clean-up keeps is in the report already: the filter found it.
  if (runs.length === 0 && context.report.runs.length === 0) reportNothingFound(context, inputs['if-no-runs-found'])
  return runs.map((run) => ({ id: run.id, listed: run, attempt: undefined, named: false }))
}

/** Says, in the way that `if-no-runs-found` asks for, that nothing matched. */
export function reportNothingFound(
  { log, report, repository }: Context,
  policy: 'error' | 'warn' | 'ignore',
  what = 'matches the filters',
): void {
  const message = `No run in ${repository.owner}/${repository.repo} ${what}.`
  if (policy === 'error') {
    throw new OperationError(
      'not-found',
      `${message} Check the filters, or set \`if-no-runs-found\` to \`warn\` or \`ignore\`.`,
    )
  }
  if (policy === 'warn') log.warning(message)
  else log.line(message)
  report.notes.push(message)
}
