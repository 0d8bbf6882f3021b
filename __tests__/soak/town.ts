import { type Fault, faults, type Simulator, startSimulator } from '../../simulator/index.ts'
import type { SimulatedClock } from '../faults/clock.ts'

/** Runs that are there at the start; more are born as time goes by. */
const OLD_RUNS = 9_700
const DAY = 86_400_000

/** One run is born in each such span. */
const BIRTH_INTERVAL_MS = 10_000

/** Requests from one fault to the next, on average. */
const MEAN_DISTANCE = 50

/** A repository in which much goes on. */
export interface Town {
  clock: SimulatedClock
  simulator: Simulator
  born: number
  faults: number
  requests: number
  deleted: number
  /** Head of the newest run. */
  newestSha: string
  close(): Promise<void>
}

const FAULTS: readonly Fault[] = [
  ...[500, 502, 503, 504].flatMap((status): Fault[] => [{ status }, { status, when: 'after' }]),
  { kind: 'reset' },
  { kind: 'reset', when: 'after' },
  { kind: 'hang' },
  { kind: 'hang', when: 'after' },
  { kind: 'garbage' },
  { kind: 'half' },
  { kind: 'broken' },
  { kind: 'truncate' },
  { kind: 'mistyped' },
  faults.secondaryLimit(403, 5),
  faults.secondaryLimit(429, 10),
  faults.primaryLimit(403, 15),
]

const shaOf = (number: number): string => number.toString(16).padStart(40, '0')

const CONCLUSIONS = ['success', 'success', 'failure', 'cancelled'] as const

function fill({ simulator, clock }: Town): void {
  for (let index = 0; index < OLD_RUNS; index += 1) {
    simulator.repository().addRun({
      conclusion: CONCLUSIONS[index % CONCLUSIONS.length] ?? 'success',
      branch: `branch-${index % 7}`,
      workflow: index % 3 === 0 ? 'lint.yml' : 'ci.yml',
      headSha: shaOf(index),
      // Several in a second, the youngest ten days old.
      createdAt: clock.now() - 90 * DAY + Math.floor(index / 3) * 2_000,
    })
  }
}

/** Lets the runs be born that are due by now. */
function bear(town: Town, start: number): void {
  const { simulator, clock } = town
  while (start + (town.born - OLD_RUNS) * BIRTH_INTERVAL_MS < clock.now()) {
    const index = town.born
    town.born += 1
    town.newestSha = shaOf(index)
    simulator.repository().addRun({
      branch: `branch-${index % 2}`,
      headSha: town.newestSha,
      createdAt: clock.now(),
      jobs: [{ name: 'build', runFor: 30_000 + (index % 10) * 15_000 }],
    })
  }
}

/** Makes a town, and lets something go wrong in it now and then. */
export async function createTown(clock: SimulatedClock, random: () => number): Promise<Town> {
  const simulator = await startSimulator({ clock: clock.time, rateLimit: { limit: 15_000 } })
  const town: Town = {
    clock,
    simulator,
    born: OLD_RUNS,
    faults: -1,
    requests: 0,
    deleted: 0,
    newestSha: '',
    close: async () => {
      clock.stop()
      await simulator.close()
    },
  }
  fill(town)
  const start = clock.now()
  const planFault = () => {
    town.faults += 1
    const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? {}
    simulator.failNext({ skip: Math.floor(random() * 2 * MEAN_DISTANCE) }, { ...fault, first: planFault })
  }
  const planBirth = () => {
    bear(town, start)
    simulator.failNext({ skip: 9 }, { first: planBirth })
  }
  planFault()
  planBirth()
  clock.watch(simulator)
  return town
}
