import { describe, expect, it } from '@jest/globals'
import { parseCreated } from '../../src/inputs/created.ts'
import {
  apiUrl,
  apiVersion,
  byteSize,
  choice,
  duration,
  flag,
  integer,
  isLoopback,
  list,
  repositoryName,
  secretText,
  statuses,
} from '../../src/inputs/kinds.ts'

describe('a boolean', () => {
  it.each(['true', 'True', 'TRUE'])('%s is true', (text) => expect(flag.parse(text)).toBe(true))
  it.each(['false', 'False', 'FALSE'])('%s is false', (text) => expect(flag.parse(text)).toBe(false))
  it.each(['yes', 'no', 'on', 'off', '1', '0', 'y', 'tRUE', 'null', 'truefalse'])('%s is neither', (text) =>
    expect(flag.parse(text)).toBeUndefined(),
  )
})

describe('a whole number', () => {
  it.each([
    ['1', 1],
    ['51', 51],
    ['007', 7],
  ])('%s is taken', (text, value) => expect(integer(1, 51).parse(text)).toBe(value))
  it.each(['0', '52', '-1', '+1', '1.0', '1e1', '0x1', ' 1', '1_0', 'NaN', '٣'])('%j is not', (text) =>
    expect(integer(1, 51).parse(text)).toBeUndefined(),
  )
  it('that cannot be held exactly is not taken', () => {
    expect(integer(0).parse('9007199254740991')).toBe(9007199254740991)
    expect(integer(0).parse('9007199254740992')).toBeUndefined()
  })
  it('says its bounds', () => {
    expect(integer(1, 51).expects).toBe('a whole number from 1 to 51')
    expect(integer(0).expects).toBe('a whole number of at least 0')
  })
})

describe('a duration', () => {
  it('without a unit is refused, and the units are named', () => {
    expect(duration().parse('30')).toBeUndefined()
    expect(duration().expects).toMatch(/its unit \(s, m, h, d or w\)/)
  })
  it('below its least is refused, and the least is named', () => {
    expect(duration(1000).parse('0s')).toBeUndefined()
    expect(duration(1000).parse('1s')).toBe(1000)
    expect(duration(1000).expects).toMatch(/at least 1s$/)
  })
})

describe('a size', () => {
  it.each([
    ['500MB', 500_000_000],
    ['2GB', 2_000_000_000],
    ['512MiB', 512 * 1024 * 1024],
    ['1.5 kb', 1500],
    ['1B', 1],
  ])('%s is taken', (text, bytes) => expect(byteSize.parse(text)).toBe(bytes))
  it.each(['500', 'MB', '0MB', '-1MB', '1TB', '1e3MB', '0.2B', '9999999999GB', 'constructorB', '1constructor'])(
    '%s is not',
    (text) => expect(byteSize.parse(text)).toBeUndefined(),
  )
})

describe('a list', () => {
  it.each([
    ['a, b ,c', ['a', 'b', 'c']],
    ['a,b\nc', ['a,b', 'c']],
    ['a\r\n b \n\n', ['a', 'b']],
    [',a,,', ['a']],
  ])('%j is split', (text, items) => expect(list.parse(text)).toEqual(items))
  it.each([',', ' , ,', '\n\n'])('%j names nothing, which is not "all"', (text) => {
    expect(list.parse(text)).toBeUndefined()
    expect(statuses.parse(text)).toBeUndefined()
  })
  it('of statuses takes every status and conclusion, and no other word', () => {
    expect(statuses.parse('queued, failure, startup_failure, completed')).toHaveLength(4)
    expect(statuses.parse('failure, failed')).toBeUndefined()
    expect(statuses.parse('Failure')).toBeUndefined()
    expect(statuses.expects).toContain('`timed_out`')
  })
})

describe('a choice', () => {
  it('is one of its words, letter for letter', () => {
    const kind = choice('error', 'warn')
    expect([kind.parse('warn'), kind.parse('Warn'), kind.parse('toString')]).toEqual(['warn', undefined, undefined])
    expect(kind.expects).toBe('one of `error`, `warn`')
  })
})

