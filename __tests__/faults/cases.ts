import { catalogue } from './catalogue.ts'
import { type Case, type Place, type Played, placesOf } from './play.ts'
import type { Scenario } from './scenario.ts'

/** Of many requests that differ in the run only, the first two and the last are played. */
const FIRST_OF_A_KIND = 2

const kindOf = ({ exchange: { host, method, path, query, requestHeaders } }: Place): string =>
  [
    host,
    method,
    path.replace(/\/(runs|jobs|logs)\/[0-9a-f]+/, '/$1/N'),
    query.page !== undefined,
    'if-none-match' in requestHeaders,
  ].join(' ')

function choosePlaces(places: readonly Place[]): Place[] {
  return [...Map.groupBy(places, kindOf).values()].flatMap((alike) =>
    alike.length <= FIRST_OF_A_KIND + 1 ? alike : [...alike.slice(0, FIRST_OF_A_KIND), ...alike.slice(-1)],
  )
}

/** Every fault at every request of the clean run that it can meet. */
export function casesOf(scenario: Scenario, clean: Played): Case[] {
  return choosePlaces(placesOf(clean.simulator.requests)).flatMap((place) =>
    catalogue.filter((fault) => fault.appliesTo(place.exchange, scenario)).map((fault) => ({ scenario, fault, place })),
  )
}

/** What a case is called, the same in every process. */
export function nameOf({ scenario, fault, place: { exchange, nth } }: Case): string {
  const path = exchange.host === 'storage' ? 'log storage' : exchange.path.replace(/^.*\/actions\//, '')
  return `${scenario.name} | ${exchange.method} ${path} #${nth + 1} | ${fault.name}`
}

/** A number that is the same for a text and a seed, and looks like chance (FNV-1a). */
function hash(text: string): number {
  let value = 2_166_136_261
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0
  return value
}

/** Chooses some of the items: the same ones for the same seed. */
export function sample<T>(items: readonly T[], nameOf: (item: T) => string, seed: string, count: number): T[] {
  const keyed = items.map((item) => ({ item, key: hash(`${nameOf(item)} ${seed}`) }))
  return keyed
    .sort((one, other) => one.key - other.key)
    .slice(0, count)
    .map(({ item }) => item)
}
