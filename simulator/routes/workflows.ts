import type { Answer } from '../answer.ts'
import { workflowBody } from '../bodies/workflow.ts'
import type { Call, Route } from '../call.ts'
import { answerPage } from '../listing.ts'
import { refusals, refuse } from '../refusals.ts'
import type { Workflow } from '../workflow.ts'
import { answerRuns, withRun } from './runs.ts'

const READ = { area: 'actions', level: 'read' } as const

/** Workflow files, their runs, and the artifacts of a run (there never are any). */
export const workflowRoutes: Route[] = [
  {
    method: 'GET',
    path: '/actions/workflows',
    need: READ,
    docs: 'actions/workflows#list-repository-workflows',
    answer: (call) =>
      answerPage(call, 'workflows', call.repository.workflows, (workflow) => workflowBody(call, workflow)),
  },
  {
    method: 'GET',
    path: '/actions/workflows/{workflow}',
    need: READ,
    docs: 'actions/workflows#get-a-workflow',
    answer: withWorkflow((call, workflow) => ({ status: 200, body: workflowBody(call, workflow) })),
  },
  {
    method: 'GET',
    path: '/actions/workflows/{workflow}/runs',
    need: READ,
    docs: 'actions/workflow-runs#list-workflow-runs-for-a-workflow',
    answer: withWorkflow((call, workflow) =>
      answerRuns(
        call,
        call.repository.runs.filter((run) => run.identity.workflow === workflow),
      ),
    ),
  },
  {
    method: 'GET',
    path: '/actions/runs/{run_id}/artifacts',
    need: READ,
    docs: 'actions/artifacts#list-workflow-run-artifacts',
    answer: withRun((call) => answerPage(call, 'artifacts', [], () => ({}))),
  },
]

function withWorkflow(answer: (call: Call, workflow: Workflow) => Answer): (call: Call) => Answer {
  return (call) => {
    const workflow = call.repository.findWorkflow(call.parameters.workflow ?? '')
    return workflow ? answer(call, workflow) : refuse(refusals.notFound)
  }
}
