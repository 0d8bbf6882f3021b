import { setTimeout as realSleep } from 'node:timers/promises'
import { type ManualClock, manualClock, type Simulator } from '../../simulator/index.ts'
import type { Clock } from '../../src/clock.ts'
import { createSleepers, type Sleeper } from '../support/sleepers.ts'

/** Looks at the traffic, a millisecond apart, that have to show nothing new before time moves. */
const QUIET_LOOKS = 3

/** The same while an answer is missing: it may be slow, or never come. */
const HANGING_LOOKS = 60

/** After so many looks without anything new an open connection that nobody serves must be what is waited for. */
const STUCK_LOOKS = 1_500

type Due = Pick<Sleeper, 'due' | 'wake'>

/** Time for an operation and the simulator it talks to. */
export interface SimulatedClock extends Clock {
  /** For the simulator. */
  readonly time: ManualClock
  /** Sleepers that nobody has woken or stopped. */
  readonly sleeping: number
  timer(ms: number, act: () => void): () => void
  /** Watches the traffic of this simulator from now on. */
  watch(simulator: Simulator): void
  stop(): void
}

const earliest = (sleepers: Iterable<Due>): Due | undefined =>
  [...sleepers].sort((one, other) => one.due - other.due)[0]

/**
 * A clock that jumps to what is due next as soon as nothing moves any more: no sleep takes real time, and a request that
 * hangs is given up at once. What was under way when time moves had its answer before.
 */
export function simulatedClock(): SimulatedClock {
  const time = manualClock()
  const { sleepers, sleep } = createSleepers(time)
  const timers = new Set<Due>()
  let isStopped = false

  const moveTo = (next: Due) => {
    time.advance(Math.max(0, next.due - time.now()))
    for (const timer of [...timers]) if (timer.due <= time.now()) timer.wake()
    next.wake()
  }
  /** The operation's `timeout` sleeps all the time: alone it means that the operation works. */
  const move = (open: number, looks: number) => {
    const isStuck = looks >= STUCK_LOOKS
    const mayMove = open > 0 ? looks >= HANGING_LOOKS : looks >= QUIET_LOOKS && (sleepers.size > 1 || isStuck)
    if (!mayMove) return false
    const next = earliest(open > 0 || isStuck ? [...sleepers, ...timers] : sleepers)
    if (next) moveTo(next)
    return next !== undefined
  }
  const watch = async (simulator: Simulator) => {
    let before = ''
    let looks = 0
    while (!isStopped) {
      const open = simulator.inFlight
      const now = `${simulator.requests.length} ${open} ${[...sleepers].map(({ due }) => due).join()}`
      looks = now === before ? looks + 1 : 0
      before = now
      if (move(open, looks)) before = ''
      await realSleep(1)
    }
  }
  const timer = (ms: number, act: () => void) => {
    const wake = () => {
      timers.delete(entry)
      act()
    }
    const entry: Due = { due: time.now() + ms, wake }
    timers.add(entry)
    return () => timers.delete(entry)
  }
  return {
    time,
    now: () => time.now(),
    sleep,
    timer,
    get sleeping() {
      return sleepers.size
    },
    watch: (simulator) => void watch(simulator),
    stop: () => {
      isStopped = true
    },
  }
}
