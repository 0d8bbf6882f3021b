import { describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../../simulator/index.ts'
import { itCancels, RUNNING } from '../support/cancel-behaviour.ts'
import { useOperation, writeLines } from '../support/operation.ts'

const tested = useOperation('cancel')
const { simulate, run: cancel, play } = tested

itCancels(tested, 'cancel')

const BOTH = ['POST runs/100/cancel', 'POST runs/100/force-cancel']

describe('cancel with force-after', () => {
  /** Its job has `always()`: an ordinary cancel does not end it. */
  const STUBBORN: RunSpec = { id: 100, status: 'in_progress', jobs: [{ name: 'clean', ignoresCancel: true }] }
  const asked = { 'run-id': '100', 'force-after': '5m' }

  it('force-cancels a run that an ordinary cancel does not end in that time', async () => {
    const { end, simulator, clock } = await play({ runs: [STUBBORN], inputs: asked })
    expect(writeLines(simulator)).toEqual(BOTH)
    expect(end.result.runs).toMatchObject([
      { outcome: 'changed', status: 'completed', message: 'force-cancel requested, ended with cancelled' },
    ])
    expect(clock.now() - Date.parse('2026-06-15T12:00:00Z')).toBe(300_000)
    expect(end.stdout).toContain('still runs 5m after the cancel: force-cancelling it')
  })

  it('leaves it at the ordinary cancel when that is enough', async () => {
    const { end, simulator } = await play({ runs: [RUNNING], inputs: asked, delays: { cancel: 60_000 } })
    expect(writeLines(simulator)).toEqual(['POST runs/100/cancel'])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', message: 'cancel requested, ended with cancelled' }])
  })

  it('goes on to wait when asked to', async () => {
    const inputs = { ...asked, wait: 'true' }
    const { end, simulator } = await play({ runs: [STUBBORN], inputs, delays: { forceCancel: 60_000 } })
    expect(writeLines(simulator)).toEqual(BOTH)
    expect(end.result.runs).toMatchObject([
      { outcome: 'changed', conclusion: 'cancelled', message: 'force-cancel requested, ended with cancelled' },
    ])
  })

  it.each([{}, { wait: 'true' }])('has cancelled a run that ends right before it is forced: %j', async (more) => {
    const message = 'Cannot cancel a workflow run that is completed.'
    const { end, simulator } = await play({
      runs: [STUBBORN],
      inputs: { ...asked, ...more },
      faults: [
        [
          { method: 'POST', path: /force-cancel/ },
          { status: 409, body: { message, status: '409' }, when: 'after' },
        ],
      ],
    })
    expect(writeLines(simulator)).toEqual(BOTH)
    expect(end.result.runs).toMatchObject([
      { outcome: 'changed', reason: null, conclusion: 'cancelled', message: 'cancel requested, ended with cancelled' },
    ])
  })

  it('plans nothing of it in a dry run', async () => {
    const { end, simulator } = await play({ runs: [STUBBORN], inputs: { ...asked, 'dry-run': 'true' } })
    expect(writeLines(simulator)).toEqual([])
    expect(end.result.runs).toMatchObject([{ outcome: 'planned', message: 'would cancel' }])
  })

  it('escalates through the bundle in real time', async () => {
    const simulator = await simulate(STUBBORN)
    const end = await cancel(simulator, { ...asked, 'force-after': '1s', 'poll-interval': '1s', wait: 'true' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { conclusion: 'cancelled' } })
    expect(writeLines(simulator)).toEqual(BOTH)
  })
})

describe('a server that cannot cancel', () => {
  it('is asked three times when it fails, and the run stays as it was', async () => {
    const { end, simulator } = await play({
      runs: [{ id: 100, wedged: true }],
      inputs: { 'run-id': '100' },
      faults: [[{ method: 'POST' }, { status: 500, times: 9 }]],
    })
    expect(writeLines(simulator)).toHaveLength(3)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'server-error', status: 'queued' }])
  })
})
