import { describe, expect, it } from '@jest/globals'
import type { Clock } from '../../src/clock.ts'
import { createWritePacer, type WritePacer } from '../../src/github/pacing.ts'
import { createRate, type Rate } from '../../src/github/rate.ts'
import { seededRandom, startBench } from './bench.ts'

/** Time that moves from event to event: nobody's turn comes before that of an earlier one. */
class EventClock implements Clock {
  time = 0
  readonly #events: { due: number; happen: () => void }[] = []
  readonly now = () => this.time
  readonly sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      this.at(this.time + ms, resolve)
    })

  at(due: number, happen: () => void): void {
    this.#events.push({ due, happen })
  }

  /** Lets everything happen until nothing is planned any more, or until a time. */
  async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      this.#events.sort((one, other) => one.due - other.due)
      const next = this.#events[0]
      if (next === undefined || next.due > until) return
      this.#events.shift()
      this.time = Math.max(this.time, next.due)
      next.happen()
    }
  }
}

interface Traffic {
  starts: number[]
  order: number[]
  peak: number
}

/** One write: asks, takes a while until its request is really sent, then waits for the answer. */
async function write(
  pacer: WritePacer,
  clock: EventClock,
  traffic: Traffic,
  { index, setOff, latency }: { index: number; setOff: number; latency: number },
): Promise<void> {
  const never = new AbortController().signal
  await pacer.acquire()
  traffic.order.push(index)
  if (setOff > 0) await clock.sleep(setOff, never)
  pacer.started()
  traffic.starts.push(clock.now())
  traffic.peak = Math.max(traffic.peak, ++inFlight)
  await clock.sleep(latency, never)
  inFlight -= 1
  pacer.finished()
}

let inFlight = 0

/** Most starts in any window of 60 s that ends with a start. */
function busiestMinute(starts: readonly number[]): number {
  const sorted = [...starts].sort((one, other) => one - other)
  let first = 0
  let most = 0
  sorted.forEach((start, index) => {
    while ((sorted[first] ?? 0) <= start - 60_000) first += 1
    most = Math.max(most, index - first + 1)
  })
  return most
}

/** A write that is answered at once. */
function passOne(rate: Rate): void {
  rate.started()
  rate.finished()
}

const newTraffic = (): Traffic => ({ starts: [], order: [], peak: 0 })
const signal = new AbortController().signal

/** Random arrivals, latencies and secondary limits. */
async function simulate(seed: number) {
  const random = seededRandom(seed)
  const rate = 1 + Math.floor(random() * 60)
  const clock = new EventClock()
  const pacer = createWritePacer(rate, clock, signal)
  const traffic = newTraffic()
  const span = random() * 200_000
  const latest = random() < 0.5 ? 50 : 20_000
  const writes: Promise<void>[] = []
  const count = 20 + Math.floor(random() * 150)
  for (let index = 0; index < count; index += 1) {
    const write_ = { setOff: random() < 0.3 ? random() * 3000 : 0, latency: random() * latest }
    clock.at(random() * span, () => writes.push(write(pacer, clock, traffic, { index: writes.length, ...write_ })))
  }
  if (random() < 0.5) clock.at(random() * span, () => pacer.pause(random() * 90_000))
  if (random() < 0.3) clock.at(random() * span, () => pacer.serverLimits(true))
  await clock.run()
  await Promise.all(writes)
  return { rate, count, traffic }
}

describe('the pace of writes', () => {
  it('never exceeds the rate in any 60 s, keeps the order and ten in flight, and loses nothing (120 random cases)', async () => {
    for (let seed = 1; seed <= 120; seed += 1) {
      const { rate, count, traffic } = await simulate(seed)
      const seen = { seed, busiest: busiestMinute(traffic.starts) <= rate, inFlight: traffic.peak <= 10 }
      expect(seen).toEqual({ seed, busiest: true, inFlight: true })
      expect(traffic.starts).toHaveLength(count)
      expect(traffic.order).toEqual([...traffic.order].sort((one, other) => one - other))
    }
  })

  const burst = async (count: number, limited: boolean) => {
    const clock = new EventClock()
    const pacer = createWritePacer(170, clock, signal)
    pacer.serverLimits(limited)
    const traffic = newTraffic()
    const writes = Array.from({ length: count }, (_, index) =>
      write(pacer, clock, traffic, { index, setOff: 0, latency: 50 }),
    )
    await clock.run()
    await Promise.all(writes)
    return { clock, traffic }
  }

  it('lets 150 writes go in one burst, ten at a time', async () => {
    const { clock, traffic } = await burst(150, true)
    expect(clock.time).toBe(15 * 50)
    expect(traffic.peak).toBe(10)
  })

  it('takes the least time for 1,000 writes: the sixth window has begun, not ended', async () => {
    const { clock } = await burst(1000, true)
    expect(Math.floor(clock.time / 60_000)).toBe(5)
    expect(clock.time % 60_000).toBeLessThan(2000)
  })

  it('is bounded by ten in flight alone where the server sends no limits', async () => {
    const { clock, traffic } = await burst(1000, false)
    expect(clock.time).toBe(100 * 50)
    expect(traffic.peak).toBe(10)
  })

  it('stays bounded when one answer leaves the limits out', async () => {
    const clock = new EventClock()
    const rate = createRate(2, clock)
    rate.setLimited(true)
    rate.setLimited(false)
    passOne(rate)
    passOne(rate)
    expect(rate.delay(0)).toBe(60_000)
  })

  it('ends the wait of every write when the step ends', async () => {
    const clock = new EventClock()
    const stop = new AbortController()
    const pacer = createWritePacer(1, clock, stop.signal)
    const waits = Array.from({ length: 15 }, () => pacer.acquire())
    await clock.run(1000)
    stop.abort(new Error('over'))
    const ends = await Promise.allSettled(waits)
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', ...Array(14).fill('rejected')])
  })

  it('ends the wait for a place among the ten as well', async () => {
    const stop = new AbortController()
    const pacer = createWritePacer(100, new EventClock(), stop.signal)
    const waits = Array.from({ length: 11 }, () => pacer.acquire())
    await Promise.all(waits.slice(0, 10))
    stop.abort(new Error('over'))
    await expect(waits[10]).rejects.toThrow('over')
  })
})

