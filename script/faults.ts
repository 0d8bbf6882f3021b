import { fork } from 'node:child_process'
import { parseArgs } from 'node:util'
import { catalogue } from '../__tests__/faults/catalogue.ts'
import { judge } from '../__tests__/faults/oracle.ts'
import { type Case, type Place, type Played, placesOf, play } from '../__tests__/faults/play.ts'
import type { Scenario } from '../__tests__/faults/scenario.ts'
import { scenarios } from '../__tests__/faults/scenarios.ts'

// Plays every request of every scenario with every fault that can meet it, and holds what the step says to what has
// happened. `--sample N` takes N of the cases, chosen by `--seed`; `--only TEXT` those whose name has the text.

const { values: options } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    shard: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

/** Of lists of many writes alike, the first few and the last are enough. */
const PLACES_OF_A_KIND = 2

const kindOf = ({ exchange: { host, method, path, query } }: Place): string =>
  `${host} ${method} ${path.replace(/\/(runs|jobs|logs)\/[0-9a-f]+/, '/$1/N')} ${'if-none-match'} ${query.page ?? ''}`

/** The places worth a fault: all, but of the many that differ in the run only, the first two and the last. */
function choosePlaces(places: readonly Place[]): Place[] {
  const kinds = Map.groupBy(places, kindOf)
  return [...kinds.values()].flatMap((alike) =>
    alike.length <= PLACES_OF_A_KIND + 1 ? alike : [...alike.slice(0, PLACES_OF_A_KIND), ...alike.slice(-1)],
  )
}

const nameOf = ({ scenario, fault, place: { exchange, nth } }: Case): string =>
  `${scenario.name} | ${exchange.method} ${exchange.path.replace(/^.*\/actions\//, '')} #${nth + 1} | ${fault.name}`

function casesOf(scenario: Scenario, clean: Played): Case[] {
  return choosePlaces(placesOf(clean.simulator.requests)).flatMap((place) =>
    catalogue.filter((fault) => fault.appliesTo(place.exchange, scenario)).map((fault) => ({ scenario, fault, place })),
  )
}

/** A number that is the same for a text and a seed, and looks like chance. */
function hash(text: string, seed: string): number {
  let value = 2_166_136_261
  for (const character of `${seed}:${text}`)
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0
  return value
}

async function playShard(index: number, count: number): Promise<{ cases: number; violations: number }> {
  const result = { cases: 0, violations: 0 }
  const report = (name: string, lies: string[]) => {
    if (lies.length === 0) return
    result.violations += 1
    console.log(`VIOLATION ${name}\n${lies.map((lie) => `    ${lie}`).join('\n')}`)
  }
  process.on('unhandledRejection', (error) => report('unhandled rejection', [String((error as Error)?.stack ?? error)]))
  const known = await Promise.all([...scenarios.entries()].map(async ([place, scenario]) => ({ place, scenario })))
  const all: { one: Case; clean: Played }[] = []
  for (const { scenario } of known) {
    const clean = await play(scenario)
    const lies = judge({ scenario, fault: { ...CLEAN } }, clean, clean)
    if (clean.end?.failure !== undefined && !scenario.name.includes('failed run'))
      lies.push(`the clean run fails: ${clean.end.failure}`)
    if (index === 0) report(`${scenario.name} | clean`, lies)
    all.push(...casesOf(scenario, clean).map((one) => ({ one, clean })))
  }
  const wanted = all.filter(({ one }) => nameOf(one).includes(options.only))
  const sorted = options.sample
    ? wanted
        .map((entry) => ({ entry, key: hash(nameOf(entry.one), options.seed) }))
        .sort((a, b) => a.key - b.key)
        .slice(0, Number(options.sample))
        .map(({ entry }) => entry)
    : wanted
  for (const { one, clean } of sorted.filter((_, place) => place % count === index)) {
    const start = performance.now()
    const played = await play(one.scenario, one)
    result.cases += 1
    const lies = judge(one, clean, played)
    if (!played.isHit) lies.push('the request that was to go wrong was never sent')
    report(nameOf(one), lies)
    if (options.verbose)
      console.log(`${Math.round(performance.now() - start)} ms ${nameOf(one)}: ${played.end?.failure ?? 'green'}`)
    if (options.verbose && lies.length > 0)
      console.log(
        played.end?.stdout,
        played.simulator.requests.map((r) => `${r.method} ${r.path} ${r.status}`),
      )
  }
  return result
}

const CLEAN = { name: 'none', make: () => ({}), appliesTo: () => true, spares: 'all' as const }

const SHARDS = 4

if (options.shard !== undefined) {
  const result = await playShard(Number(options.shard), SHARDS)
  process.send?.(result)
  process.disconnect?.()
} else {
  const shards = Array.from({ length: SHARDS }, (_, index) => {
    const child = fork(import.meta.filename, [...process.argv.slice(2), '--shard', String(index)])
    return new Promise<{ cases: number; violations: number }>((resolve, reject) => {
      let told: { cases: number; violations: number } | undefined
      child.on('message', (message) => {
        told = message as typeof told
      })
      child.on('exit', (code) => (told ? resolve(told) : reject(new Error(`a shard ended with ${code}`))))
    })
  })
  const results = await Promise.all(shards)
  const sum = (key: 'cases' | 'violations') => results.reduce((total, one) => total + one[key], 0)
  console.log(`cases: ${sum('cases')}, violations: ${sum('violations')}`)
  process.exitCode = sum('violations') > 0 ? 1 : 0
}
