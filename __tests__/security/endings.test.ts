import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Fault, FaultMatch, RunSpec, Simulator } from '../../simulator/index.ts'
import { startProxy } from '../../simulator/proxy.ts'
import { runAction } from '../../simulator/runner.ts'
import { useSimulators } from '../support/checks.ts'

const simulators = useSimulators()
const folders: string[] = []

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

interface TimedStep {
  inputs: Record<string, string>
  env?: Record<string, string>
  signal?: { name: 'SIGTERM' | 'SIGINT'; when: Promise<unknown> }
}

/** Runs the bundle, and says how long it went on after its last line and after the signal, in milliseconds. */
async function runTimed(simulator: Simulator, { inputs, env, signal }: TimedStep) {
  const folder = await mkdtemp(join(tmpdir(), 'ending-'))
  folders.push(folder)
  let lastLine = 0
  let signalled = Number.NaN
  const end = await runAction({
    main: join(import.meta.dirname, '../../dist/index.js'),
    inputs: { token: 'simulator-token', repository: 'octo/hello', ...inputs },
    folder,
    env: { GITHUB_API_URL: simulator.apiUrl, GITHUB_SERVER_URL: simulator.serverUrl, ...env },
    onOutput: () => {
      lastLine = performance.now()
    },
    ...(signal && {
      signal: {
        name: signal.name,
        when: signal.when.then(() => {
          signalled = performance.now()
        }),
      },
    }),
  })
  const now = performance.now()
  simulators.check(end)
  return { ...end, afterLastLine: now - lastLine, afterSignal: now - signalled }
}

/** Resolves a little after the simulator was asked for the path. */
async function asked(simulator: Simulator, { method = 'GET', path, host = 'api' }: FaultMatch): Promise<void> {
  const isIt = (seen: { method: string; path: string; host: string }) =>
    seen.method === method && seen.host === host && (path === undefined || new RegExp(path).test(seen.path))
  while (!simulator.requests.some(isIt)) await sleep(10)
  await sleep(100)
}

/** One moment of an operation in which it is cancelled. */
interface Phase {
  run?: RunSpec
  inputs: Record<string, string>
  fault?: [FaultMatch, Fault]
  /** The request after which the signal comes; default that of the fault. */
  after?: FaultMatch
}

const LIVE: RunSpec = { id: 7, status: 'in_progress' }
const FAILED: RunSpec = { id: 7, conclusion: 'failure', jobs: [{ name: 'a', conclusion: 'failure' }] }
const ARCHIVE = /runs\/7\/logs$/

const PHASES: Record<string, Phase> = {
  listing: { inputs: { operation: 'list-runs' }, fault: [{ path: /runs$/ }, { kind: 'hang' }] },
  'reading half an answer': { inputs: { operation: 'list-runs' }, fault: [{ path: /runs$/ }, { kind: 'stall' }] },
  'waiting before a retry': {
    inputs: { operation: 'list-runs' },
    fault: [{ path: /runs$/ }, { status: 503, headers: { 'retry-after': '30' } }],
  },
  writing: {
    inputs: { operation: 'cancel', 'run-id': '7' },
    fault: [{ method: 'POST', path: /cancel$/ }, { kind: 'hang' }],
  },
  'waiting for a secondary limit': {
    inputs: { operation: 'cancel', 'run-id': '7' },
    fault: [
      { method: 'POST', path: /cancel$/ },
      { status: 403, headers: { 'retry-after': '60' }, body: { message: 'You have exceeded a secondary rate limit.' } },
    ],
  },
  'waiting for the primary limit': {
    inputs: { operation: 'list-runs' },
    fault: [
      { path: /runs$/ },
      {
        status: 403,
        body: { message: 'API rate limit exceeded' },
        headers: {
          'x-ratelimit-limit': '1000',
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 600),
        },
      },
    ],
  },
  'waiting for a run': {
    inputs: { operation: 'wait-for-run', 'run-id': '7', 'poll-interval': '30s' },
    after: { path: /jobs$/ },
  },
  'waiting for a new attempt': {
    run: { ...FAILED, ignores: ['rerun'] },
    inputs: { operation: 'rerun', 'run-id': '7' },
    after: { method: 'POST', path: /rerun$/ },
  },
  'waiting for an environment': {
    inputs: { operation: 'approve', 'run-id': '7', 'appear-timeout': '10m', 'poll-interval': '30s' },
    after: { path: /pending_deployments$/ },
  },
  'asking for logs': {
    run: FAILED,
    inputs: { operation: 'download-logs', 'run-id': '7' },
    fault: [{ path: ARCHIVE }, { kind: 'hang' }],
  },
  'waiting for the storage': {
    run: FAILED,
    inputs: { operation: 'download-logs', 'run-id': '7' },
    fault: [{ host: 'storage' }, { kind: 'hang' }],
  },
  downloading: {
    run: FAILED,
    inputs: { operation: 'download-logs', 'run-id': '7' },
    fault: [{ host: 'storage' }, { kind: 'stall' }],
  },
}

