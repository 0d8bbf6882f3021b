import { inflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { RunSpec } from '../../simulator/spec.ts'
import { buildZip } from '../../simulator/zip.ts'
import { closeBenches, startBench } from './client.ts'

afterEach(closeBenches)

/** Reads a zip by its central directory, as clients have to. */
function readZip(zip: Buffer): Record<string, string> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  const files: Record<string, string> = {}
  let at = zip.readUInt32LE(end + 16)
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    const [size, nameLength] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)]
    const start = zip.readUInt32LE(at + 42) + 30 + nameLength
    const packed = zip.subarray(start, start + size)
    const content = zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(packed) : packed
    files[zip.toString('utf8', at + 46, at + 46 + nameLength)] = content.toString()
    at += 46 + nameLength
  }
  return files
}

async function startLogs(spec: RunSpec) {
  const bench = await startBench()
  const run = bench.repository.addRun(spec)
  const archive = async (part = '') => {
    const reply = await bench.get(`/runs/${run.id}${part}/logs`)
    const response = await fetch(reply.headers.get('location') ?? '')
    return readZip(Buffer.from(await response.arrayBuffer()))
  }
  return { ...bench, run, archive }
}

describe('a log archive', () => {
  it('has a file per job, a file per step, and system.txt', async () => {
    const { archive } = await startLogs({
      conclusion: 'failure',
      jobs: [
        { name: 'build', conclusion: 'success' },
        {
          name: 'test / unit: "x"',
          conclusion: 'failure',
          steps: [
            { name: 'Set up job' },
            { name: 'Run a/b', number: 4, conclusion: 'failure', log: 'one\n##[error]two' },
            { name: 'Never', conclusion: 'skipped' },
          ],
        },
        { name: 'deploy', conclusion: 'skipped' },
      ],
    })
    const files = await archive()
    expect(Object.keys(files)).toEqual([
      '0_build.txt',
      'build/1_Set up job.txt',
      'build/2_Run build.txt',
      'build/3_Complete job.txt',
      'build/system.txt',
      '1_test _ unit x.txt',
      'test _ unit x/1_Set up job.txt',
      'test _ unit x/4_Run a_b.txt',
      'test _ unit x/system.txt',
    ])
    expect(files['test _ unit x/4_Run a_b.txt']).toMatch(
      /^\uFEFF2026-06-15T12:00:00\.\d{7}Z one\n2026-06-15T12:00:00\.\d{7}Z ##\[error\]two\n$/,
    )
    expect(files['1_test _ unit x.txt']).toContain('##[error]two')
  })

  it('cuts long names at 90 UTF-16 units and numbers equal ones', async () => {
    const long = `${'x'.repeat(89)}😀`
    const { archive } = await startLogs({
      conclusion: 'success',
      archiveLayout: 'jobs-only',
      jobs: [{ name: 'twice' }, { name: 'twice' }, { name: long }, { name: 'a', archiveName: '..' }],
    })
    expect(Object.keys(await archive())).toEqual([
      '0_twice.txt',
      '1_twice (1).txt',
      `2_${'x'.repeat(89)}\uFFFD.txt`,
      '3_...txt',
    ])
  })

  it('comes in the shapes of the old service and of its bad days', async () => {
    const jobs = [{ name: 'a / b' }, { name: 'lost' }]
    const old = await startLogs({ conclusion: 'success', archiveLayout: 'old-service', missing: ['lost'], jobs })
    expect(Object.keys(await old.archive())).toContain('-2147483648_a  b.txt')
    const bare = await startLogs({ conclusion: 'success', archiveLayout: 'no-steps', missing: ['lost'], jobs })
    expect(Object.keys(await bare.archive())).toEqual(['0_a _ b.txt', 'a _ b/system.txt'])
    const raw = buildZip([{ name: '../evil', content: 'x', stored: true }])
    const hostile = await startLogs({ conclusion: 'success', archive: raw })
    expect(await hostile.archive()).toEqual({ '../evil': 'x' })
  })

  it('of a partial re-run has the jobs that ran again; older attempts keep theirs', async () => {
    const { run, archive, post } = await startLogs({
      conclusion: 'failure',
      archiveLayout: 'jobs-only',
      jobs: [
        { name: 'a', conclusion: 'success' },
        { name: 'b', conclusion: ['failure', 'success'] },
      ],
    })
    await post(`/runs/${run.id}/rerun-failed-jobs`)
    expect(Object.keys(await archive())).toEqual(['0_b.txt'])
    expect(Object.keys(await archive('/attempts/1'))).toEqual(['0_a.txt', '1_b.txt'])
  })

  it('is there once the attempt is completed, until it is deleted or expires', async () => {
    const { repository, get, call } = await startBench()
    const status = async (path: string) => (await get(path)).status
    const live = repository.addRun({ status: 'in_progress', attempt: 2 })
    expect(await status(`/runs/${live.id}/logs`)).toBe(404)
    expect(await status(`/runs/${live.id}/attempts/1/logs`)).toBe(302)
    const expired = repository.addRun({ conclusion: 'success', logs: 'expired' })
    expect(await get(`/runs/${expired.id}/logs`)).toMatchObject({
      status: 410,
      body: { message: 'Server Error', status: '410' },
    })
    const kept = repository.addRun({ conclusion: 'success' })
    expect(await status(`/runs/${kept.id}/logs`)).toBe(302)
    expect((await call('DELETE', `/runs/${kept.id}/logs`)).status).toBe(204)
    expect(await status(`/runs/${kept.id}/logs`)).toBe(404)
    expect(await status(`/jobs/${kept.jobs[0]?.id}/logs`)).toBe(404)
    expect(await status(`/runs/${kept.id}`)).toBe(200)
  })
})

