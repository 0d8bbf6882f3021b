import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange, RunSpec, Simulator, SimulatorOptions } from '../../simulator/index.ts'
import { requestLines } from './action.ts'

export const MINUTE = 60_000
export const DAY = 86_400_000

/** Days before now: the moment that a run of that age was created at. */
export const daysAgo = (days: number): number => Date.now() - days * DAY

/** Adds completed runs with the ids 1001, 1002, ...: each a minute younger than the one before, the last of now. */
export function addRuns(
  simulator: Simulator,
  count: number,
  specOf: (index: number) => RunSpec = () => ({}),
  now: number = Date.now(),
): void {
  const repository = simulator.repository()
  for (let index = 0; index < count; index += 1) {
    repository.addRun({
      id: 1001 + index,
      conclusion: 'success',
      createdAt: now - (count - 1 - index) * MINUTE,
      ...specOf(index),
    })
  }
}

/** Ids of the runs that exist, smallest first. */
export const idsOf = (simulator: Simulator): number[] =>
  simulator
    .repository()
    .runs.map(({ id }) => id)
    .sort((one, other) => one - other)

/** Method and path of all requests but reads, sorted: writes in flight together may arrive in any order. */
export const writesOf = (simulator: Simulator): string[] =>
  requestLines(simulator)
    .filter((line) => !line.startsWith('GET '))
    .sort()

/** Latency that leaves time to change a run between an answer and what the action does with it. */
export const SLOW: SimulatorOptions = { latency: 120 }

/**
 * Changes the simulator as soon as a request has been answered but its answer is still under way: what the action sees
 * is out of date when it acts on it. For a simulator that is {@link SLOW}.
 */
export async function afterAnswer(
  simulator: Simulator,
  matches: (exchange: Exchange) => boolean,
  change: () => void,
): Promise<void> {
  while (!simulator.requests.some(matches)) await sleep(5)
  await sleep(30)
  change()
}

/** id, outcome and reason of each run in a `result`. */
export const outcomesOf = (result: {
  runs: { id: number; outcome: string; reason: string | null }[]
}): [number, string, string | null][] => result.runs.map(({ id, outcome, reason }) => [id, outcome, reason])

/** Most of the moments (ascending) that lie within any span of that length, in milliseconds. */
export function mostWithin(moments: readonly number[], span: number): number {
  let start = 0
  return moments.reduce((most, moment, index) => {
    while (moment - (moments[start] ?? moment) >= span) start += 1
    return Math.max(most, index - start + 1)
  }, 0)
}
