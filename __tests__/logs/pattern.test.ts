import { describe, expect, it } from '@jest/globals'
import { RE2JS } from 're2js'
import type { RunSpec } from '../../simulator/index.ts'
import { findInFailedJobs } from '../../src/logs/pattern.ts'
import { readJobs } from '../../src/runs/read.ts'
import { useSimulators } from '../support/checks.ts'
import { createContext, jumpingClock } from '../support/in-process.ts'
import { writeLines } from '../support/operation.ts'

const simulators = useSimulators()

async function find(run: Partial<RunSpec>, ...patterns: string[]) {
  const clock = jumpingClock()
  const simulator = await simulators.start({ clock: clock.time })
  simulator.repository().addRun({ id: 100, conclusion: 'failure', ...run })
  const context = createContext(simulator, clock)
  return findInFailedJobs(
    context,
    await readJobs(context, 100),
    patterns.map((pattern) => RE2JS.compile(pattern)),
  )
}

const job = (name: string, log: string, conclusion = 'failure') => ({ name, log, conclusion })

describe('a failure pattern', () => {
  it('finds the first line that matches one of several, in failed jobs alone', async () => {
    const jobs = [
      job('passed', 'lost the runner', 'success'),
      job('other', 'fine\nall fine'),
      job('broken', 'a\nlost the runner 1\nlost the runner 2'),
    ]
    expect(await find({ jobs }, 'nothing', 'lost .* runner')).toEqual({ job: 'broken', line: 'lost the runner 1' })
    expect(await find({ jobs }, 'LOST')).toBeUndefined()
    expect(await find({ jobs }, '(?i)LOST')).toMatchObject({ job: 'broken' })
  })

  it('sees lines as they are read: without stamps, colours and carriage returns', async () => {
    const jobs = [job('build', '\u001b[31mtimeout\u001b[0m\r\n')]
    expect(await find({ jobs }, '^timeout$')).toEqual({ job: 'build', line: 'timeout' })
  })

  it('never spans lines', async () => {
    expect(await find({ jobs: [job('build', 'a\nb')] }, 'a[\\s\\S]*b')).toBeUndefined()
  })

  it('finds nothing in a job whose log is lost', async () => {
    expect(await find({ jobs: [{ name: 'build', conclusion: 'failure', noLog: true }] }, '.')).toBeUndefined()
  })

  it.each(['(a+)+$', '^(a|aa)+$', '(.*a){12}x', '(x+x+)+y'])('does not hang in %s', async (pattern) => {
    const log = Array.from({ length: 20 }, () => `${'a'.repeat(3000)}!${'x'.repeat(3000)}`).join('\n')
    const start = performance.now()
    expect(await find({ jobs: [job('build', log)] }, pattern)).toBeUndefined()
    // A matcher that tries all ways would not end in the life of the machine.
    expect(performance.now() - start).toBeLessThan(30_000)
  })
})

describe('rerun-failed', () => {
  const run: RunSpec = { id: 100, conclusion: 'failure', jobs: [job('build', 'a\nCould not resolve host: x\nb')] }

  async function rerun(pattern: string) {
    const simulator = await simulators.start()
    simulator.repository().addRun(run)
    const inputs = { operation: 'rerun-failed', 'run-id': '100', 'failure-pattern': pattern }
    return { simulator, end: await simulators.run(simulator, { with: inputs }) }
  }

  it('re-runs a run whose log matches, and tells the line', async () => {
    const { simulator, end } = await rerun('resolve host')
    expect(end.exitCode).toBe(0)
    expect(end.result.runs).toMatchObject([{ outcome: 'changed' }])
    expect(end.stdout).toContain('Could not resolve host: x')
    expect(end.summary).toContain('Could not resolve host')
    expect(writeLines(simulator)).toHaveLength(1)
  })

  it('leaves a run whose log does not match', async () => {
    const { simulator, end } = await rerun('no such line')
    expect(end.exitCode).toBe(0)
    expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'pattern-not-matched' }])
    expect(writeLines(simulator)).toEqual([])
  })

  it.each(['(', '(?=a)', 'a\n[z-'])('says of a pattern that is none what it takes: %j', async (pattern) => {
    const { simulator, end } = await rerun(pattern)
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/::error::.*failure-pattern/)
    expect(end.stdout).toContain('RE2')
    expect(simulator.requests).toEqual([])
  })
})
