import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { buildZip, type Fault, type RunSpec, type Simulator, type ZipEntry } from '../../simulator/index.ts'
import { listFiles, requestLines, type Step, type StepEnd } from '../support/action.ts'
import { assertNoSecrets, useSimulators } from '../support/checks.ts'
import { jumpingClock, runInProcess } from '../support/in-process.ts'

const simulators = useSimulators()

const RUN: RunSpec = {
  id: 100,
  conclusion: 'success',
  archiveLayout: 'jobs-only',
  jobs: [{ name: 'build', log: 'hello' }],
}

async function start(run: RunSpec = RUN) {
  const simulator = await simulators.start()
  return { simulator, run: simulator.repository().addRun(run) }
}

const download = (simulator: Simulator, inputs: Record<string, string> = {}, step: Partial<Step> = {}) =>
  simulators.run(simulator, { ...step, with: { operation: 'download-logs', 'run-id': '100', path: 'logs', ...inputs } })

const filesOf = (end: StepEnd) => listFiles(join(end.workspace, 'logs'))

const fetches = (simulator: Simulator) => simulator.requests.filter(({ host }) => host === 'storage')

/** The same with pauses that take no time. */
async function downloadInProcess(fault: Fault) {
  const clock = jumpingClock()
  const simulator = await simulators.start({ clock: clock.time })
  simulator.repository().addRun(RUN)
  simulator.failNext({ host: 'storage' }, fault)
  const folder = await mkdtemp(join(tmpdir(), 'logs-'))
  try {
    const inputs = { operation: 'download-logs', 'run-id': '100', path: folder }
    const end = simulators.check(await runInProcess(simulator, inputs, { clock }))
    return { simulator, end, files: await listFiles(folder) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('the signed URL', () => {
  it('gets no token, is masked, and is shown nowhere else', async () => {
    const { simulator } = await start()
    simulator.failNext({ host: 'storage' }, { status: 503 })
    const end = await download(simulator, {}, { env: { RUNNER_DEBUG: '1' } })
    expect(end.exitCode).toBe(0)
    const signed = fetches(simulator)
    expect(signed).toHaveLength(2)
    for (const { requestHeaders, query } of signed) {
      expect(Object.keys(requestHeaders)).not.toEqual(expect.arrayContaining(['authorization']))
      expect(requestHeaders).not.toHaveProperty('x-github-api-version')
      expect(requestHeaders).not.toHaveProperty('cookie')
      assertNoSecrets(end, [query.signature ?? 'none'])
      expect(end.stdout).toMatch(new RegExp(`^::add-mask::.*${query.signature}`, 'm'))
    }
  })

  it.each<{ what: string; fault: Fault }>([
    { what: 'it has expired', fault: { status: 403 } },
    { what: 'the connection breaks', fault: { kind: 'reset' } },
    { what: 'the storage fails', fault: { status: 500 } },
  ])('is asked for again when $what', async ({ fault }) => {
    const { simulator, end, files } = await downloadInProcess(fault)
    expect(end.failure).toBeUndefined()
    expect(files).toEqual(['0_build.txt', 'manifest.json'])
    expect(requestLines(simulator).filter((line) => line === 'GET runs/100/logs')).toHaveLength(2)
    const [first, second] = fetches(simulator)
    expect(first?.query.signature).not.toBe(second?.query.signature)
  })

  it('is given up after three tries, and nothing is left', async () => {
    const { simulator, end, files } = await downloadInProcess({ status: 403, times: 10 })
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'server-error' }])
    expect(end.result.runs[0].message).toContain('answered 403')
    expect(fetches(simulator)).toHaveLength(3)
    expect(files).toEqual([])
  })
})

