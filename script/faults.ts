import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { casesOf, nameOf, sample } from '../__tests__/faults/cases.ts'
import { judge } from '../__tests__/faults/oracle.ts'
import { type Case, type Played, placesOf, play } from '../__tests__/faults/play.ts'
import { scenarios } from '../__tests__/faults/scenarios.ts'

// Plays every request of every scenario with every fault that can meet it, and holds what the step says to what has
// happened. `--sample N` takes N of the cases, chosen by `--seed`; `--only TEXT` those whose name has the text.

const { values: options } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
    /** For itself: which part of the cases a child process plays. */
    shard: { type: 'string' },
  },
})

/** Most of a case is waiting for sockets. */
const SHARDS = 4

interface Tally {
  cases: number
  violations: number
}

/** A case with the run of its scenario in which nothing goes wrong. */
interface Planned {
  one: Case
  clean: Played
}

function report(name: string, lies: string[]): number {
  if (lies.length > 0) console.log(`VIOLATION ${name}\n${lies.map((lie) => `    ${lie}`).join('\n')}`)
  return lies.length > 0 ? 1 : 0
}

const NOTHING = { name: 'nothing', make: () => ({}), appliesTo: () => true, spares: 'all' as const }

/** Plays the scenarios undisturbed: that has to go well too. */
async function planAll(isFirst: boolean): Promise<{ planned: Planned[]; violations: number }> {
  const planned: Planned[] = []
  let violations = 0
  for (const scenario of scenarios) {
    const clean = await play(scenario)
    const [place] = placesOf(clean.simulator.requests)
    if (place === undefined) throw new Error(`${scenario.name} sends no request`)
    const lies = judge({ scenario, fault: NOTHING, place }, clean, clean)
    const isRed = clean.end?.failure !== undefined && scenario.endsRed !== true
    if (isFirst) violations += report(`${scenario.name} | clean`, isRed ? [...lies, `${clean.end?.failure}`] : lies)
    planned.push(...casesOf(scenario, clean).map((one) => ({ one, clean })))
  }
  return { planned, violations }
}

async function playOne({ one, clean }: Planned): Promise<number> {
  const start = performance.now()
  const played = await play(one.scenario, one)
  const lies = judge(one, clean, played)
  if (!played.isHit) lies.push('the request that was to go wrong was never sent')
  if (options.verbose) {
    console.log(`${Math.round(performance.now() - start)} ms ${nameOf(one)}: ${played.end?.failure ?? 'green'}`)
    if (lies.length > 0) console.log(played.end?.stdout)
  }
  return report(nameOf(one), lies)
}

async function playShard(shard: number): Promise<Tally> {
  const { planned, violations } = await planAll(shard === 0)
  const tally: Tally = { cases: 0, violations }
  process.on('unhandledRejection', (error) => {
    tally.violations += report('unhandled rejection', [String(error instanceof Error ? error.stack : error)])
  })
  const wanted = planned.filter(({ one }) => nameOf(one).includes(options.only))
  const count = options.sample === undefined ? wanted.length : Number(options.sample)
  const chosen = sample(wanted, ({ one }) => nameOf(one), options.seed, count)
  for (const entry of chosen.filter((_, place) => place % SHARDS === shard)) {
    tally.violations += await playOne(entry)
    tally.cases += 1
  }
  return tally
}

function startShard(shard: number): Promise<Tally> {
  const child = fork(import.meta.filename, [...process.argv.slice(2), '--shard', String(shard)])
  return new Promise((resolve, reject) => {
    let tally: Tally | undefined
    child.on('message', (message) => {
      tally = message as Tally
    })
    child.on('exit', (code) => (tally ? resolve(tally) : reject(new Error(`part ${shard} ended with ${code}`))))
  })
}

if (options.shard !== undefined) {
  // The parent was ended: nobody waits for this part any more.
  process.once('disconnect', () => process.exit(process.exitCode))
  const tally = await playShard(Number(options.shard))
  process.removeAllListeners('disconnect')
  // Nothing else keeps the process alive, but for what an operation leaves behind.
  process.send?.(tally, () => process.disconnect())
} else {
  const tallies = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => startShard(shard)))
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0)
  console.log(`cases: ${sum('cases')}, violations: ${sum('violations')}`)
  process.exitCode = sum('violations') > 0 ? 1 : 0
}