describe('a job log', () => {
  it('is plain text, there as soon as the job is completed', async () => {
    const { run, get } = await startLogs({
      status: 'in_progress',
      jobs: [
        { name: 'done', conclusion: 'success', log: 'hello\nworld' },
        { name: 'busy' },
        { name: 'lost', conclusion: 'success', noLog: true },
      ],
    })
    const [done, busy, lost] = run.jobs
    const reply = await get(`/jobs/${done?.id}/logs`)
    const response = await fetch(reply.headers.get('location') ?? '')
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(Buffer.from(await response.arrayBuffer()).toString()).toMatch(/^\uFEFF\S+Z hello\n\S+Z world\n$/)
    expect((await get(`/jobs/${busy?.id}/logs`)).status).toBe(404)
    expect((await get(`/jobs/${lost?.id}/logs`)).status).toBe(404)
  })
})

describe('the storage host', () => {
  async function startStorage() {
    const bench = await startLogs({ conclusion: 'success' })
    const url = (await bench.get(`/runs/${bench.run.id}/logs`)).headers.get('location') ?? ''
    return { ...bench, url }
  }

  it('is another origin, and its URLs expire after a minute', async () => {
    const { simulator, clock, url } = await startStorage()
    expect(url.startsWith(`${simulator.storageUrl}/logs/`)).toBe(true)
    expect(simulator.storageUrl).not.toBe(simulator.serverUrl)
    clock.advance(60_000)
    expect((await fetch(url)).status).toBe(200)
    clock.advance(1)
    const late = await fetch(url)
    expect(late.status).toBe(403)
    expect(await late.text()).toContain('<Code>AuthenticationFailed</Code>')
  })

  it('refuses an Authorization header and a wrong signature', async () => {
    const { simulator, url } = await startStorage()
    expect((await fetch(url, { headers: { authorization: 'token simulator-token' } })).status).toBe(400)
    expect((await fetch(url.replace('signature=', 'signature=x'))).status).toBe(403)
    expect((await fetch(`${simulator.storageUrl}/logs/none`)).status).toBe(404)
    expect(simulator.requests.filter(({ host }) => host === 'storage')).toHaveLength(3)
  })

  it('serves ranges', async () => {
    const { url } = await startStorage()
    const whole = Buffer.from(await (await fetch(url)).arrayBuffer())
    const part = await fetch(url, { headers: { range: 'bytes=2-5' } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes 2-5/${whole.length}`)
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(2, 6))
    const tail = await fetch(url, { headers: { range: 'bytes=-4' } })
    expect(Buffer.from(await tail.arrayBuffer())).toEqual(whole.subarray(-4))
    expect((await fetch(url, { headers: { range: `bytes=${whole.length}-` } })).status).toBe(416)
  })

  it('can end a body early without a trace', async () => {
    const { simulator, url } = await startStorage()
    const whole = (await (await fetch(url)).arrayBuffer()).byteLength
    simulator.failNext({ host: 'storage' }, { kind: 'truncate' })
    const cut = await fetch(url)
    expect([cut.status, cut.headers.get('content-length')]).toEqual([200, null])
    expect((await cut.arrayBuffer()).byteLength).toBe(Math.floor(whole / 2))
    simulator.failNext({ host: 'storage' }, { kind: 'truncate', cut: 10 })
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(10)
  })
})
