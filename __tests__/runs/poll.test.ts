import { describe, expect, it } from '@jest/globals'
import type { Context } from '../../src/context.ts'
import { Interruption, OperationError } from '../../src/errors.ts'
import { type PollSchedule, poll } from '../../src/runs/poll.ts'

const OUTAGE = new OperationError('server-error', 'The server failed.')
const REFUSAL = new OperationError('permission', 'No.')

/** What `poll` needs of a context, with a clock that never waits. */
function createBench() {
  const slept: number[] = []
  const lines: string[] = []
  const stop = new AbortController()
  let now = 0
  const sleep = async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted()
    slept.push(ms)
    now += ms
  }
  const clock = { now: () => now, sleep }
  const context = {
    clock,
    signal: stop.signal,
    log: { line: (text: string) => lines.push(text) },
  } as unknown as Context
  return {
    slept,
    lines,
    stop,
    clock,
    run: <T>(schedule: PollSchedule, look: () => Promise<T>) => poll(context, schedule, look),
  }
}

/** A look that ends as listed, one after the other: a value, nothing yet, or an error. */
function looking<T>(...ends: T[]) {
  const rest = [...ends]
  return async () => {
    const end = rest.shift()
    if (end instanceof Error) throw end
    return end
  }
}

describe('the intervals of a wait', () => {
  it('grow by 1.2 to six times the first, each with 20 % jitter', async () => {
    const { run, slept } = createBench()
    let looks = 0
    await run({ interval: 10_000 }, async () => {
      looks += 1
      return looks === 40 ? 'there' : undefined
    })
    expect(slept).toHaveLength(39)
    for (const [index, ms] of slept.entries()) {
      const planned = 10_000 * Math.min(6, 1.2 ** index)
      expect(ms).toBeGreaterThanOrEqual(planned * 0.8)
      expect(ms).toBeLessThanOrEqual(planned * 1.2)
    }
    expect(new Set(slept.slice(15)).size).toBeGreaterThan(10)
  })

  it('end with a last look at the moment until which is waited', async () => {
    const { run, slept, clock } = createBench()
    const looks: number[] = []
    const found = await run({ interval: 10_000, until: 25_000 }, async () => {
      looks.push(clock.now())
    })
    expect(found).toBeUndefined()
    expect(looks.at(-1)).toBe(25_000)
    expect(slept.reduce((sum, ms) => sum + ms, 0)).toBe(25_000)
  })

  it('are none when the moment has come: one look is all', async () => {
    const { run, slept } = createBench()
    expect(await run({ interval: 10_000, until: 0 }, looking(undefined, 'later'))).toBeUndefined()
    expect(slept).toEqual([])
  })
})

describe('a look that fails', () => {
  it('is made again, up to four times in a row', async () => {
    const { run, lines } = createBench()
    const outages = [OUTAGE, OUTAGE, OUTAGE, OUTAGE]
    expect(await run({ interval: 1000 }, looking<unknown>(...outages, undefined, ...outages, 'there'))).toBe('there')
    expect(lines).toHaveLength(8)
    expect(lines[3]).toContain('4 of 5 tries): The server failed.')
  })

  it('ends the wait the fifth time in a row', async () => {
    const { run, slept } = createBench()
    const look = looking<unknown>(undefined, OUTAGE, OUTAGE, OUTAGE, OUTAGE, OUTAGE, 'there')
    await expect(run({ interval: 1000 }, look)).rejects.toBe(OUTAGE)
    expect(slept).toHaveLength(5)
  })

  it('ends the wait at once when it is a refusal', async () => {
    const { run, slept } = createBench()
    await expect(run({ interval: 1000 }, looking<unknown>(undefined, REFUSAL, 'there'))).rejects.toBe(REFUSAL)
    expect(slept).toHaveLength(1)
  })

  it('is the end, not "nothing there", when there was no other until the time was up', async () => {
    const { run } = createBench()
    await expect(run({ interval: 1000, until: 0 }, looking(OUTAGE))).rejects.toBe(OUTAGE)
    expect(await run({ interval: 1000, until: 1 }, looking<unknown>(undefined, OUTAGE))).toBeUndefined()
  })
})

it('ends at once, with the reason, when the step is cancelled', async () => {
  const { run, stop } = createBench()
  const reason = new Interruption('cancelled', 'The step was cancelled.')
  const look = async () => {
    stop.abort(reason)
    throw OUTAGE
  }
  await expect(run({ interval: 1000 }, look)).rejects.toBe(reason)
})