describe('a damaged archive', () => {
  it('is fetched once more', async () => {
    const { simulator } = await start()
    simulator.failNext({ host: 'storage' }, { kind: 'truncate' })
    const end = await download(simulator)
    expect(end.exitCode).toBe(0)
    expect(end.result.logs.jobs).toMatchObject([{ source: 'job', files: ['0_build.txt'] }])
    expect(fetches(simulator)).toHaveLength(2)
    expect(end.stdout).toContain('fetching it again')
  })

  it.each<{ what: string; fault: Fault }>([
    { what: 'cut twice', fault: { kind: 'truncate', times: 2 } },
    { what: 'no archive at all', fault: { status: 200, body: 'this is none', times: 2 } },
    { what: 'empty', fault: { status: 200, body: '', times: 2 } },
  ])('is replaced by the logs of its jobs: $what', async ({ fault }) => {
    const { simulator, run } = await start()
    simulator.failNext({ host: 'storage' }, fault)
    const end = await download(simulator)
    expect(end.exitCode).toBe(0)
    const id = run.jobs[0]?.id
    expect(end.result.logs.jobs).toMatchObject([{ source: 'api', files: [`${id}_build.txt`] }])
    expect(await filesOf(end)).toEqual([`${id}_build.txt`, 'manifest.json'])
    expect(requestLines(simulator).slice(2)).toEqual(['GET runs/100/logs', 'GET runs/100/logs', `GET jobs/${id}/logs`])
  })

  it.each<{ what: string; entry: Partial<ZipEntry> }>([
    { what: 'a wrong checksum', entry: { crc: 1 } },
    { what: 'a wrong size', entry: { declaredSize: 3 } },
    { what: 'a size too large', entry: { declaredSize: 3000 } },
  ])('is recognised by $what', async ({ entry }) => {
    const archive = buildZip([{ name: '0_build.txt', content: 'wrong', ...entry }])
    const { simulator, run } = await start({ ...RUN, archive })
    const end = await download(simulator)
    expect(end.exitCode).toBe(0)
    expect(end.result.logs.jobs).toMatchObject([{ source: 'api' }])
    expect(await readFile(join(end.workspace, 'logs', `${run.jobs[0]?.id}_build.txt`), 'utf8')).toContain('hello')
    expect(fetches(simulator)).toHaveLength(3)
  })

  it('that has only the lines of the runner for a job does not count as its log', async () => {
    const archive = buildZip([{ name: 'build/system.txt', content: 'Requested labels: x' }])
    const { simulator } = await start({ ...RUN, archive })
    const end = await download(simulator)
    expect(end.result.logs.jobs).toMatchObject([{ source: 'api', reason: null }])
  })
})

describe('a hostile archive', () => {
  const good: ZipEntry = { name: '0_build.txt', content: 'fine' }
  const entries: (ZipEntry & { what: string })[] = [
    { what: 'leaves the folder', name: '../escaped.txt', content: 'x' },
    { what: 'leaves it from a folder', name: 'build/../../escaped.txt', content: 'x' },
    { what: 'is absolute', name: '/tmp/escaped.txt', content: 'x' },
    { what: 'has a backslash', name: '..\\escaped.txt', content: 'x' },
    { what: 'names a drive', name: 'C:escaped.txt', content: 'x' },
    { what: 'names a share', name: '//host/share/escaped.txt', content: 'x' },
    { what: 'has a NUL', name: 'build/1_a\0.txt', content: 'x' },
    { what: 'is a link', name: 'build/1_a.txt', content: '/etc/passwd', symlink: true },
    { what: 'is a device', name: 'build/1_a.txt', content: '', externalAttributes: 0o020666 * 0x10000 },
    { what: 'comes twice', name: '0_build.txt', content: 'x' },
    { what: 'differs in case only', name: '0_BUILD.txt', content: 'x' },
    { what: 'is a folder and a file', name: '0_build.txt/1_a.txt', content: 'x' },
  ]

  it.each(entries)('is refused whole when an entry $what', async ({ what: _what, ...entry }) => {
    const { simulator } = await start({ ...RUN, archive: buildZip([good, entry]) })
    const end = await download(simulator)
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'unsafe-archive' }])
    expect(end.outputs['log-count'] ?? '0').toBe('0')
    expect(await filesOf(end)).toEqual([])
    expect(await listFiles(join(end.workspace, '..', 'workspace'))).toEqual([])
    expect(await listFiles(join(end.workspace, '..', 'home'))).toEqual([])
    expect(fetches(simulator)).toHaveLength(1)
  })

  it('is refused as zip too', async () => {
    const archive = buildZip([good, { name: '../escaped.txt', content: 'x' }])
    const { simulator } = await start({ ...RUN, archive })
    const end = await download(simulator, { format: 'zip' })
    expect(end.result.runs).toMatchObject([{ reason: 'unsafe-archive' }])
    expect(await filesOf(end)).toEqual([])
  })

  it.each([
    { what: 'in its size', entry: {} },
    { what: 'in its directory, which lies', entry: { declaredSize: 10 } },
  ])('is refused as too-large when it exceeds max-size $what', async ({ entry }) => {
    const archive = buildZip([{ name: '0_build.txt', content: 'x'.repeat(2_000_000), ...entry }])
    const { simulator } = await start({ ...RUN, archive })
    const end = await download(simulator, { 'max-size': '1MB' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'too-large' }])
    expect(end.result.runs[0].message).toContain('max-size')
    expect(await filesOf(end)).toEqual([])
  })

  it('is refused as too-large when it has more than 10,000 entries, but kept as zip', async () => {
    const files = Array.from({ length: 10_001 }, (_, index) => ({
      name: `build/${index}_a.txt`,
      content: '',
      stored: true,
    }))
    const { simulator } = await start({ ...RUN, archive: buildZip([...files.slice(1), good]) })
    const end = await download(simulator)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'too-large' }])
    expect(end.result.runs[0].message).toContain('10001')
    expect(await filesOf(end)).toEqual([])
    const kept = await download(simulator, { format: 'zip' })
    expect(kept.exitCode).toBe(0)
    expect(await filesOf(kept)).toEqual(['logs-100-1.zip', 'manifest.json'])
  })
})

