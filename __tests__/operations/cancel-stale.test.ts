import { describe, expect, it } from '@jest/globals'
import type { Fault, RunSpec, Simulator, SimulatorOptions, TokenGrant } from '../../simulator/index.ts'
import { requestLines, type Step } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { jumpingClock, runInProcess } from '../support/in-process.ts'

const simulators = useSimulators()

const SECOND = 1_000
const HOUR = 3_600_000
const START = Date.now() - 6 * HOUR

const ACTIVE: RunSpec = { status: 'in_progress' }
const ENDED: RunSpec = { conclusion: 'success' }

/** Starts a simulator with runs 1001, 1002, ..., each a second younger than the one before. */
async function simulate(runs: RunSpec[], options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await simulators.start(options)
  const start = options.clock === undefined ? START : options.clock.now() - 6 * HOUR
  runs.forEach((run, index) => {
    simulator.repository().addRun({ id: 1001 + index, createdAt: start + index * SECOND, ...run })
  })
  return simulator
}

const cancelStale = (simulator: Simulator, inputs: Record<string, string> = {}, step: Omit<Step, 'with'> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'cancel-stale', ...inputs } })

const cancelled = (simulator: Simulator): number[] =>
  requestLines(simulator)
    .flatMap((line) => /^POST runs\/(\d+)\/cancel$/.exec(line)?.[1] ?? [])
    .map(Number)
    .sort()
const writes = (simulator: Simulator) => requestLines(simulator).filter((line) => !line.startsWith('GET '))
const reads = (simulator: Simulator) => requestLines(simulator).filter((line) => line.startsWith('GET '))
const isActive = (simulator: Simulator, id: number) => simulator.repository().run(id)?.status !== 'completed'

const many = (count: number, run: RunSpec | ((index: number) => RunSpec)): RunSpec[] =>
  Array.from({ length: count }, (_, index) => (typeof run === 'function' ? run(index) : run))

