import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../simulator/index.ts'
import { runStep, type Step, type StepEnd } from './support/action.ts'
import { useSimulators } from './support/checks.ts'

const { start, run } = useSimulators()

/** A step that would cancel a superseded run, if nothing stood in its way. */
const cancelStale = (inputs: Record<string, string> = {}): Step['with'] => ({ operation: 'cancel-stale', ...inputs })

async function startBusy(options: Parameters<typeof start>[0] = {}): Promise<Simulator> {
  const simulator = await start(options)
  simulator.repository().addRun({ id: 10, number: 1, status: 'in_progress' })
  simulator.repository().addRun({ id: 11, number: 2, status: 'in_progress' })
  return simulator
}

const lastLine = ({ stdout }: StepEnd): string => stdout.trimEnd().split('\n').at(-1) ?? ''
const messageOf = (end: StepEnd): string =>
  lastLine(end)
    .replace(/^::error::/, '')
    .replaceAll('%0A', '\n')

/** How every step ends that could not do what it was asked to. */
function expectFailure(end: StepEnd, simulator?: Simulator): string {
  expect(end.exitCode).toBe(1)
  expect(end.stderr).toBe('')
  expect(end.stdout).not.toMatch(/^\s+at .*:\d+/m)
  expect(lastLine(end)).toMatch(/^::error::/)
  expect(end.result.message ?? end.result.runs[0]?.message).toBeTruthy()
  expect(end.outputs).toMatchObject({ 'result-path': expect.any(String), 'run-ids': expect.any(String) })
  const writes = simulator?.requests.filter(({ method }) => method !== 'GET') ?? []
  expect(writes).toEqual([])
  return messageOf(end)
}

describe('wrong inputs', () => {
  it('without an operation: the operations are listed', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: {} })
    const message = expectFailure(end, simulator)
    expect(message).toMatch(/^Input `operation` is required: expected one of .*`cancel-stale`/)
    expect(end.summary).toMatch(/^### no operation: ❌ failed/)
    expect(simulator.requests).toEqual([])
  })

  it('an unknown operation: the nearest is suggested, and what else is wrong is told as well', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: { operation: 'cancel-stael', 'stale-after': '30', limit: 'x' } })
    const message = expectFailure(end, simulator)
    expect(message).toMatch(
      /^3 inputs are wrong:\n- Input `operation` is "cancel-stael".*Did you mean `cancel-stale`\?/,
    )
    expect(message).toMatch(/\n- Input `stale-after` is "30"/)
    expect(message).toMatch(/\n- Input `limit` is "x"/)
    expect(end.result.operation).toBe('cancel-stael')
    expect(simulator.requests).toEqual([])
  })

  it('an operation that would be a path or a heading harms nothing', async () => {
    const simulator = await startBusy()
    const operation = `../../${'x'.repeat(300)}\n# <b>`
    const end = await run(simulator, { with: { operation } })
    expectFailure(end, simulator)
    expect(end.outputs['result-path']).toMatch(/\/temp\/operation-[0-9a-f-]{36}\.json$/)
    expect(end.summary).not.toMatch(/<b>|^# /m)
  })

  it('are told of together, in the log, in `result` and in the summary, before any request', async () => {
    const simulator = await startBusy()
    const inputs = { timeout: '60', superseded: 'yes', repository: 'octo/..', 'run-id': 'latest', status: 'failed' }
    const end = await run(simulator, { with: cancelStale(inputs) })
    const message = expectFailure(end, simulator)
    for (const name of Object.keys(inputs)) expect(message).toContain(`\n- Input \`${name}\` is "`)
    expect(end.result).toMatchObject({ operation: 'cancel-stale', repository: null, reason: null, runs: [] })
    expect(end.result.message).toBe(message)
    expect(end.summary).toContain('5 inputs are wrong')
    expect(simulator.requests).toEqual([])
  })

  it('a run named twice, and one of another repository', async () => {
    const simulator = await startBusy()
    const other = 'https://github.com/octo/other/actions/runs/12'
    const message = expectFailure(
      await run(simulator, { with: cancelStale({ 'run-id': `10 10 ${other}` }) }),
      simulator,
    )
    expect(message).toMatch(/run 10 more than once/)
    expect(message).toMatch(/run 12 of octo\/other, but `repository` is octo\/hello/)
    expect(simulator.requests).toEqual([])
  })

  it('an input that the operation does not use is a warning', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: cancelStale({ 'fail-fast': 'true', 'dry-run': 'true' }) })
    expect(end.exitCode).toBe(0)
    expect(end.stdout).toContain('::warning::Input `fail-fast` is set, but `cancel-stale` does not use it.')
  })

  it('`summary: false` keeps the summary empty, also when something else is wrong', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: cancelStale({ summary: 'false', timeout: '5' }) })
    expectFailure(end, simulator)
    expect(end.summary).toBe('')
  })
})