describe('logs of jobs', () => {
  it('count against max-size too, and the first that is too much ends the download', async () => {
    const jobs = Array.from({ length: 30 }, (_, index) => ({
      name: `job ${index}`,
      conclusion: 'success',
      log: 'x'.repeat(400_000),
    }))
    const { simulator } = await start({ id: 100, status: 'in_progress', jobs: [...jobs, { name: 'busy' }] })
    const end = await download(simulator, { 'max-size': '1MB' })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'too-large' }])
    expect(await filesOf(end)).toEqual([])
    expect(fetches(simulator).length).toBeLessThan(10)
  })
})

describe('the destination', () => {
  /** Runs the download into a folder that a test has prepared. */
  async function prepared(prepare: (folder: string) => Promise<void>, run: RunSpec = RUN) {
    const { simulator } = await start(run)
    const first = await download(simulator, { 'only-failed': 'true' })
    const folder = join(first.workspace, 'shared')
    await mkdir(folder)
    await prepare(folder)
    return { folder, outside: join(first.workspace, 'outside'), end: await download(simulator, { path: folder }) }
  }

  it('keeps what has another name, in folders too, and replaces what has the same', async () => {
    const { folder, end } = await prepared(
      async (path) => {
        await mkdir(join(path, 'build'))
        await writeFile(join(path, 'mine.txt'), 'mine')
        await writeFile(join(path, 'build/mine.txt'), 'mine')
        await writeFile(join(path, '0_build.txt'), 'old')
      },
      { ...RUN, archiveLayout: 'full' },
    )
    expect(end.exitCode).toBe(0)
    expect(await listFiles(folder)).toEqual([
      '0_build.txt',
      'build/1_Run build.txt',
      'build/mine.txt',
      'build/system.txt',
      'manifest.json',
      'mine.txt',
    ])
    expect(await readFile(join(folder, '0_build.txt'), 'utf8')).toContain('hello')
  })

  it('has its links replaced, never followed', async () => {
    const { folder, outside, end } = await prepared(
      async (path) => {
        await mkdir(join(path, '../outside'))
        await writeFile(join(path, '../outside/victim.txt'), 'safe')
        await symlink('../outside/victim.txt', join(path, '0_build.txt'))
        await symlink('../outside', join(path, 'build'))
        await symlink('../outside/victim.txt', join(path, 'kept'))
      },
      { ...RUN, archiveLayout: 'full' },
    )
    expect(end.exitCode).toBe(0)
    expect(await readFile(join(outside, 'victim.txt'), 'utf8')).toBe('safe')
    expect(await listFiles(outside)).toEqual(['victim.txt'])
    expect(await listFiles(folder)).toEqual(expect.arrayContaining(['0_build.txt', 'build/system.txt']))
    expect(await readlink(join(folder, 'kept'))).toBe('../outside/victim.txt')
  })

  it('has nothing left in it when the step is cancelled meanwhile', async () => {
    const { simulator } = await start()
    simulator.failNext({ host: 'storage' }, { kind: 'hang' })
    const asked = async () => {
      for (let look = 0; look < 250 && fetches(simulator).length === 0; look += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const end = await download(simulator, {}, { signal: { name: 'SIGTERM', when: asked() } })
    expect(end.exitCode).toBe(1)
    expect(end.result.runs).toMatchObject([{ outcome: 'failed', reason: 'timeout' }])
    expect(await filesOf(end)).toEqual([])
  })

  it('takes jobs whose names are those of its own files', async () => {
    const jobs = [
      { name: 'manifest.json', log: 'a' },
      { name: 'logs-100-1.zip', log: 'b' },
    ]
    const { simulator } = await start({ id: 100, conclusion: 'success', jobs })
    const end = await download(simulator, { format: 'both' })
    expect(end.exitCode).toBe(0)
    expect(end.result.logs.jobs).toMatchObject([{ name: 'manifest.json' }, { name: 'logs-100-1.zip' }])
    expect(end.result.logs.jobs.every(({ bytes }: { bytes: number }) => bytes > 0)).toBe(true)
    expect(await filesOf(end)).toEqual(expect.arrayContaining(['logs-100-1.zip', 'manifest.json']))
  })
})
