import { describe, expect, it } from '@jest/globals'
import { type CreatedRange, createdRange, formatCreated, intersect, parseCreated } from '../../src/inputs/created.ts'

const seconds = (iso: string): number => Date.parse(iso) / 1000
const DAY_START = seconds('2026-01-31T00:00:00Z')
const DAY_END = seconds('2026-01-31T23:59:59Z')
const NOON = seconds('2026-01-31T12:00:00Z')

describe('parseCreated', () => {
  it.each<[string, CreatedRange]>([
    ['2026-01-31', { from: DAY_START, to: DAY_END }],
    ['>=2026-01-31', { from: DAY_START }],
    ['>2026-01-31', { from: DAY_END + 1 }],
    ['<=2026-01-31', { to: DAY_END }],
    ['<2026-01-31', { to: DAY_START - 1 }],
    ['2026-01-31T12:00:00Z', { from: NOON, to: NOON }],
    ['2026-01-31T12:00Z', { from: NOON, to: NOON }],
    ['>2026-01-31T12:00:00Z', { from: NOON + 1 }],
    ['<2026-01-31T12:00:00Z', { to: NOON - 1 }],
    ['>=2026-01-31T12:00:00.750Z', { from: NOON }],
    ['2026-01-31T20:00:00+08:00', { from: NOON, to: NOON }],
    ['2026-01-31T07:00:00-05:00', { from: NOON, to: NOON }],
    ['2026-01-31..2026-01-31', { from: DAY_START, to: DAY_END }],
    ['2026-01-31T12:00:00Z..2026-01-31', { from: NOON, to: DAY_END }],
    ['2026-01-31..*', { from: DAY_START }],
    ['*..2026-01-31', { to: DAY_END }],
    ['*..*', {}],
  ])('reads %s', (text, range) => {
    expect(parseCreated(text)).toEqual(range)
  })

  it.each([
    '',
    '*',
    '..',
    '2026-01-31..',
    '..2026-01-31',
    'yesterday',
    '7d',
    '2026',
    '2026-1-31',
    '2026-02-30',
    '2026-13-01',
    '2026-02-30T00:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    '=2026-01-31',
    '=>2026-01-31',
    '>= 2026-01-31 ',
    '2026-01-01..2026-01-31..2026-02-01',
    '>=2026-01-01..2026-01-31',
  ])('refuses %j', (text) => {
    expect(parseCreated(text)).toBeUndefined()
    expect(createdRange.parse(text)).toBeUndefined()
  })

  it('refuses a span that ends before it begins', () => {
    expect(parseCreated('2026-02-01..2026-01-31')).toBeUndefined()
  })
})

describe('formatCreated', () => {
  it.each<[CreatedRange, string | undefined]>([
    [{ from: NOON, to: DAY_END }, '2026-01-31T12:00:00Z..2026-01-31T23:59:59Z'],
    [{ from: NOON }, '>=2026-01-31T12:00:00Z'],
    [{ to: NOON }, '<=2026-01-31T12:00:00Z'],
    [{}, undefined],
  ])('writes %j in UTC', (range, text) => {
    expect(formatCreated(range)).toBe(text)
  })

  it.each(['2026-01-31', '>2026-01-31T12:00:00Z', '<2026-01-31', '2026-01-31T20:00:00+08:00..*'])(
    'writes what reads as the same span again: %s',
    (text) => {
      const range = parseCreated(text) ?? {}
      expect(parseCreated(formatCreated(range) ?? '')).toEqual(range)
    },
  )
})

describe('intersect', () => {
  it.each<[CreatedRange, CreatedRange, CreatedRange]>([
    [{}, {}, {}],
    [{ from: 1 }, {}, { from: 1 }],
    [{ from: 1 }, { to: 9 }, { from: 1, to: 9 }],
    [
      { from: 1, to: 5 },
      { from: 3, to: 9 },
      { from: 3, to: 5 },
    ],
    [
      { from: 1, to: 9 },
      { from: 3, to: 5 },
      { from: 3, to: 5 },
    ],
  ])('of %j and %j is %j, either way round', (one, other, both) => {
    expect(intersect(one, other)).toEqual(both)
    expect(intersect(other, one)).toEqual(both)
  })
})