describe('a secondary limit', () => {
  /** Starts as many writes as may start now. @returns how many that were */
  const fill = (rate: ReturnType<typeof createRate>) => {
    let count = 0
    for (; count < 1000 && rate.delay(0) === 0; count += 1) passOne(rate)
    return count
  }

  it('stops all writes, then halves the rate', () => {
    const clock = new EventClock()
    const rate = createRate(100, clock)
    passOne(rate)
    rate.pause(30_000)
    expect([rate.delay(0), rate.pausedFor()]).toEqual([30_000, 30_000])
    clock.time = 61_000
    expect(fill(rate)).toBe(50)
  })

  it('that ten writes in flight meet, and that each is told of twice, is one', () => {
    const clock = new EventClock()
    const rate = createRate(100, clock)
    for (let count = 0; count < 10; count += 1) passOne(rate)
    for (let count = 0; count < 20; count += 1) rate.pause(30_000)
    // An answer that took its time, after the pause and before another write.
    clock.time = 30_500
    rate.pause(1000)
    clock.time = 61_000
    expect(fill(rate)).toBe(50)
  })

  it('of no length is one as well, however often it is told of', () => {
    const clock = new EventClock()
    const rate = createRate(100, clock)
    passOne(rate)
    for (let count = 0; count < 20; count += 1) rate.pause(0)
    expect(fill(rate)).toBe(49)
  })

  it('met again halves again, down to one', () => {
    const clock = new EventClock()
    const rate = createRate(8, clock)
    const counts: number[] = []
    for (let hit = 0; hit < 5; hit += 1) {
      passOne(rate)
      rate.pause(59_000)
      clock.time += 59_999 + 1
      counts.push(fill(rate))
    }
    expect(counts).toEqual([4, 2, 1, 1, 1])
  })

  it('is recovered from: each minute without another one doubles the rate, up to the old one', () => {
    const clock = new EventClock()
    const rate = createRate(100, clock)
    passOne(rate)
    rate.pause(10_000)
    passOne(rate)
    rate.pause(20_000)
    clock.time = 20_000
    passOne(rate)
    rate.pause(1000)
    const counts = [21_000, 81_000, 141_000, 201_000, 261_000].map((time) => {
      clock.time = time
      return fill(rate)
    })
    expect(counts[0]).toBeLessThan(25)
    expect(counts.slice(1)).toEqual([50, 100, 100, 100])
  })

  it('lowers the rate also where the server names no limits, until it has recovered', () => {
    const clock = new EventClock()
    const rate = createRate(10, clock)
    rate.setLimited(false)
    passOne(rate)
    rate.pause(1000)
    clock.time = 1000
    expect(fill(rate)).toBe(4)
    clock.time = 61_000
    expect(fill(rate)).toBe(1000)
  })
})

describe('the writes of a client', () => {
  const SECONDARY = { message: 'You have exceeded a secondary rate limit.' }

  it('that meet a secondary limit ten at a time are all done in the end, each once', async () => {
    const { simulator, cancel, fail, github } = await startBench({ writeRate: 40, latency: 40 })
    const ids = Array.from({ length: 30 }, () => simulator.repository().addRun({ status: 'in_progress' }).id)
    fail('POST', { status: 403, headers: { 'retry-after': '30' }, body: SECONDARY, times: 10 })
    await Promise.all(ids.map(cancel))
    const done = simulator.requests.filter(({ status }) => status === 202).map(({ path }) => path)
    expect(new Set(done).size).toBe(30)
    expect(simulator.requests).toHaveLength(40)
    expect(simulator.peakInFlight.writes).toBeLessThanOrEqual(10)
    expect(github.state.requests).toMatchObject({ writes: 40, retries: 10 })
  })

  it('lower their rate once for one limit that ten of them met', async () => {
    const { simulator, cancel, fail, clock } = await startBench({ writeRate: 40, latency: 40 })
    const ids = Array.from({ length: 20 }, () => simulator.repository().addRun({ status: 'in_progress' }).id)
    fail('POST', { status: 403, headers: { 'retry-after': '60' }, body: SECONDARY, times: 10 })
    const start = clock.now()
    await Promise.all(ids.map(cancel))
    // The pause of a minute, then 20 of 20 at half the rate: at a quarter of it the last ten would take a minute more.
    expect(clock.now() - start).toBeLessThan(120_000)
    expect(simulator.requests.filter(({ status }) => status === 202)).toHaveLength(20)
    expect(simulator.requests).toHaveLength(30)
  })
})
