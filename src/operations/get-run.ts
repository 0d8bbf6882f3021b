import { attempt, filterInputs, readInputs } from '../inputs/shared.ts'
import { defineOperation } from '../operation.ts'
import { RUN_OUTPUTS } from '../outputs.ts'
import { matched } from '../report.ts'
import { actOnEach } from '../runs/act.ts'
import { readAttempt, readJobs, readRun, toJobReport } from '../runs/read.ts'
import { selectNamed } from '../runs/select.ts'

/** https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run */
export const getRun = defineOperation({
  name: 'get-run',
  description: 'Reads a run, or one attempt of it, with its jobs.',
  endpoints: [
    'GET runs/{run_id}',
    'GET runs/{run_id}/attempts/{attempt_number}',
    'GET runs/{run_id}/jobs',
    'GET runs/{run_id}/attempts/{attempt_number}/jobs',
  ],
  permission: 'actions: read',
  outputs: [...RUN_OUTPUTS, 'jobs'],
  reasons: ['not-found', 'permission', 'timeout', 'rate-limited', 'server-error'],
  example: `on:
  workflow_run:
    workflows: [CI]
    types: [completed]
jobs:
  inspect:
    runs-on: ubuntu-latest
    permissions:
      actions: read
    steps:
      - id: run
        uses: OWNER/workflow-run-operations@v1
        with:
          operation: get-run
      - run: echo "$JOBS" | jq -r '.[] | select(.conclusion == "failure") | .name'
        env:
          JOBS: \${{ steps.run.outputs.jobs }}`,
  inputs: {
    ...readInputs,
    'exclude-pull-requests': filterInputs['exclude-pull-requests'],
    attempt,
  },
  check: (values) =>
    values.attempt === 'all'
      ? ['Input `attempt` is "all": expected a whole number of at least 1; only `download-logs` takes `all`.']
      : [],
  async run(context, inputs) {
    const targets = selectNamed(context, inputs)
    const jobs = new Map(targets.map(({ id }) => [id, [] as ReturnType<typeof toJobReport>[]]))
    await actOnEach(
      context,
      targets,
      { permission: 'actions: read', absent: inputs['if-no-runs-found'] },
      async ({ id, attempt: named }, seen) => {
        const attempt = inputs.attempt === 'all' ? named : (inputs.attempt ?? named)
        const options = { excludePullRequests: inputs['exclude-pull-requests'] }
        const [run, read] = await Promise.all([
          attempt === undefined ? readRun(context, id, options) : readAttempt(context, id, attempt, options),
          readJobs(context, id, attempt),
        ])
        jobs.set(id, read.map(toJobReport))
        return matched(seen(run).conclusion ?? run.status ?? 'no status')
      },
    )
    context.report.jobs = [...jobs.values()].flat()
  },
})
