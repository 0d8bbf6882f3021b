import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../../simulator/index.ts'
import { excerptError } from '../../src/logs/excerpt.ts'
import { readLines } from '../../src/logs/lines.ts'
import { useSimulators } from '../support/checks.ts'

const simulators = useSimulators()

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'excerpt-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function excerpt(text: string, length: number): Promise<string[]> {
  const file = join(folder, 'log.txt')
  await writeFile(file, text)
  return excerptError(readLines(file), length)
}

const numbered = (count: number, start = 1) => Array.from({ length: count }, (_, index) => `line ${start + index}`)

describe('an excerpt', () => {
  it('has the error, most of its lines before it and some after', async () => {
    const lines = [...numbered(50), '##[error]broken', ...numbered(50, 51)]
    const found = await excerpt(lines.join('\n'), 8)
    expect(found).toEqual([...numbered(5, 46), '##[error]broken', 'line 51', 'line 52'])
  })

  it('is that of the first error', async () => {
    const found = await excerpt('a\n##[error]first\nb\n##[error]second\nc\nd', 3)
    expect(found).toEqual(['a', '##[error]first'])
  })

  it('is one line when one is wanted: the error', async () => {
    expect(await excerpt('a\n##[error]x\nb', 1)).toEqual(['##[error]x'])
  })

  it('has the last lines where no error is marked', async () => {
    expect(await excerpt(numbered(100).join('\n'), 3)).toEqual(numbered(3, 98))
  })

  it('has all lines of a short log, and none of an empty one', async () => {
    expect(await excerpt('a\nb\n', 10)).toEqual(['a', 'b'])
    expect(await excerpt('', 10)).toEqual([])
  })

  it('has neither byte order mark, time stamps, colours nor carriage returns', async () => {
    const stamp = '2026-01-02T03:04:05.1234567Z '
    const found = await excerpt(`\uFEFF${stamp}\u001b[31mred\u001b[0m\r\n${stamp}##[error]bad\r\n`, 5)
    expect(found).toEqual(['red', '##[error]bad'])
  })

  it('finds the error after lines of any length, and says of each that it was cut', async () => {
    const giant = 'x'.repeat(5_000_000)
    const found = await excerpt(`${giant}\n${'y'.repeat(65_536)}\n##[error]after them\n`, 4)
    expect(found).toHaveLength(3)
    expect(found[2]).toBe('##[error]after them')
    for (const line of found.slice(0, 2)) {
      expect(line).toMatch(/^(x+|y+) … \(line cut\)$/)
      expect(line.length).toBeLessThan(20_000)
    }
  })

  it('keeps no more lines than it needs of a log of 100,000', async () => {
    let most = 0
    let read = 0
    async function* lines() {
      for (; read < 100_000; read += 1) yield `line ${read}`
    }
    const found = await excerptError(lines(), 20)
    most = Math.max(most, found.length)
    expect({ most, read, last: found.at(-1) }).toEqual({ most: 20, read: 100_000, last: 'line 99999' })
  })

  it('reads no further than it needs', async () => {
    let read = 0
    async function* lines() {
      for (; read < 100_000; read += 1) yield read === 10 ? '##[error]early' : `line ${read}`
    }
    expect(await excerptError(lines(), 8)).toContain('##[error]early')
    expect(read).toBeLessThan(15)
  })
})

describe('excerpts of a run', () => {
  const jobs = Array.from({ length: 12 }, (_, index) => ({
    name: `job ${index}`,
    conclusion: 'failure',
    steps: [{ name: 'Set up' }, { name: 'Test', log: `${numbered(40).join('\n')}\n##[error]broken ${index}\nafter` }],
  }))
  const run: RunSpec = { id: 100, conclusion: 'failure', jobs }

  async function play(operation: string) {
    const simulator = await simulators.start()
    simulator.repository().addRun(run)
    return simulators.run(simulator, {
      with: {
        operation,
        'run-id': '100',
        'excerpt-lines': '4',
        'poll-interval': operation === 'wait-for-run' ? '1s' : '',
      },
    })
  }

  it.each(['download-logs', 'wait-for-run'])(
    'are in `failures`, summary and ten annotations: %s',
    async (operation) => {
      const end = await play(operation)
      expect(end.result.failures).toHaveLength(12)
      expect(end.result.failures[3]).toMatchObject({
        runId: 100,
        job: 'job 3',
        step: 'Test',
        lines: expect.arrayContaining(['line 40', '##[error]broken 3', 'after']),
        url: expect.stringMatching(/#step:2:1$/),
      })
      expect(end.result.failures[3].lines).toHaveLength(4)
      expect(end.summary).toContain('<details>')
      expect(end.summary).toContain('broken 11')
      const annotations = end.stdout.split('\n').filter((line) => line.startsWith('::error') && line.includes('broken'))
      expect(annotations.length).toBeGreaterThan(0)
      expect(annotations.length).toBeLessThanOrEqual(10)
    },
  )
})
