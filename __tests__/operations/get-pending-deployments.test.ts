import { describe, expect, it } from '@jest/globals'
import { requestLines } from '../support/action.ts'
import { addReviewedEnvironments, REVIEWER, waitingRun } from '../support/environments.ts'
import { useOperation, withoutProcess } from '../support/operation.ts'
import { itReadsRuns } from '../support/read-behaviour.ts'

const tested = useOperation('get-pending-deployments')
const { simulators, run: getPending } = tested

itReadsRuns({ tested: withoutProcess(tested), reads: (id) => [`GET runs/${id}/pending_deployments`] })

describe('get-pending-deployments', () => {
  it('tells which environments wait and who may review them: one request', async () => {
    const simulator = await simulators.start()
    addReviewedEnvironments(simulator)
    simulator.repository().addRun(waitingRun(100, 'staging', 'production', 'vault'))
    const end = await getPending(simulator, { 'run-id': '100', token: REVIEWER })
    expect(requestLines(simulator)).toEqual(['GET runs/100/pending_deployments'])
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-id': '100', 'run-ids': '[100]', 'matched-count': '1' } })
    expect(JSON.parse(end.outputs.environments ?? '')).toEqual(['staging', 'production', 'vault'])
    expect(end.result.environments).toEqual(['staging', 'production', 'vault'])
    expect(end.result.runs).toMatchObject([
      {
        outcome: 'matched',
        message: [
          'waiting: staging (this token may review it; reviewers: mona)',
          'production (this token may review it; reviewers: mona, hubot, releasers; wait timer: 30 min)',
          'vault (this token may not review it; reviewers: hubot)',
        ].join(', '),
      },
    ])
    expect(end.summary).toContain('vault (this token may not review it; reviewers&#58; hubot)')
  })

  it('names an environment once for several runs that wait for it', async () => {
    const simulator = await simulators.start()
    addReviewedEnvironments(simulator)
    simulator.repository().addRun(waitingRun(100, 'staging'))
    simulator.repository().addRun(waitingRun(101, 'staging', 'vault'))
    const end = await getPending(simulator, { 'run-id': '100 101' })
    expect(JSON.parse(end.outputs.environments ?? '').sort()).toEqual(['staging', 'vault'])
  })

  it('is an empty list for a run that waits for nothing', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, conclusion: 'success' })
    const end = await getPending(simulator, { 'run-id': '100' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { environments: '[]' } })
    expect(end.result.runs).toMatchObject([{ outcome: 'matched', message: 'no environment waits' }])
  })
})
