import { describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../../simulator/index.ts'
import { type Given, type TestedOperation, writeLines } from './operation.ts'

/** An operation that re-runs run 100, or a job of it with the id 700. */
export interface RerunOperation {
  tested: TestedOperation
  /** Its write to run 100, as method and path. */
  write: string
  /** What names the run, or the job. */
  inputs: Given
}

const OLD = '2020-01-01T00:00:00Z'
const JOBS = [{ name: 'build', id: 700 }]

/** Refusals of a re-run, for a run that the author named. */
export function itRefusesReruns({ tested, write, inputs }: RerunOperation): void {
  const { simulate, run: rerun, play } = tested

  describe('a re-run that cannot be', () => {
    it.each<[string, RunSpec, RegExp]>([
      ['too-old', { createdAt: OLD }, /created over a month ago.*for 30 days.*Start a new run/],
      ['not-rerunnable', { rerunnable: false }, /cannot be retried.*Start a new run/],
      ['not-rerunnable', { workflow: 'dynamic/x/codeql' }, /cannot be retried.*runs it made itself/],
      ['not-rerunnable', { logs: 'expired' }, /cannot be retried.*runs whose logs are gone/],
    ])('fails as %s: %j', async (reason, spec, said) => {
      const simulator = await simulate({ id: 100, conclusion: 'failure', jobs: JOBS, ...spec })
      const end = await rerun(simulator, inputs)
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason, message: expect.stringMatching(said) }])
      expect(writeLines(simulator)).toEqual([write])
    })

    it('is not even asked for when the run never started', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'startup_failure', jobs: JOBS })
      const end = await rerun(simulator, inputs)
      expect(end.exitCode).toBe(1)
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'not-rerunnable' }])
      expect(end.stdout).toContain('mend the workflow file')
      expect(writeLines(simulator)).toEqual([])
    })

    it.each(['queued', 'in_progress', 'pending', 'waiting', 'requested'])(
      'is skipped while the run is %s',
      async (status) => {
        const { end, simulator } = await play({ runs: [{ id: 100, status, jobs: JOBS }], inputs })
        expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'already-running', status }])
        expect(end.result.runs[0].message).toContain(`the run is ${status}: use \`wait: true\``)
        expect(end.failure).toBeUndefined()
        expect(writeLines(simulator)).toEqual([])
      },
    )

    it('is skipped when somebody else was first', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'success', jobs: JOBS })
      const body = { message: 'This workflow is already running', status: '403' }
      simulator.failNext({ method: 'POST' }, { status: 403, body })
      const end = await rerun(simulator, inputs)
      expect(end.result.runs).toMatchObject([{ outcome: 'skipped', reason: 'already-running' }])
      expect(end.stdout).toMatch(/^Run 100: skipped \(already-running\).*use `wait: true`/m)
      expect(end.exitCode).toBe(0)
      expect(writeLines(simulator)).toEqual([write])
    })

    it('is skipped at max-attempts, and only there', async () => {
      const simulator = await simulate({ id: 100, conclusion: 'failure', attempt: 3 })
      const jobId = String(simulator.repository().run(100)?.jobs[0]?.id)
      const named = { ...inputs, ...(inputs['job-id'] && { 'job-id': jobId }) }
      const end = await rerun(simulator, { ...named, 'max-attempts': '3' })
      expect(end.result.runs).toMatchObject([
        { outcome: 'skipped', reason: 'attempt-limit', message: 'at attempt 3, and `max-attempts` is 3' },
      ])
      expect(end.exitCode).toBe(0)
      expect(writeLines(simulator)).toEqual([])
      const again = await rerun(simulator, { ...named, 'max-attempts': '4' })
      expect(again.result.runs).toMatchObject([{ outcome: 'changed', attempt: 4 }])
    })

    it('is not-started when the server accepts it and does nothing for 60 s', async () => {
      const runs: RunSpec[] = [{ id: 100, conclusion: 'failure', jobs: JOBS, ignores: ['rerun'] }]
      const { end, clock } = await play({ runs, inputs })
      expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'not-started', attempt: 1 }])
      expect(end.failure).toContain('no new attempt came within 60 s')
      expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(60_000, 0)
      expect(end.result.requests.writes).toBe(1)
    })

    it('is known to have worked when the one sent again finds the run running', async () => {
      const { end, simulator } = await play({
        runs: [{ id: 100, conclusion: 'failure', jobs: JOBS }],
        inputs,
        faults: [[{ method: 'POST' }, { status: 502, when: 'after' }]],
        delays: { rerun: 5_000 },
      })
      expect(writeLines(simulator)).toEqual([write, write])
      expect(simulator.repository().run(100)?.attempt).toBe(2)
      expect(end.result.runs).toMatchObject([{ outcome: 'changed', attempt: 2 }])
    })
  })
}