describe('a token', () => {
  it('is masked before anything else is said', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: { token: 'canary-token', operation: 'nonsense' } })
    expect(end.stdout.split('\n')[0]).toBe('::add-mask::canary-token')
  })

  it('that stands in another input is shown nowhere, not even in the escapes of Markdown', async () => {
    const simulator = await startBusy()
    const token = 'ghp_canary_1'
    const end = await run(simulator, { with: cancelStale({ token, repository: token }) })
    expectFailure(end, simulator)
    expect(end.summary.replaceAll('&#95;', '_')).not.toContain(token)
  })

  it('with a line break is refused without being shown', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: cancelStale({ token: 'canary\ntoken' }) })
    expect(expectFailure(end, simulator)).toMatch(/^Input `token` is a value: expected a token without white space/)
    expect(simulator.requests).toEqual([])
  })

  it('that the server does not know', async () => {
    const simulator = await startBusy()
    const message = expectFailure(await run(simulator, { with: cancelStale({ token: 'unknown-token' }) }), simulator)
    expect(message).toMatch(/^GitHub answered 401 .*: Bad credentials\. .*Check `token`/)
  })

  it('that may not do it: the permission to add is named, and nothing was written', async () => {
    const simulator = await startBusy()
    simulator.addToken('reader', { kind: 'installation', login: 'x', permissions: { actions: 'read' } })
    const end = await run(simulator, { with: cancelStale({ token: 'reader', 'run-id': '10' }) })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 10, outcome: 'failed', reason: 'permission' }])
    expect(messageOf(end)).toMatch(/Resource not accessible by integration\..*`actions: write`/)
    expect(simulator.repository().run(10)?.status).toBe('in_progress')
  })

  it('that may see nothing: the permission is named at the top', async () => {
    const simulator = await startBusy()
    simulator.addToken('nobody', { kind: 'installation', login: 'x', permissions: {} })
    const end = await run(simulator, { with: cancelStale({ token: 'nobody' }) })
    expect(expectFailure(end, simulator)).toMatch(/It needs the permission `actions: /)
    expect(end.result.reason).toBe('permission')
  })
})

describe('a server', () => {
  /** A port that nobody listens on. */
  async function closedPort(): Promise<number> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  const inputs = (more: Record<string, string>) =>
    cancelStale({ token: 'canary-token', repository: 'octo/hello', timeout: '1s', ...more })

  it('that cannot be reached: its URL and what to check, no stack trace', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`
    const end = await runStep({ with: inputs({}), env: { GITHUB_API_URL: url } })
    expect(expectFailure(end)).toMatch(
      new RegExp(`^No answer to GET .* from ${url}: .*ECONNREFUSED.* Check the network of the runner, its proxy`),
    )
    expect(end.result.reason).toBe('server-error')
  })

  it('that cannot be reached: with debug logging the stack trace is there', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`
    const end = await runStep({ with: inputs({}), env: { GITHUB_API_URL: url, RUNNER_DEBUG: '1' } })
    expect(end.stdout).toMatch(/^::debug::.*%0A\s+at /m)
  })

  it.each(['http://ghe.example/api/v3', 'HTTP://ghe.example/api/v3'])(
    '%s in the environment is refused: the token would be sent unencrypted',
    async (url) => {
      const end = await runStep({ with: inputs({}), env: { GITHUB_API_URL: url } })
      const message = expectFailure(end)
      expect(message).toMatch(/^GITHUB_API_URL is http:\/\/ghe\.example\/api\/v3: set the input `api-url`/)
      expect(end.result.requests.total).toBe(0)
    },
  )

  it('by plain http is taken when `api-url` says so', async () => {
    const end = await runStep({ with: inputs({ 'api-url': 'http://ghe.invalid/api/v3' }) })
    expect(expectFailure(end)).toMatch(/No answer to GET .* from http:\/\/ghe\.invalid/)
  })

  it('whose URL in the environment is none is told', async () => {
    const end = await runStep({ with: inputs({}), env: { GITHUB_API_URL: 'nonsense' } })
    expect(expectFailure(end)).toMatch(/GITHUB_API_URL is no base URL of a REST API: set the input `api-url`/)
  })

  it('given by `api-url` counts more than the one in the environment, be that nonsense', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, {
      with: cancelStale({ 'api-url': `${simulator.apiUrl}/` }),
      env: { GITHUB_API_URL: 'nonsense' },
    })
    expect([end.exitCode, end.outputs['changed-count']]).toEqual([0, '1'])
  })

  it('behind a proxy that is none ends the step at once', async () => {
    const end = await runStep({
      with: inputs({ 'api-url': 'https://ghe.invalid', timeout: '1h' }),
      env: { https_proxy: 'nonsense[', no_proxy: '' },
    })
    expectFailure(end)
    expect(end.milliseconds).toBeLessThan(5000)
  })

  it('of an older version is asked with the old API version, with one notice', async () => {
    const simulator = await startBusy({ apiVersions: ['2022-11-28'], enterpriseVersion: '3.19.0' })
    const end = await run(simulator, { with: cancelStale() })
    expect(end.exitCode).toBe(0)
    expect(end.stdout.match(/^::notice::.*$/gm)).toEqual([
      '::notice::This server does not know API version 2026-03-10: using 2022-11-28.',
    ])
  })

  it('that does not know the run: the run is named', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: { operation: 'rerun-failed', 'run-id': '404404' } })
    expect(expectFailure(end, simulator)).toMatch(/^run 404404: .*404.*Check `repository` and the id/)
    expect(end.result.runs).toMatchObject([{ id: 404404, outcome: 'failed', reason: 'not-found' }])
  })
})

describe('a runner', () => {
  it('with a broken event file is one without an event', async () => {
    const simulator = await startBusy()
    const folder = await mkdtemp(join(tmpdir(), 'event-'))
    const event = join(folder, 'event.json')
    await writeFile(event, '{"workflow_run": ')
    for (const path of [event, join(folder, 'missing.json'), folder]) {
      const end = await run(simulator, { with: cancelStale({ 'dry-run': 'true' }), env: { GITHUB_EVENT_PATH: path } })
      expect([end.exitCode, end.stderr, end.outputs['matched-count']]).toEqual([0, '', '1'])
    }
    await rm(folder, { recursive: true })
  })

  it('whose temporary folder is missing gets one', async () => {
    const simulator = await startBusy()
    const folder = await mkdtemp(join(tmpdir(), 'temp-'))
    const end = await run(simulator, { with: cancelStale(), env: { RUNNER_TEMP: join(folder, 'missing') } })
    expect([end.exitCode, end.outputs['result-path']?.startsWith(join(folder, 'missing'))]).toEqual([0, true])
    await rm(folder, { recursive: true })
  })

  it('that names no temporary folder gets the file where the step runs', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: cancelStale(), env: { RUNNER_TEMP: '' } })
    expect(end.outputs['result-path']?.startsWith(end.workspace)).toBe(true)
  })

  it('whose temporary folder cannot be written fails the step, with the outputs and the summary all the same', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: cancelStale(), env: { RUNNER_TEMP: '/dev/null/x' } })
    expect(end.exitCode).toBe(1)
    expect(messageOf(end)).toMatch(/^The file of `result-path` could not be written: /)
    expect([end.outputs['changed-count'], end.result.counts.changed]).toEqual(['1', 1])
    expect(end.summary).toContain('cancel-stale')
  })

  it.each(['GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'])(
    'without the file of %s fails the step and says so',
    async (name) => {
      const simulator = await startBusy()
      const end = await run(simulator, { with: cancelStale(), env: { [name]: '/nowhere/file' } })
      expect([end.exitCode, end.stderr]).toEqual([1, ''])
      expect(messageOf(end)).toMatch(/could not be written: .*\/nowhere\/file/)
      expect(simulator.repository().run(10)?.status).toBe('completed')
    },
  )

  it('without a file for the summary gets none', async () => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: cancelStale(), env: { GITHUB_STEP_SUMMARY: '' } })
    expect([end.exitCode, end.outputs['changed-count']]).toEqual([0, '1'])
  })
})

describe('the end of a step', () => {
  it.each(['30d', '5w'])('is not brought about by a `timeout` of %s, longer than a timer can wait', async (timeout) => {
    const simulator = await startBusy()
    const end = await run(simulator, { with: cancelStale({ timeout }) })
    expect([end.exitCode, end.outputs['changed-count']]).toEqual([0, '1'])
  })

  it('comes at once after success and after failure, whatever timers and connections are left', async () => {
    const simulator = await startBusy({ rateLimit: { limit: 1000 } })
    const success = await run(simulator, { with: cancelStale({ timeout: '6h' }) })
    const failure = await run(simulator, { with: cancelStale({ timeout: '6h', 'run-id': '12', repository: 'octo/x' }) })
    expect([success.exitCode, failure.exitCode]).toEqual([0, 1])
    expect(Math.max(success.milliseconds, failure.milliseconds)).toBeLessThan(2500)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('comes with outputs and summary after %s in a request', async (name) => {
    const simulator = await startBusy()
    simulator.failNext({ method: 'GET' }, { kind: 'hang', times: 99 })
    let killedAt = 0
    const when = (async () => {
      while (simulator.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      killedAt = performance.now()
    })()
    const end = await run(simulator, { with: cancelStale(), signal: { name, when } })
    expect(performance.now() - killedAt).toBeLessThan(2000)
    expect(expectFailure(end, simulator)).toBe(`The step was cancelled (${name}) before the operation had ended.`)
    expect([end.result.reason, end.summary.includes('❌ failed')]).toEqual(['timeout', true])
  })

  it('comes within 2 s after SIGTERM in a write that is not answered', async () => {
    const simulator = await startBusy()
    simulator.failNext({ method: 'POST' }, { kind: 'hang', times: 99 })
    let killedAt = 0
    const when = (async () => {
      while (!simulator.requests.some(({ method }) => method === 'POST')) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      killedAt = performance.now()
    })()
    const end = await run(simulator, { with: cancelStale(), signal: { name: 'SIGTERM', when } })
    expect(performance.now() - killedAt).toBeLessThan(2000)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ id: 10, outcome: 'failed', reason: 'timeout' }])
  })
})