describe('which runs are stale', () => {
  it('are the superseded ones, and never the newest', async () => {
    const simulator = await simulate([ACTIVE, { status: 'queued' }, ACTIVE])
    const end = await cancelStale(simulator)
    expect(requestLines(simulator).slice(0, 1)).toEqual(['GET runs'])
    expect(requestLines(simulator)).toHaveLength(3)
    expect(cancelled(simulator)).toEqual([1001, 1002])
    expect(isActive(simulator, 1003)).toBe(true)
    expect(end).toMatchObject({
      exitCode: 0,
      outputs: { 'run-ids': '[1002,1001]', 'matched-count': '2', 'changed-count': '2', 'failed-count': '0' },
      result: {
        operation: 'cancel-stale',
        runs: [
          { id: 1002, number: 2, outcome: 'changed', reason: 'superseded', message: 'cancel requested' },
          { id: 1001, number: 1, outcome: 'changed', reason: 'superseded' },
        ],
        requests: { total: 3, writes: 2 },
      },
    })
    expect(end.outputs['run-id']).toBeUndefined()
    expect(end.summary).toContain('### cancel-stale: ✅ done')
    expect(end.summary).toMatch(/\| CI \| main \| ✅ changed \|.*superseded/)
  })

  it.each(['queued', 'in_progress', 'waiting', 'pending', 'requested'])('may be %s', async (status) => {
    const simulator = await simulate([{ status }, ACTIVE])
    await cancelStale(simulator)
    expect(cancelled(simulator)).toEqual([1001])
  })

  it('are superseded by a newer run that has completed', async () => {
    const simulator = await simulate([ACTIVE, { conclusion: 'failure' }])
    const end = await cancelStale(simulator)
    expect(end.outputs['run-ids']).toBe('[1001]')
  })

  it.each<[string, RunSpec]>([
    ['workflow', { workflow: 'other.yml' }],
    ['event', { event: 'pull_request' }],
    ['branch', { branch: 'other' }],
    ['head repository', { headRepository: 'mona/hello' }],
    ['head repository, which is deleted', { headRepository: null }],
  ])('are not superseded by a run of another %s', async (_name, newer) => {
    const simulator = await simulate([ACTIVE, { ...ACTIVE, ...newer }])
    const end = await cancelStale(simulator)
    expect(writes(simulator)).toEqual([])
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-ids': '[]' } })
  })

  it('are those of one fork that has been deleted, but two people had two forks', async () => {
    const orphan = { ...ACTIVE, headRepository: null, branch: 'patch-1' }
    const simulator = await simulate([
      { ...orphan, actor: 'mona' },
      { ...orphan, actor: 'hubot' },
      { ...orphan, actor: 'mona' },
    ])
    await cancelStale(simulator)
    expect(cancelled(simulator)).toEqual([1001])
  })

  it('are superseded by the run that the step itself is part of, which is never cancelled', async () => {
    const simulator = await simulate([ACTIVE, ACTIVE, ACTIVE])
    await cancelStale(simulator, {}, { env: { GITHUB_RUN_ID: '1002' } })
    expect(cancelled(simulator)).toEqual([1001])
  })

  it('are also the ones over age, the newest included, counted from the latest attempt', async () => {
    const simulator = await simulate([
      { ...ACTIVE, branch: 'old' },
      { ...ACTIVE, branch: 'young', createdAt: Date.now() - HOUR },
      { ...ACTIVE, branch: 'started-again', attempt: 2, startedAt: Date.now() - HOUR },
      { ...ENDED, branch: 'ended' },
    ])
    const end = await cancelStale(simulator, { 'stale-after': '2h' })
    expect(cancelled(simulator)).toEqual([1001])
    expect(end.result.runs).toMatchObject([{ id: 1001, outcome: 'changed', reason: 'over-age' }])
  })

  it('are only the ones over age with superseded: false', async () => {
    const simulator = await simulate([ACTIVE, { ...ACTIVE, createdAt: Date.now() - HOUR }, ENDED])
    await cancelStale(simulator, { superseded: 'false', 'stale-after': '2h' })
    expect(cancelled(simulator)).toEqual([1001])
    expect(isActive(simulator, 1002)).toBe(true)
  })

  it('are none with superseded: false alone, which is an error', async () => {
    const simulator = await simulate([ACTIVE, ACTIVE])
    const end = await cancelStale(simulator, { superseded: 'false' })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/^::error::.*set `stale-after`/m)
    expect(requestLines(simulator)).toEqual([])
  })
})

