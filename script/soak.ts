import { parseArgs } from 'node:util'
import { simulatedClock } from '../__tests__/faults/clock.ts'
import { seededRandom } from '../__tests__/soak/random.ts'
import { runRound } from '../__tests__/soak/round.ts'
import { createTown, type Town } from '../__tests__/soak/town.ts'

// An hour of a busy repository with ten thousand runs, in which something goes wrong with every fiftieth request: lists,
// waits, cancels what is superseded and deletes what is old, again and again. Nothing may be lost, done twice or claimed
// without having happened, and the memory stays what it is.

const { values: options } = parseArgs({ options: { seed: { type: 'string', default: '1' } } })

const HOUR_MS = 3_600_000

/** Growth that is left to the garbage collector and to what Node keeps; a leak of one answer for each run is ten times it. */
const MAX_GROWTH_MB = 64

function megabytes(): number {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().rss / 1e6)
}

async function soak(town: Town): Promise<{ rounds: number; lies: string[]; memory: number[] }> {
  const { clock } = town
  const start = clock.now()
  const memory: number[] = []
  const lies: string[] = []
  let rounds = 0
  while (clock.now() - start < HOUR_MS) {
    rounds += 1
    const told = await runRound(town)
    lies.push(...told.lies)
    memory.push(megabytes())
    const minutes = Math.round((clock.now() - start) / 60_000)
    console.log(`round ${rounds}, minute ${minutes}: ${told.summary}, ${memory.at(-1)} MB`)
  }
  return { rounds, lies, memory }
}

const begun = performance.now()
const random = seededRandom(Number(options.seed))
Math.random = seededRandom(Number(options.seed) + 1)
const town = await createTown(simulatedClock(), random)
const { lies, memory } = await soak(town)
await town.close()
for (const lie of lies) console.log(`VIOLATION ${lie}`)
// The first round fills the caches: of Node, of Octokit and of the simulator.
const [first = 0, last = 0] = [memory[0], memory.at(-1)]
const seconds = Math.round((performance.now() - begun) / 1000)
console.log(
  `runs: ${town.born}, requests: ${town.requests}, faults: ${town.faults}, deleted: ${town.deleted}, memory: ${first} MB to ${last} MB, ${seconds} s, violations: ${lies.length}`,
)
if (lies.length > 0 || last - first > MAX_GROWTH_MB) process.exitCode = 1
