import { describe, expect, it } from '@jest/globals'
import { formatDuration, parseDuration } from '../src/durations.ts'

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
    ['1h30m', 5_400_000],
    ['1d12h5m10s', 129_910_000],
  ])('%s is read', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '30', '5 m', '5min', '-5m', '1.5h', 'm5', '5M', '1h30', 'PT5M', '٣s', '9999999999999w', '5m\n'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined()
    },
  )

  it.each([
    [0, '0s'],
    [499, '0s'],
    [59_600, '1m'],
    [90_000, '1m 30s'],
    [3_600_000, '1h'],
    [7_510_000, '2h 5m'],
    [36 * 3_600_000, '1d 12h'],
    [30 * 86_400_000, '30d'],
  ])('%i ms is written as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})
