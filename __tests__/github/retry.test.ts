import { describe, expect, it } from '@jest/globals'
import { startBench } from './bench.ts'

const SECONDARY = { message: 'You have exceeded a secondary rate limit.' }

describe('a read', () => {
  it.each([
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['503', { status: 503 }],
    ['504', { status: 504, body: '<html>Gateway Timeout</html>' }],
    ['a reset connection', { kind: 'reset' }],
    ['a truncated body', { kind: 'truncate' }],
    ['garbage', { kind: 'garbage' }],
  ] as const)('is sent again after %s', async (_name, fault) => {
    const { read, fail, simulator, github, clock } = await startBench()
    fail('GET', { ...fault, times: 2 })
    await expect(read()).resolves.toMatchObject({ status: 200, data: { id: 5 } })
    expect(simulator.requests).toHaveLength(3)
    expect(github.state.requests).toEqual({ total: 3, writes: 0, notModified: 0, retries: 2 })
    expect(clock.slept[1]).toBeGreaterThan((clock.slept[0] ?? 0) * 1.3)
  })

  it('is sent again five times at most', async () => {
    const { read, fail, simulator } = await startBench()
    fail('GET', { status: 502, times: 99 })
    await expect(read()).rejects.toMatchObject({ status: 502 })
    expect(simulator.requests).toHaveLength(6)
  })

  it.each([400, 401, 404, 409, 410, 422])('is not sent again after %i', async (status) => {
    const { read, fail, simulator } = await startBench()
    fail('GET', { status, times: 9 })
    await expect(read()).rejects.toMatchObject({ status })
    expect(simulator.requests).toHaveLength(1)
  })

  it('waits for as long as a 503 says', async () => {
    const { read, fail, clock } = await startBench()
    fail('GET', { status: 503, headers: { 'retry-after': '7' } })
    await read()
    expect(clock.slept).toEqual([7000])
  })

  it('is not waited for beyond the deadline', async () => {
    const { read, fail, simulator, clock } = await startBench({ timeout: 60_000 })
    fail('GET', { status: 503, headers: { 'retry-after': '61' } })
    await expect(read()).rejects.toMatchObject({ status: 503 })
    expect([simulator.requests.length, clock.slept]).toEqual([1, []])
  })

  it('ends at once when the step is cancelled', async () => {
    const { read, fail, stop } = await startBench()
    fail('GET', { kind: 'hang' })
    const answer = read()
    setTimeout(() => stop.abort(new Error('cancelled')), 30)
    await expect(answer).rejects.toThrow('cancelled')
  })
})

