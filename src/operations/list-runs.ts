import { defaulting } from '../inputs/declaration.ts'
import { filterInputs, ifNoRunsFound } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { matched } from '../report.ts'
import { listRuns as list } from '../runs/list.ts'
import { askedFilter, reportNothingFound } from '../runs/select.ts'

/** https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-repository */
export const listRuns = defineOperation({
  name: 'list-runs',
  description:
    'Lists runs by filter, of the repository or of workflows, newest first. No filter: the newest runs of the repository.',
  endpoints: ['GET runs', 'GET workflows/{workflow_id}/runs'],
  permission: 'actions: read',
  outputs: RUN_OUTPUTS,
  reasons: ['not-found', 'permission', 'timeout', 'rate-limited', 'server-error'],
  example: `jobs:
  list:
    runs-on: ubuntu-latest
    permissions:
      actions: read
    outputs:
      run-ids: \${{ steps.failed.outputs.run-ids }}
    steps:
      - id: failed
        uses: OWNER/workflow-run-operations@v1
        with:
          operation: list-runs
          branch: release/*
          status: failure, timed_out
          newer-than: 7d`,
  inputs: { ...filterInputs, limit: defaulting(filterInputs.limit, '100'), 'if-no-runs-found': ifNoRunsFound },
  async run(context, inputs) {
    const runs = await list(context, askedFilter(context, inputs))
    if (runs.length === 0) reportNothingFound(context, inputs['if-no-runs-found'])
    for (const run of runs) {
      const verdict = matched(run.conclusion ?? run.status ?? 'no status')
      context.log.line(
        `${run.id} ${run.workflow ?? '?'} #${run.number ?? '?'} on ${run.branch ?? '?'}: ${verdict.message}`,
      )
      context.report.runs.push({ run, ...verdict })
    }
  },
})
