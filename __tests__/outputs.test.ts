import { describe, expect, it } from '@jest/globals'
import { renderOutputs } from '../src/outputs.ts'
import { changed, createReport, failed, matched, type Report, type Verdict } from '../src/report.ts'
import { unreadRun } from '../src/runs/run.ts'

function reportOf(judged: boolean, ...ends: [conclusion: string | null, verdict: Verdict][]): Report {
  const runs = ends.map(([conclusion, verdict], index) => ({
    run: { ...unreadRun(index + 1, ''), conclusion },
    ...verdict,
  }))
  return { ...createReport(), runs, ...(judged && { judged }) }
}

const conclusionOf = (report: Report) => Object.fromEntries(renderOutputs(report, ['conclusion'])).conclusion

describe('the output `conclusion`', () => {
  it('of one run is the one that the run has', () => {
    expect(conclusionOf(reportOf(false, ['failure', matched('failure')]))).toBe('failure')
  })

  it('of a run that has not completed is not set', () => {
    expect(conclusionOf(reportOf(true, [null, matched('queued')]))).toBeUndefined()
  })

  it('of several waited-for runs is success when all of them pass, whatever counts as passing', () => {
    expect(conclusionOf(reportOf(true, ['success', matched('')], ['cancelled', matched('')]))).toBe('success')
  })

  it('of several waited-for runs is the first that does not pass', () => {
    const report = reportOf(
      true,
      ['success', changed('')],
      ['timed_out', failed('conclusion', '')],
      ['failure', failed('conclusion', '')],
    )
    expect(conclusionOf(report)).toBe('timed_out')
  })

  it('of several waited-for runs is not set while one of them has none', () => {
    expect(conclusionOf(reportOf(true, ['success', matched('')], [null, matched('')]))).toBeUndefined()
  })

  it('of several runs that were only read or cancelled is not set: nobody judged them', () => {
    expect(conclusionOf(reportOf(false, ['failure', matched('')], ['failure', matched('')]))).toBeUndefined()
    expect(conclusionOf(reportOf(false, ['cancelled', changed('')], ['cancelled', changed('')]))).toBeUndefined()
  })
})
