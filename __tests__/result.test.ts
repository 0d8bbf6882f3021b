import { describe, expect, it } from '@jest/globals'
import { renderOutputs } from '../src/outputs.ts'
import { changed, createReport, failed, planned, type Report, skipped } from '../src/report.ts'
import { createResult, fitResult } from '../src/result.ts'
import { toRun } from '../src/runs/run.ts'

const aRun = (id: number, title = 'Fix it') => toRun({ id, display_title: title, html_url: `https://x/${id}` })

const resultOf = (report: Partial<Report>) =>
  createResult({
    operation: 'download-logs',
    repository: 'octo/hello',
    dryRun: false,
    report: { ...createReport(), ...report },
    github: undefined,
  })

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
const runs = (count: number, size = 10) =>
  Array.from({ length: count }, (_, index) => ({ run: aRun(index + 1, 'ü'.repeat(size)), ...changed('done') }))
const logs = (count: number) => [
  {
    runId: 1,
    attempt: 1,
    jobs: Array.from({ length: count }, (_, index) => ({
      jobId: index,
      name: 'j'.repeat(200),
      attempt: 1,
      conclusion: null,
      source: 'none' as const,
      files: [],
      bytes: 0,
      reason: null,
    })),
  },
]
const failures = (lines: number) => [
  { runId: 1, job: 'build', step: null, lines: Array(lines).fill('x'.repeat(200)), url: 'https://x' },
]

describe('result', () => {
  it('counts what became of the runs, and says so of each', () => {
    const result = resultOf({
      runs: [
        { run: aRun(1), ...changed('a') },
        { run: aRun(2), ...skipped('kept', 'b') },
        { run: aRun(3), ...failed('permission', 'c') },
        { run: aRun(4), ...planned('d') },
      ],
    })
    expect(result.counts).toEqual({ matched: 4, changed: 1, skipped: 1, failed: 1 })
    expect(result.runs[2]).toMatchObject({
      id: 3,
      title: 'Fix it',
      outcome: 'failed',
      reason: 'permission',
      message: 'c',
    })
    expect(result).not.toHaveProperty('reason')
    expect(result).toMatchObject({ requests: { total: 0, writes: 0 }, rateLimit: null, truncated: false })
  })

  it('carries why the operation as a whole ended', () => {
    const result = resultOf({ failure: { reason: 'rate-limited', message: 'later' } })
    expect(result).toMatchObject({ reason: 'rate-limited', message: 'later', runs: [] })
  })

  it('that fits is left as it is', () => {
    const result = resultOf({ runs: runs(100), failures: failures(10), logs: logs(3) })
    expect(fitResult(result)).toBe(result)
  })

  it('loses the lines of the excerpts first', () => {
    const cut = fitResult(resultOf({ runs: runs(10), failures: failures(5000), logs: logs(10) }))
    expect(cut.truncated).toBe(true)
    expect(cut.failures?.map(({ lines }) => lines)).toEqual([[]])
    expect(cut).toMatchObject({ logs: { jobs: { length: 10 } }, runs: { length: 10 } })
  })

  it('loses the logs next', () => {
    const cut = fitResult(resultOf({ runs: runs(10), failures: failures(5000), logs: logs(5000) }))
    expect([cut.logs, cut.runs.length]).toEqual([[], 10])
  })

  it('then loses runs from the end, as few as it has to', () => {
    const result = resultOf({ runs: runs(3000, 200) })
    const cut = fitResult(result)
    expect(cut.runs.length).toBeGreaterThan(1000)
    expect(cut.runs).toEqual(result.runs.slice(0, cut.runs.length))
    expect(bytes(cut)).toBeLessThanOrEqual(900_000)
    expect(bytes({ ...cut, runs: result.runs.slice(0, cut.runs.length + 1) })).toBeGreaterThan(900_000 - 2000)
    expect(cut.counts.matched).toBe(3000)
  })

  it.each([1, 20_000, 100_000])('is never over 900,000 bytes (%i runs)', (count) => {
    const cut = fitResult(resultOf({ runs: runs(count, 1), failures: failures(6000), logs: logs(6000) }))
    expect(bytes(cut)).toBeLessThanOrEqual(900_000)
    expect(cut.truncated).toBe(true)
  })

  it('may be cut, `run-ids` never', () => {
    const report = { ...createReport(), runs: runs(5000, 300) }
    const ids = JSON.parse(Object.fromEntries(renderOutputs(report, []))['run-ids'] ?? '[]')
    expect(fitResult(resultOf(report)).runs.length).toBeLessThan(5000)
    expect(ids).toHaveLength(5000)
  })
})