describe('a rate limit', () => {
  it.each([
    ['429 with retry-after', 429, { 'retry-after': '5' }, {}, 5000],
    ['429 with a retry-after of 0', 429, { 'retry-after': '0' }, {}, 1000],
    ['429 with a date', 429, { 'retry-after': 'Mon, 15 Jun 2026 12:00:09 GMT' }, {}, 9000],
    ['a secondary limit with retry-after', 403, { 'retry-after': '5' }, SECONDARY, 5000],
    ['a secondary limit without', 403, {}, SECONDARY, 60_000],
  ])('%s lets a read wait and come back', async (_name, status, headers, body, wait) => {
    const { read, fail, clock, simulator } = await startBench()
    fail('GET', { status, headers, body })
    await expect(read()).resolves.toMatchObject({ status: 200 })
    expect(clock.slept).toEqual([wait])
    expect(simulator.requests).toHaveLength(2)
  })

  it('429 that names no time and no secondary limit is backed off from', async () => {
    const { read, fail, clock } = await startBench()
    fail('GET', { status: 429, times: 2 })
    await expect(read()).resolves.toMatchObject({ status: 200 })
    const [first = 0, second = 0] = clock.slept
    expect(first).toBeGreaterThanOrEqual(320)
    expect(first).toBeLessThanOrEqual(480)
    expect(second).toBeGreaterThanOrEqual(640)
    expect(second).toBeLessThanOrEqual(960)
  })

  it.each([429, 403])('(%i) lets a write wait and come back: it had no effect', async (status) => {
    const { cancel, fail, clock, simulator, github } = await startBench()
    fail('POST', { status, headers: { 'retry-after': '90' }, body: SECONDARY })
    const start = clock.now()
    await expect(cancel()).resolves.toMatchObject({ status: 202 })
    expect(clock.now() - start).toBeGreaterThanOrEqual(90_000)
    expect(simulator.requests).toHaveLength(2)
    expect(github.state.requests.writes).toBe(2)
  })

  it('beyond the deadline ends the request as rate-limited, with both times', async () => {
    const { read, fail, clock } = await startBench({ timeout: 600_000 })
    fail('GET', { status: 403, headers: { 'retry-after': '3600' }, body: SECONDARY })
    await expect(read()).rejects.toMatchObject({
      reason: 'rate-limited',
      message: expect.stringMatching(/in 1h, but `timeout` leaves 10m\./),
    })
    expect(clock.slept).toEqual([])
  })

  it('that a pause puts beyond the deadline ends the writes that wait as well, unsent', async () => {
    const { cancel, fail, simulator } = await startBench({ timeout: 600_000 })
    fail('POST', { status: 403, headers: { 'retry-after': '3600' }, body: SECONDARY, times: 99 })
    const ends = await Promise.allSettled(Array.from({ length: 40 }, () => cancel()))
    for (const end of ends) expect(end).toMatchObject({ reason: { reason: 'rate-limited' } })
    expect(simulator.requests.length).toBeLessThanOrEqual(10)
  })

  it('is no reason to send a permission refusal again, though it cost the last request', async () => {
    const { read, simulator, fail } = await startBench({ rateLimit: { limit: 1000 } })
    const headers = { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1781528400' }
    fail('GET', { status: 403, headers, body: { message: 'Resource not accessible by integration' } })
    await expect(read()).rejects.toMatchObject({ status: 403 })
    expect(simulator.requests).toHaveLength(1)
  })
})

describe('the primary limit', () => {
  it('is waited for until its reset when that is near, without asking to be refused', async () => {
    const { read, clock, simulator, log } = await startBench({ rateLimit: { limit: 100, remaining: 1 } })
    await read()
    const start = clock.now()
    await Promise.all([read(), read(), read()])
    expect(clock.now() - start).toBeGreaterThanOrEqual(3_600_000)
    expect(simulator.requests.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(log).toEqual(['line: The rate limit is used up: waiting 1h 1s until it is reset.'])
  })

  it('is told of at once when its reset is beyond the deadline', async () => {
    const { read, simulator, clock } = await startBench({ rateLimit: { limit: 100, remaining: 1 }, timeout: 600_000 })
    await read()
    await expect(read()).rejects.toMatchObject({ reason: 'rate-limited' })
    expect([simulator.requests.length, clock.slept]).toEqual([1, []])
  })

  it('that is used up from the start is met once, then waited for', async () => {
    const { read, simulator } = await startBench({ rateLimit: { limit: 100, remaining: 0 } })
    await read()
    expect(simulator.requests.map(({ status }) => status)).toEqual([403, 200])
  })

  it('stops the writes that wait: hardly one is sent to be refused', async () => {
    const { cancel, simulator } = await startBench({ rateLimit: { limit: 100, remaining: 20 }, timeout: 600_000 })
    const ends = await Promise.allSettled(Array.from({ length: 100 }, () => cancel()))
    const limited = ends.filter((end) => end.status === 'rejected' && end.reason.reason === 'rate-limited')
    expect(limited).toHaveLength(80)
    expect(simulator.requests.length).toBeLessThanOrEqual(30)
  })

  it('loses no write', async () => {
    const { cancel, simulator } = await startBench({ rateLimit: { limit: 100, remaining: 20 } })
    const repository = simulator.repository()
    const ids = Array.from({ length: 60 }, () => repository.addRun({ status: 'in_progress' }).id)
    const ends = await Promise.all(ids.map(cancel))
    expect(ends).toHaveLength(60)
    expect(simulator.requests.length).toBeLessThanOrEqual(70)
    expect(simulator.requests.filter(({ status }) => status === 202)).toHaveLength(60)
  })

  it('does not lower the rate of writes', async () => {
    const { cancel, simulator, clock } = await startBench({ rateLimit: { limit: 100, remaining: 0 }, writeRate: 11 })
    const repository = simulator.repository()
    const ids = Array.from({ length: 10 }, () => repository.addRun({ status: 'in_progress' }).id)
    await cancel()
    clock.advance(60_000)
    const start = clock.now()
    await Promise.all(ids.map(cancel))
    expect(clock.now() - start).toBe(0)
  })
})

describe('a write', () => {
  it.each([
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['503 with retry-after', { status: 503, headers: { 'retry-after': '1' } }],
    ['a reset connection', { kind: 'reset' }],
  ] as const)('is not sent again after %s: it may have taken effect', async (_name, fault) => {
    const { cancel, fail, simulator } = await startBench()
    fail('POST', fault)
    await expect(cancel()).rejects.toMatchObject({ name: 'HttpError' })
    expect(simulator.requests).toHaveLength(1)
  })

  it('that a page of somebody else answers with 200 has not been done', async () => {
    const { cancel, fail } = await startBench()
    fail('POST', { kind: 'garbage' })
    await expect(cancel()).rejects.toMatchObject({ status: 502 })
  })

  it('is done when its answer comes without a body', async () => {
    const { cancel, fail } = await startBench()
    fail('POST', { status: 202, body: '', when: 'after' })
    await expect(cancel()).resolves.toMatchObject({ status: 202 })
  })
})
