import type { Context } from '../context.ts'
import { optional, type Values, withDefault } from '../inputs/declaration.ts'
import { duration, flag } from '../inputs/kinds.ts'
import { forceAfter, selectionInputs, wait, waitInputs, writeInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { actOnEach } from '../runs/act.ts'
import { readActiveRuns } from '../runs/active.ts'
import { cancelRun } from '../runs/cancel.ts'
import { createFilter, narrows, type RunFilter } from '../runs/filter.ts'
import { newestFirst } from '../runs/list.ts'
import { readRun } from '../runs/read.ts'
import { type Run, unreadRun } from '../runs/run.ts'
import { askedFilter, chooseNamed, reportNothingFound } from '../runs/select.ts'
import { findStale, type StaleRun } from '../runs/stale.ts'
import { isOwnRun, runUrl } from '../runs/target.ts'
import { explain, toVerdict } from '../runs/verdict.ts'

const permission = 'actions: write'

const inputs = {
  ...selectionInputs,
  ...writeInputs,
  ...waitInputs,
  wait,
  'force-after': forceAfter,
  superseded: withDefault(flag, 'Runs with a newer run in their group are stale.', 'true'),
  'stale-after': optional(duration(1000), 'Runs that have not completed after this long are stale too.'),
}

/** Which of the runs that have not completed may be cancelled: never the one this step runs in. */
interface Choice {
  /** What is listed for it. */
  filter: RunFilter
  /** Ids, where the author meant the very runs. */
  named: ReadonlySet<number> | undefined
  isCandidate(run: Run): boolean
}

/** `run-id`, else the filters, else the run of the event, else the whole repository (docs/behaviour.md, Which runs). */
function choose(context: Context, values: Values<typeof inputs>): Choice {
  const filter = askedFilter(context, values)
  const references = values['run-id'] ?? (narrows(filter) ? undefined : eventRun(context))
  const isChosen = createFilter(values['run-id'] ? {} : filter)
  if (references) {
    const ids = new Set(chooseNamed(context, references, true).map((target) => target.id))
    return { filter: {}, named: ids, isCandidate: (run) => ids.has(run.id) && isChosen(run) }
  }
  return { filter, named: undefined, isCandidate: (run) => isChosen(run) && !isOwnRun(context, run.id) }
}

const eventRun = ({ trigger }: Context) => (trigger.eventRunId === undefined ? undefined : [{ id: trigger.eventRunId }])

/** A named run that no list has shown may have completed, which is well, or not exist, which is not. */
async function reportMissing(context: Context, named: ReadonlySet<number>, seen: readonly Run[]): Promise<void> {
  const unseen = [...named].filter((id) => !seen.some((run) => run.id === id))
  for (const id of unseen) {
    try {
      await readRun(context, id)
    } catch (error) {
      const verdict = toVerdict(explain(error, permission), true)
      context.report.runs.push({ run: unreadRun(id, runUrl(context, id)), ...verdict })
    }
  }
}

async function findChosen(
  context: Context,
  values: Values<typeof inputs>,
  { filter, named, isCandidate }: Choice,
): Promise<StaleRun[]> {
  const rules = { superseded: values.superseded, staleAfter: values['stale-after'], now: context.github.now() }
  const runs = await readActiveRuns(context, filter, (run) => values.superseded && isCandidate(run))
  if (named) await reportMissing(context, named, runs)
  const stale = findStale(runs, rules).filter(({ run }) => isCandidate(run))
  return stale.sort((one, other) => newestFirst(one.run, other.run)).slice(0, filter.limit)
}

/** https://docs.github.com/rest/actions/workflow-runs#cancel-a-workflow-run */
export const cancelStale = defineOperation({
  name: 'cancel-stale',
  description:
    'Finds runs that were superseded by a newer run of the same workflow, event, head branch and head repository, or that are over age, and cancels them. The newest run of a group is never superseded. Without filters it takes the whole repository.',
  endpoints: [
    'GET runs',
    'GET workflows/{workflow_id}/runs',
    'GET runs/{run_id}',
    'POST runs/{run_id}/cancel',
    'POST runs/{run_id}/force-cancel',
  ],
  permission,
  outputs: RUN_OUTPUTS,
  reasons: [
    'superseded',
    'over-age',
    'own-run',
    'not-found',
    'permission',
    'already-completed',
    'wedged',
    'timeout',
    'rate-limited',
    'server-error',
  ],
  example: `on: pull_request
jobs:
  cancel:
    runs-on: ubuntu-latest
    permissions:
      actions: write
    steps:
      - uses: OWNER/workflow-run-operations@v1
        with:
          operation: cancel-stale
          workflow: ci.yml
          exclude-branches: main, release/**
          force-after: 5m`,
  inputs,
  check: (values) =>
    values.superseded || values['stale-after'] !== undefined
      ? []
      : ['Inputs `superseded: false` without `stale-after` make no run stale: set `stale-after`.'],
  async run(context, values) {
    const choice = choose(context, values)
    const stale = await findChosen(context, values, choice)
    if (stale.length === 0) {
      if (context.report.runs.length === 0) {
        reportNothingFound(context, values['if-no-runs-found'], 'is stale')
      }
      return
    }
    const reasons = new Map(stale.map(({ run, reason }) => [run.id, reason]))
    const targets = stale.map(({ run }) => ({
      id: run.id,
      listed: run,
      attempt: undefined,
      named: choice.named !== undefined,
    }))
    await actOnEach(context, targets, { permission }, ({ id }, seen) =>
      cancelRun(context, id, seen, {
        force: false,
        dryRun: values['dry-run'],
        wait: values.wait,
        forceAfter: values['force-after'],
        pollInterval: values['poll-interval'],
        because: reasons.get(id) ?? null,
      }),
    )
  },
})
