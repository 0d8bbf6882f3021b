import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Simulator, startSimulator } from '../../simulator/index.ts'
import type { LogManifest } from '../../src/report.ts'
import { listFiles } from '../support/action.ts'
import { jumpingClock, type OperationEnd, runInProcess } from '../support/in-process.ts'
import { corpus } from './corpus.ts'

const cases = corpus().map((one, index) => ({ ...one, id: 1000 + index }))

const HELD = 'log that is held for the job itself'

/** Where the logs go: deep, so that names that leave it end in a folder that is looked at. */
const FOLDER = 'a/b/c/d'

let root = ''
let simulator: Simulator
const ends = new Map<string, OperationEnd>()

/** Downloads the logs of all runs with this `max-size` at once. */
async function download(maxSize: string): Promise<OperationEnd> {
  const ids = cases.filter((one) => (one.maxSize ?? '100MB') === maxSize).map(({ id }) => id)
  const clock = jumpingClock()
  const inputs = {
    operation: 'download-logs',
    'run-id': ids.join(','),
    path: join(root, FOLDER),
    'max-size': maxSize,
    'excerpt-lines': '0',
  }
  return runInProcess(simulator, inputs, { clock })
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'corpus-'))
  simulator = await startSimulator()
  const jobs = [{ name: 'build', conclusion: 'success', log: HELD }]
  for (const { id, archive } of cases)
    simulator.repository().addRun({ id, conclusion: 'success', jobs, archive: archive() })
  for (const maxSize of ['100MB', '1MB']) ends.set(maxSize, await download(maxSize))
}, 60_000)

afterAll(async () => {
  await simulator.close()
  await rm(root, { recursive: true })
})

/** What came of one archive. */
async function endOf(id: number, maxSize = '100MB') {
  const result = ends.get(maxSize)?.result
  const folder = join(root, FOLDER, String(id))
  return {
    run: result.runs.find((run: { id: number }) => run.id === id),
    log: (result.logs ?? []).find((manifest: LogManifest) => manifest.runId === id)?.jobs[0],
    folder,
    files: await listFiles(folder),
    fetches: simulator.requests.filter(({ path }) => path.endsWith(`/runs/${id}/logs`)).length,
  }
}

describe('an odd archive', () => {
  it('is one of many', () => {
    expect(new Set(cases.map(({ what }) => what)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThan(150)
  })

  it('leaves nothing outside the folder of its run, and no half of it', async () => {
    const folders = new Set(cases.map(({ id }) => `${FOLDER}/${id}`))
    const stray = (await listFiles(root)).filter((file) => !folders.has(file.split('/').slice(0, 5).join('/')))
    expect(stray).toEqual([])
    expect(existsSync('/tmp/escaped.txt')).toBe(false)
  })

  it.each(cases)('has its outcome: $what', async ({ id, outcome, maxSize }) => {
    const { run, log, folder, files, fetches } = await endOf(id, maxSize)
    if ('refused' in outcome) {
      expect(run).toMatchObject({ outcome: 'failed', reason: outcome.refused })
      expect({ files, fetches, log }).toEqual({ files: [], fetches: 1, log: undefined })
      return
    }
    expect(run).toMatchObject({ outcome: 'matched', reason: null })
    expect([...log.files, 'manifest.json'].sort()).toEqual(files)
    if ('byJob' in outcome) {
      const file = `${log.jobId}_build.txt`
      const expected = { files: [file], source: 'api', fetches: outcome.fetches }
      expect({ files: log.files, source: log.source, fetches }).toEqual(expected)
      expect(await readFile(join(folder, file), 'utf8')).toContain(HELD)
      return
    }
    expect(log.files.toSorted()).toEqual(Object.keys(outcome.files).sort())
    for (const [name, content] of Object.entries(outcome.files)) {
      expect((await readFile(join(folder, name))).equals(Buffer.from(content))).toBe(true)
    }
  })
})