describe('a step that is cancelled', () => {
  it.each(Object.keys(PHASES))('ends within two seconds, as failed, with outputs and summary: %s', async (name) => {
    const { run = LIVE, inputs, fault, after } = PHASES[name] as Phase
    const simulator = await simulators.start()
    simulator.repository().addRun(run)
    if (fault) simulator.failNext(...fault)
    const moment = after ?? fault?.[0] ?? {}
    const signal = { name: name.length % 2 === 0 ? 'SIGTERM' : 'SIGINT', when: asked(simulator, moment) } as const
    const end = await runTimed(simulator, { inputs, signal })
    expect(end.exitCode).toBe(1)
    expect(end.afterSignal).toBeLessThan(2000)
    expect(end.afterLastLine).toBeLessThan(300)
    expect(end.stdout).toContain(`cancelled (${signal.name})`)
    expect(JSON.parse(String(end.outputs.result))).toMatchObject({ operation: inputs.operation })
    expect(end.summary).toContain(`### ${inputs.operation}: ❌ failed`)
  })

  it('ends within two seconds while a proxy opens no connection', async () => {
    const simulator = await simulators.start()
    const proxy = await startProxy({ hosts: {}, hangs: true })
    const connecting = async () => {
      while (proxy.tunnels.length === 0) await sleep(10)
    }
    const end = await runTimed(simulator, {
      inputs: { operation: 'list-runs', 'api-url': 'http://api.test' },
      env: { http_proxy: proxy.url },
      signal: { name: 'SIGTERM', when: connecting() },
    })
    await proxy.close()
    expect([end.exitCode, end.outputs.result !== undefined, end.summary !== '']).toEqual([1, true, true])
    expect([end.afterSignal < 2000, end.afterLastLine < 300]).toEqual([true, true])
  })
})

describe('a step that is done', () => {
  it.each([
    ['list-runs', {}, 0],
    ['get-run', { 'run-id': '7' }, 0],
    ['download-logs', { 'run-id': '7' }, 0],
    ['cancel', { 'run-id': '999' }, 1],
    ['wait-for-run', { 'run-id': '7' }, 1],
  ])('leaves nothing behind that keeps the process alive: %s %j', async (operation, inputs, exitCode) => {
    const simulator = await simulators.start()
    simulator.repository().addRun(FAILED)
    const end = await runTimed(simulator, { inputs: { operation, ...inputs } })
    expect(end.exitCode).toBe(exitCode)
    expect(end.afterLastLine).toBeLessThan(300)
  })

  it('writes all of a long log before it ends', async () => {
    const simulator = await simulators.start()
    for (let id = 1; id <= 1500; id += 1)
      simulator.repository().addRun({ id, conclusion: 'success', title: `x${'y'.repeat(200)}` })
    const end = await runTimed(simulator, { inputs: { operation: 'list-runs', limit: '1500' } })
    const lines = end.stdout.split('\n').filter((line) => /^\d+ x?y*.*: success$/.test(line))
    expect([end.exitCode, lines.length]).toEqual([0, 1500])
    expect(end.stdout).toContain('list-runs: done')
  })
})