describe('filters of cancel-stale', () => {
  const pair = (run: RunSpec): RunSpec[] => [
    { ...ACTIVE, ...run },
    { ...ACTIVE, ...run },
  ]

  it('leave excluded branches alone', async () => {
    const runs = ['main', 'release/1', 'topic'].flatMap((branch) => pair({ branch }))
    const simulator = await simulate(runs)
    await cancelStale(simulator, { 'exclude-branches': 'main, release/*' })
    expect(cancelled(simulator)).toEqual([1005])
  })

  it('take branches by glob', async () => {
    const simulator = await simulate(['main', 'release/1', 'release/2'].flatMap((branch) => pair({ branch })))
    await cancelStale(simulator, { branch: 'release/*' })
    expect(cancelled(simulator)).toEqual([1003, 1005])
  })

  it('take an actor, whose runs anybody may have superseded', async () => {
    const simulator = await simulate([
      { ...ACTIVE, actor: 'mona' },
      { ...ACTIVE, actor: 'hubot' },
      { ...ACTIVE, actor: 'hubot' },
    ])
    await cancelStale(simulator, { actor: 'mona' })
    expect(cancelled(simulator)).toEqual([1001])
  })

  it('take a status', async () => {
    const simulator = await simulate([ACTIVE, { status: 'queued' }, { status: 'waiting' }, ACTIVE])
    await cancelStale(simulator, { status: 'queued, waiting' })
    expect(cancelled(simulator)).toEqual([1002, 1003])
  })

  it.each([
    ['file name', 'slow.yml', 1],
    ['path', '.github/workflows/slow.yml', 1],
    ['display name', 'Slow checks', 2],
  ])('take a workflow by its %s', async (_name, workflow, lists) => {
    const slow = { workflow: 'slow.yml', workflowName: 'Slow checks' }
    const simulator = await simulate([...pair({ workflow: 'fast.yml' }), ...pair(slow)])
    await cancelStale(simulator, { workflow })
    expect(cancelled(simulator)).toEqual([1003])
    expect(reads(simulator)).toHaveLength(lists)
  })

  it('take a workflow by its id', async () => {
    const simulator = await simulate([...pair({ workflow: 'fast.yml' }), ...pair({ workflow: 'slow.yml' })])
    const id = simulator.repository().findWorkflow('slow.yml')?.id
    await cancelStale(simulator, { workflow: String(id) })
    expect(requestLines(simulator)).toEqual([`GET workflows/${id}/runs`, 'POST runs/1003/cancel'])
  })

  it.each(['none.yml', 'No such name'])('say of an unknown workflow which there are: %s', async (workflow) => {
    const simulator = await simulate(pair({ workflow: 'fast.yml' }))
    const end = await cancelStale(simulator, { workflow })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason: 'not-found', runs: [] })
    expect(end.stdout).toMatch(/^::error::.*Fast \(\.github\/workflows\/fast\.yml\)/m)
    expect(writes(simulator)).toEqual([])
  })

  it('cancel at most `limit` runs, the newest of the stale ones', async () => {
    const simulator = await simulate(many(6, ACTIVE))
    const end = await cancelStale(simulator, { limit: '2' })
    expect(end.outputs['run-ids']).toBe('[1005,1004]')
    expect(cancelled(simulator)).toEqual([1004, 1005])
  })

  it('do not apply to runs that are named, which are cancelled only if they are stale', async () => {
    const simulator = await simulate([ACTIVE, ACTIVE, ACTIVE])
    const end = await cancelStale(simulator, { 'run-id': '1001, 1003', branch: 'other' })
    expect(cancelled(simulator)).toEqual([1001])
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-ids': '[1001]' } })
  })

  it('leave excluded branches alone even when the event is about one', async () => {
    const simulator = await simulate(pair({ branch: 'main' }))
    const step = { event: { workflow_run: { id: 1001 } }, env: { GITHUB_EVENT_NAME: 'workflow_run' } }
    await cancelStale(simulator, { 'exclude-branches': 'main' }, step)
    expect(writes(simulator)).toEqual([])
    await cancelStale(simulator, {}, step)
    expect(cancelled(simulator)).toEqual([1001])
  })

  it('do not let a named run be the one that the step is part of', async () => {
    const simulator = await simulate([ACTIVE, ACTIVE, ACTIVE])
    const end = await cancelStale(simulator, { 'run-id': '1001 1002' }, { env: { GITHUB_RUN_ID: '1001' } })
    expect(cancelled(simulator)).toEqual([1002])
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([
      { id: 1001, outcome: 'failed', reason: 'own-run' },
      { id: 1002, outcome: 'changed' },
    ])
  })

  it.each([
    ['ignore', 0, /^No run in octo\/hello/m],
    ['warn', 0, /^::warning::No run in octo\/hello/m],
    ['error', 1, /^::error::No run in octo\/hello/m],
  ])('may choose none: %s', async (policy, exitCode, said) => {
    const simulator = await simulate([ACTIVE])
    const end = await cancelStale(simulator, { 'if-no-runs-found': policy })
    expect(end.exitCode).toBe(exitCode)
    expect(end.stdout).toMatch(said)
    expect(requestLines(simulator)).toEqual(['GET runs'])
  })

  it('are planned without a write in a dry run', async () => {
    const simulator = await simulate([ACTIVE, ACTIVE])
    const end = await cancelStale(simulator, { 'dry-run': 'true', wait: 'true', 'force-after': '1s' })
    expect(requestLines(simulator)).toEqual(['GET runs'])
    expect(end.result).toMatchObject({
      dryRun: true,
      counts: { matched: 1, changed: 0 },
      runs: [{ id: 1001, outcome: 'planned', reason: 'superseded', message: 'would cancel' }],
    })
  })
})