describe('a repository', () => {
  it.each(['octo/hello', 'o/h', 'octo-org/.github', 'corp_emu/a.b_c-d'])('%s is taken', (text) => {
    const [owner, repo] = text.split('/')
    expect(repositoryName.parse(text)).toEqual({ owner, repo })
  })
  it.each([
    'hello',
    'octo/',
    '/hello',
    'octo/..',
    'octo/.',
    '../hello',
    'octo/hello/x',
    'octo/he llo',
    'octo/hello?x',
    'octo/hello#1',
    'octo/%2e%2e',
    'https://github.com/octo/hello',
    'octo/hello\nx',
    '-octo/hello',
  ])('%j is not', (text) => expect(repositoryName.parse(text)).toBeUndefined())
})

describe('a base URL', () => {
  it.each([
    ['https://ghe.example/api/v3', 'https://ghe.example/api/v3'],
    ['https://ghe.example/api/v3//', 'https://ghe.example/api/v3'],
    ['HTTPS://GHE.example', 'https://ghe.example'],
    ['http://127.0.0.1:8080/api/v3', 'http://127.0.0.1:8080/api/v3'],
    ['https://ghe.example/a/../api/v3', 'https://ghe.example/api/v3'],
    ['https://ghe.example/api?', 'https://ghe.example/api'],
  ])('%s is taken as %s', (text, url) => expect(apiUrl.parse(text)).toBe(url))
  it.each([
    'ghe.example',
    'https://user@ghe.example',
    'https://user:pass@ghe.example',
    'https://:pass@ghe.example',
    'https://ghe.example/?x=1',
    'https://ghe.example/#x',
    'ftp://ghe.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://',
    '/api/v3',
  ])('%s is not', (text) => expect(apiUrl.parse(text)).toBeUndefined())

  it.each([
    ['http://localhost:1', true],
    ['http://127.0.0.1', true],
    ['http://127.1', true],
    ['http://[::1]:80', true],
    ['http://127.0.0.1.example', false],
    ['http://localhost.example', false],
    ['http://10.0.0.1', false],
  ])('%s names this machine: %s', (url, expected) => expect(isLoopback(url)).toBe(expected))
})

describe('the others', () => {
  it.each(['2026-03-10', '2022-11-28'])('%s is an API version', (text) => expect(apiVersion.parse(text)).toBe(text))
  it.each(['v3', '2026-3-10', '2026-03-10\r\nx: y', 'latest'])('%j is none', (text) =>
    expect(apiVersion.parse(text)).toBeUndefined(),
  )
  it.each(['a b', 'a\nb', 'ключ', 'a\u0000b'])('%j is no token', (text) =>
    expect(secretText.parse(text)).toBeUndefined(),
  )
  it('a token is visible characters', () => expect(secretText.parse('ghs_aB3.x-y/=')).toBe('ghs_aB3.x-y/='))

  const second = (time: string) => Date.parse(time) / 1000
  it.each([
    ['2026-01-01', { from: second('2026-01-01'), to: second('2026-01-01T23:59:59Z') }],
    ['>=2026-01-01', { from: second('2026-01-01') }],
    ['>2026-01-01', { from: second('2026-01-02') }],
    ['<2026-01-01T12:00:00Z', { to: second('2026-01-01T11:59:59Z') }],
    ['<=2026-01-01T12:00:00+02:00', { to: second('2026-01-01T10:00:00Z') }],
    ['2026-01-01..2026-01-31', { from: second('2026-01-01'), to: second('2026-01-31T23:59:59Z') }],
    ['*..2026-01-31', { to: second('2026-01-31T23:59:59Z') }],
  ])('%s is a span of creation times', (text, span) => expect(parseCreated(text)).toEqual(span))
  it.each([
    'yesterday',
    '2026-02-31',
    '2026-1-1',
    '>',
    '..',
    '2026-01-01..',
    '=>2026-01-01',
    '2026-13-01',
    '1767225600',
  ])('%s is none', (text) => expect(parseCreated(text)).toBeUndefined())
})
