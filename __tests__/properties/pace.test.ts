import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Context } from '../../src/context.ts'
import { OperationError } from '../../src/errors.ts'
import { createRate } from '../../src/github/rate.ts'
import { jitter, rateLimitDelay } from '../../src/github/retry.ts'
import { poll } from '../../src/runs/poll.ts'
import { mostWithin } from '../support/runs.ts'

/** A context in which sleeping takes no time. */
function sleeper() {
  let now = 0
  const slept: number[] = []
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      slept.push(ms)
      now += ms
    },
  }
  const log = { line: () => {}, debug: () => {}, notice: () => {}, warning: () => {} }
  return { slept, clock, context: { clock, log, signal: new AbortController().signal } as unknown as Context }
}

const interval = fc.integer({ min: 1_000, max: 600_000 })

describe('waiting', () => {
  it('sleeps between 0.8 of the interval and 1.2 of six times it, and never past its end', async () => {
    await fc.assert(
      fc.asyncProperty(interval, fc.integer({ min: 0, max: 36_000_000 }), async (first, until) => {
        const { slept, clock, context } = sleeper()
        await expect(poll(context, { interval: first, until }, async () => undefined)).resolves.toBeUndefined()
        const last = slept.pop() ?? 0
        expect(slept.every((ms) => ms >= first * 0.8 && ms <= first * 6 * 1.2)).toBe(true)
        expect(last).toBeLessThanOrEqual(first * 6 * 1.2)
        expect(clock.now()).toBe(until)
      }),
    )
  })

  it('outlives any four failures in a row, and ends at the fifth with the failure', async () => {
    const looks = fc.array(fc.constantFrom('fails', 'sees nothing'), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(looks, async (script) => {
        const { context } = sleeper()
        const left = [...script]
        const look = async () => {
          const next = left.shift()
          if (next === 'fails') throw new OperationError('server-error', 'down')
          return next === undefined ? 'seen' : undefined
        }
        const isFatal = script.join().includes(Array(5).fill('fails').join())
        const outcome = poll(context, { interval: 1000 }, look)
        if (isFatal) await expect(outcome).rejects.toThrow('down')
        else await expect(outcome).resolves.toBe('seen')
      }),
    )
  })
})

describe('pacing', () => {
  it('never lets more writes start in any 60 s than the rate, whatever pauses come', () => {
    const events = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 9_000 }) }) },
        { weight: 1, arbitrary: fc.record({ pause: fc.integer({ min: 0, max: 200_000 }) }) },
      ),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), events, (most, script) => {
        const { clock } = sleeper()
        const rate = createRate(most, clock)
        rate.setLimited(true)
        const starts: number[] = []
        for (const event of script) {
          if ('pause' in event) rate.pause(event.pause)
          else void clock.sleep(event.wait)
          for (let ms = rate.delay(0); ms > 0; ms = rate.delay(0)) void clock.sleep(ms)
          starts.push(clock.now())
          rate.started()
          rate.finished()
        }
        expect(mostWithin(starts, 60_000)).toBeLessThanOrEqual(most)
      }),
    )
  })

  it('jitters by a fifth at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (ms) => {
        const jittered = jitter(ms)
        expect(jittered >= ms * 0.8 && jittered <= ms * 1.2).toBe(true)
      }),
    )
  })

  it('waits for a limit at least as long as the server says, by the clock of the server', () => {
    const skew = fc.integer({ min: -900_000, max: 900_000 })
    const after = fc.integer({ min: 0, max: 100_000 })
    fc.assert(
      fc.property(fc.constantFrom(403, 429), after, skew, (status, seconds, clockSkew) => {
        const now = 1_800_000_000_000
        const resetAt = now + clockSkew + seconds * 1000
        const state = { requests: { total: 0, writes: 0, notModified: 0, retries: 0 }, clockSkew }
        const refused = (headers: Record<string, string>) =>
          Object.assign(new Error('no'), {
            name: 'HttpError',
            status,
            request: { method: 'GET', url: 'https://x/' },
            response: { headers, data: { message: 'API rate limit exceeded' } },
          })
        const bySeconds = rateLimitDelay(
          refused({ 'retry-after': String(seconds) }),
          { ...state, rateLimit: null },
          now,
        )
        const rateLimit = { limit: 1000, remaining: 0, resetAt }
        const byReset = rateLimitDelay(refused({ 'x-ratelimit-remaining': '0' }), { ...state, rateLimit }, now)
        expect(bySeconds).toBeGreaterThanOrEqual(seconds * 1000)
        expect(byReset).toBeGreaterThanOrEqual(seconds * 1000)
        expect(byReset).toBeLessThanOrEqual(seconds * 1000 + 1000)
      }),
    )
  })
})