describe('costs of cancel-stale', () => {
  it('are one list and a write a run for 51 runs, at most ten of them in flight', async () => {
    const simulator = await simulate(many(51, ACTIVE), { latency: 50 })
    const end = await cancelStale(simulator)
    expect(end.outputs['changed-count']).toBe('50')
    expect(reads(simulator)).toEqual(['GET runs'])
    expect(new Set(cancelled(simulator)).size).toBe(50)
    expect(simulator.requests).toHaveLength(51)
    expect(simulator.peakInFlight.writes).toBe(10)
    expect(simulator.repository().runs.filter((run) => run.isLive)).toMatchObject([{ id: 1051 }])
  })

  it('are two pages for 50 waiting runs behind 120 newer ones that have completed', async () => {
    const simulator = await simulate([...many(50, { status: 'waiting' }), ...many(120, ENDED)])
    const end = await cancelStale(simulator)
    expect(end.outputs['changed-count']).toBe('50')
    expect(reads(simulator)).toHaveLength(2)
    expect(simulator.repository().runs.filter((run) => run.isLive)).toEqual([])
  })

  it('are a page, a list for each status and one for each open group among 2,000 runs', async () => {
    const groups = [
      { ...ACTIVE, branch: 'superseded-late' },
      { ...ACTIVE, branch: 'newest' },
      { ...ENDED, branch: 'superseded-late' },
      { ...ACTIVE, branch: 'both-active' },
      { status: 'queued', branch: 'both-active' },
    ]
    const simulator = await simulate([...groups, ...many(1_995, (index) => ({ ...ENDED, branch: `b${index % 50}` }))])
    const end = await cancelStale(simulator)
    expect(cancelled(simulator)).toEqual([1001, 1004])
    expect(end.outputs['run-ids']).toBe('[1004,1001]')
    expect(reads(simulator)).toHaveLength(1 + 5 + 3)
  })

  it('are no list of newer runs where age alone decides', async () => {
    const simulator = await simulate([{ ...ACTIVE, branch: 'old' }, ...many(700, ENDED)])
    await cancelStale(simulator, { superseded: 'false', 'stale-after': '1h' })
    expect(cancelled(simulator)).toEqual([1001])
    expect(reads(simulator)).toHaveLength(1 + 5)
  })

  it('hold for one workflow as well, asked only for the statuses wanted', async () => {
    const other = { ...ENDED, workflow: 'other.yml' }
    const simulator = await simulate([{ status: 'queued' }, ACTIVE, ...many(700, ENDED), ...many(10, other)])
    await cancelStale(simulator, { workflow: 'ci.yml', status: 'queued' })
    expect(cancelled(simulator)).toEqual([1001])
    expect(reads(simulator).length).toBeLessThanOrEqual(1 + 1 + 1)
  })

  it('never hide a newer run created in the same second as the last of the first page', async () => {
    const createdAt = START
    const simulator = await simulate([
      { ...ACTIVE, branch: 'group', createdAt },
      { ...ENDED, branch: 'group', createdAt },
      ...many(700, { ...ENDED, branch: 'busy', createdAt }),
    ])
    await cancelStale(simulator)
    expect(cancelled(simulator)).toEqual([1001])
  })
})

