import { describe, expect, it } from '@jest/globals'
import { UsageError } from '../../src/errors.ts'
import { type Inputs, optional, required, withDefault } from '../../src/inputs/declaration.ts'
import { apiUrl, duration, flag, integer, list, repositoryName, secretText, text } from '../../src/inputs/kinds.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import { operations } from '../../src/operations/index.ts'

const inputs = {
  token: { ...required(secretText, 'A token.'), secret: true },
  repository: required(repositoryName, 'A repository.'),
  'api-url': optional(apiUrl, 'A URL.'),
  timeout: withDefault(duration(1000), 'A timeout.', '1h'),
  limit: optional(integer(1), 'A limit.'),
  wait: withDefault(flag, 'Waits.', 'false'),
  names: optional(list, 'Names.'),
}

const valid = { token: 's3cret', repository: 'octo/hello' }

const parse = (given: Record<string, string>, declared: Inputs = inputs) =>
  parseInputs(declared, (name) => given[name] ?? '')

function problemsOf(given: Record<string, string>): readonly string[] {
  try {
    parse(given)
  } catch (error) {
    if (error instanceof UsageError) return error.problems
    throw error
  }
  return []
}

describe('reading the inputs', () => {
  it('gives typed values, defaults, and undefined for what is left out', () => {
    expect(parse({ ...valid, names: 'a, b', wait: 'TRUE' })).toEqual({
      token: 's3cret',
      repository: { owner: 'octo', repo: 'hello' },
      'api-url': undefined,
      timeout: 3_600_000,
      limit: undefined,
      wait: true,
      names: ['a', 'b'],
    })
  })

  it('tells of all problems together, each with the value seen and what would be accepted', () => {
    const problems = problemsOf({ token: 's', timeout: '30', limit: 'many', wait: 'yes' })
    expect(problems).toEqual([
      'Input `repository` is required: expected `owner/repo`, for example `octo-org/hello`.',
      expect.stringMatching(/^Input `timeout` is "30": expected a duration with its unit \(s, m, h, d or w\)/),
      'Input `limit` is "many": expected a whole number of at least 1.',
      'Input `wait` is "yes": expected `true` or `false`.',
    ])
    expect(() => parse({ token: 's', timeout: '30' })).toThrow(
      /^2 inputs are wrong:\n- Input `repository`.*\n- Input `timeout`/,
    )
  })

  it('never shows a secret', () => {
    const problems = problemsOf({ ...valid, token: 'two words' })
    expect(problems).toEqual(['Input `token` is a value: expected a token without white space or line breaks.'])
  })

  it('does not show the password in a URL', () => {
    const [problem] = problemsOf({ ...valid, 'api-url': 'https://me:hunter2@ghe.example/api/v3' })
    expect(problem).toContain('"https://***@ghe.example/api/v3"')
    expect(problem).not.toMatch(/hunter2|me:/)
  })

  it('shows long values cut and line breaks as such', () => {
    expect(problemsOf({ ...valid, repository: 'x'.repeat(5000) })[0]?.length).toBeLessThan(250)
    expect(problemsOf({ ...valid, repository: 'a\n::error::b\u001b[31m' })[0]).toContain('"a\\n::error::b\\u001b[31m"')
  })

  it('looks at values together when those are right by themselves, and tells that with all the rest', () => {
    const read = (given: Record<string, string>) => () =>
      parseInputs(inputs, (name) => given[name] ?? '', [
        ({ repository }) => [`${repository.repo} does not fit.`],
        ({ limit }) => [`${limit} does not fit either.`],
      ])
    expect(read(valid)).toThrow(/hello does not fit\.[\s\S]*does not fit either\./)
    expect(read({ ...valid, limit: '0' })).toThrow(/Input `limit` is "0"[\s\S]*hello does not fit\./)
    expect(read({ ...valid, limit: '0' })).not.toThrow(/does not fit either/)
  })

  it('treats an input of the empty string as left out, also a required one', () => {
    const given = { name: required(text, 'A name.') }
    expect(() => parse({ name: '' }, given)).toThrow('Input `name` is required: expected text.')
  })
})

describe('the inputs of every operation', () => {
  const names = operations.map((operation) => operation.name)
  const wrong = 'no\u0000value, \n"of `any kind'

  it.each(names)('%s: any text in any input is a value or a usage error', (name) => {
    const operation = operations.find((one) => one.name === name)
    for (const input of Object.keys(operation?.inputs ?? {})) {
      for (const value of [wrong, '🦄', '__proto__', '../..', '\n', ',', '-1', 'x'.repeat(10_000)]) {
        const given: Record<string, string> = { ...valid, 'run-id': '5', [input]: value.trim() }
        try {
          operation?.prepare((asked) => given[asked] ?? '')
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }
    }
  })
})
