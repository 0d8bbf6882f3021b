import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/index.ts'
import { useSimulators } from '../support/checks.ts'
import { runInProcess } from '../support/in-process.ts'
import { startQuiet } from '../support/quiet-clock.ts'
import { addRuns, idsOf, MINUTE, mostWithin } from '../support/runs.ts'

const simulators = useSimulators()

const DELETE = { operation: 'delete-runs', branch: 'main' }
const deletes = (simulator: Simulator) => simulator.requests.filter(({ method }) => method === 'DELETE')
const warnings = (stdout: string) => stdout.split('\n').filter((line) => line.startsWith('::warning'))

describe('the write rate', () => {
  it.each([
    { count: 150, writeRate: undefined, most: 150, minutes: 0 },
    { count: 400, writeRate: '170', most: 170, minutes: 2 },
    { count: 400, writeRate: '50', most: 50, minutes: 7 },
  ])('is never exceeded in any 60 s: $count deletes at $writeRate', async ({ count, writeRate, most, minutes }) => {
    const { simulator, clock, time } = await startQuiet(simulators, { rateLimit: { limit: 5000 } })
    addRuns(simulator, count, undefined, time.now())
    const begin = time.now()
    const end = await runInProcess(simulator, { ...DELETE, ...(writeRate && { 'write-rate': writeRate }) }, { clock })
    expect(end.outputs['changed-count']).toBe(String(count))
    expect(idsOf(simulator)).toEqual([])
    const moments = deletes(simulator).map(({ at }) => at)
    expect(moments).toHaveLength(count)
    // Exactly the rate: a slower client would pass a mere upper bound.
    expect(mostWithin(moments, MINUTE)).toBe(most)
    expect(Math.floor((time.now() - begin) / MINUTE)).toBe(minutes)
    expect(end.failure).toBeUndefined()
  })

  it('is none where the server sends no rate-limit headers, with at most ten writes in flight', async () => {
    const simulator = await simulators.start({ latency: 50 })
    addRuns(simulator, 300)
    const end = await simulators.run(simulator, { with: { ...DELETE, 'write-rate': '1' } })
    expect(idsOf(simulator)).toEqual([])
    expect(end.outputs).toMatchObject({ 'changed-count': '300', 'failed-count': '0' })
    expect(simulator.peakInFlight.writes).toBe(10)
    expect(end.result).toMatchObject({ requests: { total: 303, writes: 300, retries: 0 }, rateLimit: null })
  })

  it('is halved by a secondary limit, and no run is lost', async () => {
    const { simulator, clock, time } = await startQuiet(simulators, { rateLimit: { limit: 5000 } })
    addRuns(simulator, 60, undefined, time.now())
    simulator.failNext(
      { method: 'DELETE', path: /runs\/1030$/ },
      {
        status: 403,
        body: { message: 'You have exceeded a secondary rate limit', status: '403' },
        headers: { 'retry-after': '30' },
      },
    )
    const end = await runInProcess(simulator, { ...DELETE, 'write-rate': '20' }, { clock })
    expect(end.outputs).toMatchObject({ 'changed-count': '60', 'failed-count': '0' })
    expect(idsOf(simulator)).toEqual([])
    const refused = deletes(simulator).find(({ status }) => status === 403)
    const after = deletes(simulator).filter(({ at }) => at > (refused?.at ?? 0))
    expect((after[0]?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(30_000)
    const minuteAfter = after.filter(({ at }) => at < (after[0]?.at ?? 0) + MINUTE)
    expect(minuteAfter.length).toBeLessThanOrEqual(10)
  })
})

describe('the primary rate limit', () => {
  it('ends the clean-up early, and cleanly, when its reset is too far off', async () => {
    const rateLimit = { limit: 1000, remaining: 5, resetAt: Date.now() + 30 * MINUTE }
    const simulator = await simulators.start({ rateLimit })
    addRuns(simulator, 30)
    const end = await simulators.run(simulator, { with: { ...DELETE, timeout: '1m' } })
    expect(end.exitCode).toBe(0)
    // One request of the five was the list.
    expect(end.outputs).toMatchObject({ 'changed-count': '4', 'skipped-count': '26', 'failed-count': '0' })
    expect(idsOf(simulator)).toHaveLength(26)
    const left = end.result.runs.filter(({ outcome }: { outcome: string }) => outcome === 'skipped')
    expect(new Set(left.map(({ reason }: { reason: string }) => reason))).toEqual(new Set(['rate-limited']))
    expect(warnings(end.stdout)).toEqual(['::warning::The rate limit is used up: 26 runs are left for the next time.'])
    expect(end.summary).toContain('rate-limited')
    // Those in flight when it was met are refused; nobody asks after that.
    expect(deletes(simulator).length).toBeLessThanOrEqual(4 + 10)
    expect(end.milliseconds).toBeLessThan(20_000)
  })

  it('is waited for when its reset is near', async () => {
    const { simulator, clock, time } = await startQuiet(simulators, { rateLimit: { limit: 1000, remaining: 5 } })
    addRuns(simulator, 30, undefined, time.now())
    const begin = time.now()
    const end = await runInProcess(simulator, { ...DELETE, timeout: '2h' }, { clock })
    expect(end.outputs).toMatchObject({ 'changed-count': '30', 'skipped-count': '0' })
    expect(end.warnings).toEqual([])
    expect(time.now() - begin).toBeGreaterThanOrEqual(60 * MINUTE)
    expect(time.now() - begin).toBeLessThan(65 * MINUTE)
    expect(idsOf(simulator)).toEqual([])
  })

  it('fails the step when it does not even let the runs be listed', async () => {
    const rateLimit = { limit: 1000, remaining: 0, resetAt: Date.now() + 30 * MINUTE }
    const simulator = await simulators.start({ rateLimit })
    addRuns(simulator, 1)
    const end = await simulators.run(simulator, { with: { ...DELETE, timeout: '1m' } })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'rate-limited', runs: [] })
  })

  it('leaves the rest to a later clean-up by id as well', async () => {
    const rateLimit = { limit: 1000, remaining: 1, resetAt: Date.now() + 30 * MINUTE }
    const simulator = await simulators.start({ rateLimit })
    addRuns(simulator, 1)
    const end = await simulators.run(simulator, {
      with: { operation: 'delete-runs', 'run-id': '1001', timeout: '1m' },
    })
    expect(end.exitCode).toBe(0)
    expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'rate-limited' }])
    expect(idsOf(simulator)).toEqual([1001])
  })
})

it('says which runs were deleted when the time ran out, and fails', async () => {
  const { simulator, clock, time } = await startQuiet(simulators, { rateLimit: { limit: 5000 } })
  addRuns(simulator, 30, undefined, time.now())
  const end = await runInProcess(simulator, { ...DELETE, 'write-rate': '10', timeout: '90s' }, { clock })
  expect(end.outputs).toMatchObject({ 'changed-count': '20', 'failed-count': '10', 'matched-count': '30' })
  expect(end.result.runs[29]).toMatchObject({ outcome: 'failed', reason: 'timeout' })
  expect(idsOf(simulator)).toHaveLength(10)
  expect(end.failure).toContain('10 of 30 runs failed')
})