describe('what the server refuses to cancel', () => {
  const busy = many(51, ACTIVE)
  const body = (message: string) => ({ message, status: '409' })

  it('is skipped when it has completed meanwhile, and never stops the other 49', async () => {
    const simulator = await simulate(busy)
    const completed = { status: 409, body: body('Cannot cancel a workflow run that is completed.') }
    simulator.failNext({ method: 'POST', path: /runs\/1020\/cancel/ }, completed)
    const end = await cancelStale(simulator)
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'changed-count': '49', 'skipped-count': '1' } })
    const skipped = end.result.runs.filter((run: { outcome: string }) => run.outcome === 'skipped')
    expect(skipped).toMatchObject([{ id: 1020, reason: 'already-completed' }])
    expect(cancelled(simulator)).toHaveLength(50)
  })

  it('is skipped with a warning when it is wedged', async () => {
    const simulator = await simulate([{ wedged: true }, ACTIVE, ACTIVE])
    const end = await cancelStale(simulator)
    expect(cancelled(simulator)).toEqual([1001, 1002])
    expect(end.exitCode).toBe(0)
    expect(end.result.runs).toMatchObject([
      { id: 1002, outcome: 'changed' },
      { id: 1001, outcome: 'skipped', reason: 'wedged' },
    ])
    expect(end.stdout).toMatch(/^::warning::Run 1001: skipped \(wedged\)/m)
  })

  it.each<[string, Omit<Step, 'with'>, Record<string, string>]>([
    ['by run-id', {}, { 'run-id': '1001' }],
    ['by the event', { event: { workflow_run: { id: 1001 } }, env: { GITHUB_EVENT_NAME: 'workflow_run' } }, {}],
  ])('is a failure when it is wedged and was named %s', async (_name, step, inputs) => {
    const simulator = await simulate([{ wedged: true }, ACTIVE])
    const end = await cancelStale(simulator, inputs, step)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 1001, outcome: 'failed', reason: 'wedged' }])
  })

  it.each<[TokenGrant['kind'], string]>([
    ['installation', 'Resource not accessible by integration'],
    ['fine-grained', 'Resource not accessible by personal access token'],
    ['classic', 'Must have admin rights to Repository'],
  ])('names the permission that a token lacks: %s', async (kind, said) => {
    const simulator = await simulate([ACTIVE, ACTIVE])
    simulator.addToken('read-only-token', { kind, login: 'mona', permissions: { actions: 'read' } })
    const end = await cancelStale(simulator, { token: 'read-only-token' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'permission' }])
    expect(end.stdout).toMatch(new RegExp(`^::error::.*${said}.*\`actions: write\``, 'm'))
  })

  it.each([
    ['blind-token', 'not-found', /404.*the token cannot see it/],
    ['wrong-token', 'permission', /401.*Bad credentials.*Check `token`/],
  ])('ends the operation when nothing can be listed: %s', async (token, reason, said) => {
    const simulator = await simulate([ACTIVE, ACTIVE])
    simulator.addToken('blind-token', { kind: 'classic', login: 'mona', permissions: {}, repositories: [] })
    const end = await cancelStale(simulator, { token })
    expect(end.exitCode).toBe(1)
    expect(end.result).toMatchObject({ reason, message: expect.stringMatching(said), runs: [] })
    expect(end.outputs['matched-count']).toBe('0')
    expect(writes(simulator)).toEqual([])
  })
})

/** Runs it in this process, in time that jumps. */
async function withClock(runs: RunSpec[], inputs: Record<string, string>, plan: [RegExp, Fault][] = []) {
  const clock = jumpingClock()
  const simulator = await simulate(runs, { clock: clock.time })
  for (const [path, fault] of plan) simulator.failNext({ method: 'POST', path }, fault)
  const end = simulators.check(await runInProcess(simulator, { operation: 'cancel-stale', ...inputs }, { clock }))
  return { end, simulator, clock }
}

