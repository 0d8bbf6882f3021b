import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { get as httpGet, type RequestOptions } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { scaledClock } from '../../simulator/clock.ts'
import { closeBenches, startBench } from './client.ts'

afterEach(closeBenches)

function read(options: RequestOptions): Promise<{ status: number | undefined; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>()
  httpGet(options, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
  }).once('error', reject)
  return promise
}

describe('a unix socket', () => {
  it('serves both hosts, under the public name of the server', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'simulator-'))
    const socketPath = join(directory, 'socket')
    const publicUrls = { api: 'https://api.github.com', server: 'https://github.com' }
    const { simulator, repository, get } = await startBench({ basePath: '', socketPath, publicUrls })
    const run = repository.addRun({ conclusion: 'success' })
    const reply = await read({
      socketPath,
      path: `/repos/octo/hello/actions/runs/${run.id}`,
      headers: { host: 'api.github.com', authorization: 'token simulator-token' },
    })
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.body)).toMatchObject({
      jobs_url: `https://api.github.com/repos/octo/hello/actions/runs/${run.id}/jobs`,
      html_url: `https://github.com/octo/hello/actions/runs/${run.id}`,
    })
    const signed = new URL((await get(`/runs/${run.id}/logs`)).headers.get('location') ?? '')
    const archive = await read({ socketPath, path: signed.pathname + signed.search, headers: { host: signed.host } })
    expect(archive.status).toBe(200)
    expect(simulator.requests.at(-1)?.host).toBe('storage')
    await simulator.close()
    await rm(directory, { recursive: true })
  })
})

describe('the command line', () => {
  it('prints what a client needs, and ends on a signal', async () => {
    const child = spawn(process.execPath, ['simulator/cli.ts', '--demo', '--time-scale', '60'])
    const { promise, resolve } = Promise.withResolvers<string>()
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes('GITHUB_TOKEN=')) resolve(output)
    })
    const apiUrl = /GITHUB_API_URL=(\S+)/.exec(await promise)?.[1]
    const response = await fetch(`${apiUrl}/repos/octo/hello/actions/runs`, {
      headers: { authorization: 'token simulator-token', connection: 'close' },
    })
    const { workflow_runs: runs } = (await response.json()) as { workflow_runs: { status: string }[] }
    expect(new Set(runs.map(({ status }) => status)).size).toBeGreaterThanOrEqual(4)
    const ended = new Promise((resolveEnd) => child.once('exit', resolveEnd))
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })

  it('explains a wrong option', async () => {
    const child = spawn(process.execPath, ['simulator/cli.ts', '--latency', 'soon'])
    expect(await text(child.stderr)).toContain('--latency soon is not a number')
  })
})

describe('a scaled clock', () => {
  it('runs faster than real time', async () => {
    const clock = scaledClock(10_000, 0)
    const start = performance.now()
    while (performance.now() - start < 5) expect(clock.now()).toBeGreaterThanOrEqual(0)
    expect(clock.now()).toBeGreaterThanOrEqual(50_000)
  })
})
