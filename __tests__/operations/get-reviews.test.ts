import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/index.ts'
import { requestLines, runAgainst } from '../support/action.ts'
import { addReviewedEnvironments, REVIEWER, waitingRun } from '../support/environments.ts'
import { useOperation, withoutProcess } from '../support/operation.ts'
import { itReadsRuns } from '../support/read-behaviour.ts'

const tested = useOperation('get-reviews')
const { simulators, run: getReviews } = tested

itReadsRuns({ tested: withoutProcess(tested), reads: (id) => [`GET runs/${id}/approvals`] })

/** Reviews run 100 by the action itself. */
async function review(simulator: Simulator, operation: string, environment: string, comment: string): Promise<void> {
  const asked = { operation, 'run-id': '100', token: REVIEWER, environment, comment }
  const end = await simulators.check(await runAgainst(simulator, { with: asked }))
  expect(end.exitCode).toBe(0)
}

describe('get-reviews', () => {
  it('tells who answered for which environment, and how: one request', async () => {
    const simulator = await simulators.start()
    addReviewedEnvironments(simulator)
    simulator.repository().addRun(waitingRun(100, 'staging', 'production'))
    await review(simulator, 'approve', 'staging', 'Looks `good` | to me\nsecond line')
    await review(simulator, 'reject', 'production', 'Not on a Friday')
    const before = requestLines(simulator).length
    const end = await getReviews(simulator, { 'run-id': '100' })
    expect(requestLines(simulator).slice(before)).toEqual(['GET runs/100/approvals'])
    expect(JSON.parse(end.outputs.reviews ?? '')).toEqual([
      {
        runId: 100,
        state: 'approved',
        comment: 'Looks `good` | to me\nsecond line',
        user: 'mona',
        environments: ['staging'],
      },
      { runId: 100, state: 'rejected', comment: 'Not on a Friday', user: 'mona', environments: ['production'] },
    ])
    expect(end.result.reviews).toEqual(JSON.parse(end.outputs.reviews ?? ''))
    expect(end.result.runs).toMatchObject([
      { id: 100, outcome: 'matched', message: 'staging approved by mona; production rejected by mona' },
    ])
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-id': '100', 'matched-count': '1' } })
  })

  it('is an empty list for a run that nobody reviewed', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, conclusion: 'success' })
    const end = await getReviews(simulator, { 'run-id': '100' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { reviews: '[]' } })
    expect(end.result.runs).toMatchObject([{ outcome: 'matched', message: 'no reviews' }])
  })

  it('tells the runs of several apart', async () => {
    const simulator = await simulators.start()
    addReviewedEnvironments(simulator)
    simulator.repository().addRun(waitingRun(100, 'staging'))
    simulator.repository().addRun({ id: 101, conclusion: 'success' })
    await review(simulator, 'approve', 'staging', 'Go')
    const end = await getReviews(simulator, { 'run-id': '101 100' })
    expect(end.result.reviews).toMatchObject([{ runId: 100, comment: 'Go' }])
    expect(end.outputs['run-ids']).toBe('[101,100]')
  })

  it('bears with a reviewer whose account is gone', async () => {
    const simulator = await simulators.start()
    simulator.repository().addRun({ id: 100, conclusion: 'success' })
    const body = [{ state: 'approved', comment: '', user: null, environments: [{ name: 'staging' }] }]
    simulator.failNext({ method: 'GET' }, { status: 200, body })
    const end = await getReviews(simulator, { 'run-id': '100' })
    expect(end.result.reviews).toEqual([
      { runId: 100, state: 'approved', comment: '', user: null, environments: ['staging'] },
    ])
    expect(end.result.runs).toMatchObject([{ message: 'staging approved by somebody' }])
  })
})