describe('a cancel that meets trouble', () => {
  const notQueued = 'Cannot cancel a workflow re-run that has not yet queued.'

  it('is repeated when the run is only not queued yet', async () => {
    const refusal = { status: 409, body: { message: notQueued, status: '409' }, times: 2 }
    const { end, simulator } = await withClock([ACTIVE, ACTIVE], {}, [[/1001/, refusal]])
    expect(cancelled(simulator)).toEqual([1001, 1001, 1001])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', reason: 'superseded' }])
  })

  it.each<[string, Fault, number]>([
    ['before', { status: 502 }, 2],
    ['before', { kind: 'reset' }, 2],
    ['after', { status: 502, when: 'after' }, 1],
    ['after', { kind: 'reset', when: 'after' }, 1],
  ])('takes effect once when the answer is lost %s the effect: %j', async (_when, fault, sent) => {
    const { end, simulator } = await withClock([ACTIVE, ACTIVE], {}, [[/1001/, fault]])
    expect(cancelled(simulator)).toHaveLength(sent)
    expect(isActive(simulator, 1001)).toBe(false)
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', reason: 'superseded' }])
  })

  it('fails for that run alone when the server goes on failing', async () => {
    const { end, simulator } = await withClock(many(5, ACTIVE), {}, [[/1002/, { status: 500, times: 9 }]])
    expect(cancelled(simulator).filter((id) => id === 1002)).toHaveLength(3)
    expect(end.outputs).toMatchObject({ 'changed-count': '3', 'failed-count': '1' })
    expect(end.failure).toMatch(/run 1002: .*500/)
  })
})

describe('the end of a cancelled run', () => {
  const stubborn: RunSpec = { jobs: [{ name: 'clean-up', ignoresCancel: true, runFor: Number.POSITIVE_INFINITY }] }

  it('is waited for with wait, and its conclusion is not judged', async () => {
    const slow = { jobs: [{ name: 'clean-up', ignoresCancel: true, runFor: 7 * HOUR }] }
    const { end } = await withClock([slow, ACTIVE], { wait: 'true', timeout: '3h' })
    expect(end.failure).toBeUndefined()
    expect(end.result.runs).toMatchObject([
      { outcome: 'changed', status: 'completed', message: 'cancel requested, ended with success' },
    ])
  })

  it('is forced when it does not come by itself', async () => {
    const { end, simulator, clock } = await withClock([stubborn, ACTIVE], { 'force-after': '5m', wait: 'true' })
    expect(writes(simulator)).toEqual(['POST runs/1001/cancel', 'POST runs/1001/force-cancel'])
    const [soft, forced] = simulator.requests.filter(({ method }) => method === 'POST')
    expect((forced?.at ?? 0) - (soft?.at ?? 0)).toBe(300_000)
    expect(isActive(simulator, 1001)).toBe(false)
    expect(end.result.runs).toMatchObject([
      { outcome: 'changed', reason: 'superseded', status: 'completed', conclusion: 'cancelled' },
    ])
    expect(clock.now()).toBeLessThan(Date.parse('2026-06-15T12:06:00Z'))
  })

  it('is not forced when the run ends in time', async () => {
    const { end, simulator } = await withClock([ACTIVE, ACTIVE], { 'force-after': '5m' })
    expect(writes(simulator)).toEqual(['POST runs/1001/cancel'])
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', conclusion: 'cancelled' }])
  })

  it('is a change even when it comes just before it is forced', async () => {
    const completed = { message: 'Cannot cancel a workflow run that is completed.', status: '409' }
    const plan: [RegExp, Fault][] = [[/force-cancel/, { status: 409, body: completed }]]
    const { end } = await withClock([stubborn, ACTIVE], { 'force-after': '5m' }, plan)
    expect(end.result.runs).toMatchObject([{ outcome: 'changed', reason: 'superseded' }])
  })

  it('is a timeout when the run ignores both', async () => {
    const deaf: RunSpec = { ...ACTIVE, ignores: ['cancel', 'force-cancel'] }
    const { end } = await withClock([deaf, ACTIVE], { 'force-after': '1m', wait: 'true', timeout: '10m' })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'timeout', status: 'in_progress' }])
    expect(end.failure).toContain('10m')
  })

  it('comes through the bundle in real time too', async () => {
    const simulator = await simulate([stubborn, ACTIVE])
    const end = await cancelStale(simulator, { 'force-after': '1s', wait: 'true', 'poll-interval': '1s' })
    expect(writes(simulator)).toEqual(['POST runs/1001/cancel', 'POST runs/1001/force-cancel'])
    expect(end).toMatchObject({ exitCode: 0, outputs: { 'run-id': '1001', conclusion: 'cancelled' } })
  })
})
