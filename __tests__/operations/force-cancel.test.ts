import { describe, expect, it } from '@jest/globals'
import { itCancels } from '../support/cancel-behaviour.ts'
import { useOperation, withoutProcess, writeLines } from '../support/operation.ts'

const tested = useOperation('force-cancel')

itCancels(withoutProcess(tested), 'force-cancel')

describe('force-cancel', () => {
  it('ends jobs that an ordinary cancel leaves running', async () => {
    const simulator = await tested.simulate({
      id: 100,
      status: 'in_progress',
      jobs: [{ name: 'clean', ignoresCancel: true }],
    })
    const end = await tested.run(simulator, { 'run-id': '100', wait: 'true', 'poll-interval': '1s' })
    expect(end).toMatchObject({ exitCode: 0, outputs: { status: 'completed', conclusion: 'cancelled' } })
    expect(writeLines(simulator)).toEqual(['POST runs/100/force-cancel'])
  })

  it('does not use force-after, and says so', async () => {
    const simulator = await tested.simulate({ id: 100, status: 'in_progress' })
    const end = await tested.run(simulator, { 'run-id': '100', 'force-after': '5m' })
    expect(end.stdout).toMatch(/^::warning::Input `force-after` is set, but `force-cancel` does not use it/m)
    expect(writeLines(simulator)).toEqual(['POST runs/100/force-cancel'])
  })
})
