import { setTimeout as realSleep } from 'node:timers/promises'
import { type ManualClock, manualClock, type Simulator, type SimulatorOptions } from '../../simulator/index.ts'
import type { Clock } from '../../src/clock.ts'
import type { useSimulators } from './checks.ts'
import { createSleepers } from './sleepers.ts'

/** How long, in real milliseconds, nothing must have happened before time moves. */
const QUIET_MS = 15

/**
 * A clock that jumps to the next sleeper that is due, but only while no request is under way: so the simulated time of
 * each request is the time at which it was sent, even with ten in flight.
 *
 * @param time the clock of the simulator
 * @param traffic requests so far, and how many of them have not been answered
 */
export function quietClock(time: ManualClock, traffic: () => { sent: number; open: number }): Clock {
  let isWatching = false
  const settle = async () => {
    for (let before = -1; ; ) {
      const { sent, open } = traffic()
      if (open === 0 && sent === before) return
      before = sent
      await realSleep(QUIET_MS)
    }
  }
  /** The operation's `timeout` always sleeps: alone it means that the operation works. */
  const watch = async () => {
    isWatching = true
    while (sleepers.size > 1) {
      const count = sleepers.size
      await settle()
      const next = [...sleepers].sort((one, other) => one.due - other.due)[0]
      if (next === undefined || sleepers.size < 2 || sleepers.size !== count) continue
      time.advance(Math.max(0, next.due - time.now()))
      next.wake()
      await realSleep(1)
    }
    isWatching = false
  }
  const { sleepers, sleep } = createSleepers(time, () => {
    if (!isWatching) void watch()
  })
  return { now: () => time.now(), sleep }
}

/** Starts a simulator and a clock that share their time. */
export async function startQuiet(
  simulators: ReturnType<typeof useSimulators>,
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; clock: Clock; time: ManualClock }> {
  const time = manualClock()
  const simulator = await simulators.start({ ...options, clock: time })
  const traffic = () => ({
    sent: simulator.requests.length,
    open: simulator.requests.filter(({ endedAt }) => endedAt === 0).length,
  })
  return { simulator, time, clock: quietClock(time, traffic) }
}
