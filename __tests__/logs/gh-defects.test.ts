import { execFile, execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { buildZip, type JobSpec, type RunSpec, type Simulator } from '../../simulator/index.ts'
import { useSimulators } from '../support/checks.ts'
import { jumpingClock, type OperationEnd, runInProcess } from '../support/in-process.ts'

// What GitHub's own command line gets wrong with logs, as far as it is installed shown beside what comes of it here.

const simulators = useSimulators()

function hasGh(): boolean {
  try {
    execFileSync('gh', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const isInstalled = hasGh()
const tell = (text: string) => process.stderr.write(`${text}\n`)
if (!isInstalled) tell('NOTICE: gh is not installed: its defects are not shown, only that they are none here.')

interface Defect {
  what: string
  run: RunSpec
  /** Text that has to be in the log of the job of this place. */
  expected: [place: number, text: string][]
}

const job = (name: string, text: string, more: Partial<JobSpec> = {}): JobSpec => ({
  name,
  conclusion: 'success',
  steps: [{ name: 'Test', log: text }],
  ...more,
})

const giant = (length: number) => `${'x'.repeat(length)}\n##[error]said after the long line`

const defects: Defect[] = [
  {
    what: 'the rest of a log after a line of 64 KiB',
    run: { jobs: [job('build', giant(65_536))] },
    expected: [[0, 'said after the long line']],
  },
  {
    what: 'an archive without files for steps',
    run: { jobs: [job('build', 'text of build')], archiveLayout: 'jobs-only' },
    expected: [[0, 'text of build']],
  },
  {
    what: 'two jobs of one name',
    run: { jobs: [job('test', 'text of the first'), job('test', 'text of the second')] },
    expected: [
      [0, 'text of the first'],
      [1, 'text of the second'],
    ],
  },
  {
    what: 'a job whose name ends that of another',
    run: { jobs: [job('sad job', 'text of sad'), job('ad job', 'text of ad')], archiveLayout: 'jobs-only' },
    expected: [
      [0, 'text of sad'],
      [1, 'text of ad'],
    ],
  },
  {
    what: 'a job of a called workflow, a colon, and a long name',
    run: {
      jobs: [
        job('caller / called', 'text of called'),
        job('a: b', 'text of colon'),
        job('n'.repeat(120), 'text of long'),
      ],
    },
    expected: [
      [0, 'text of called'],
      [1, 'text of colon'],
      [2, 'text of long'],
    ],
  },
  {
    what: 'a skipped job beside others',
    run: { jobs: [job('build', 'text of build'), { name: 'deploy', conclusion: 'skipped' }] },
    expected: [[0, 'text of build']],
  },
  {
    what: 'a job that the archive does not have',
    run: { jobs: [job('kept', 'text of kept'), job('absent', 'text of absent')], missing: ['absent'] },
    expected: [
      [0, 'text of kept'],
      [1, 'text of absent'],
    ],
  },
  {
    what: 'an archive that is empty',
    run: { jobs: [job('build', 'text of build')], archive: buildZip([]) },
    expected: [[0, 'text of build']],
  },
  {
    what: 'an answer that is no archive',
    run: { jobs: [job('build', 'text of build')], archive: Buffer.from('<html>502</html>') },
    expected: [[0, 'text of build']],
  },
  {
    what: 'a job that has ended while another runs',
    run: { status: 'in_progress', jobs: [job('build', 'text of build'), { name: 'busy', status: 'in_progress' }] },
    expected: [[0, 'text of build']],
  },
]

/** What gh prints for the logs of a job, over the simulator's socket. */
async function askGh(folder: string, jobId: number | undefined): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: folder, GH_CONFIG_DIR: folder }
  const options = { env: { ...env, GH_TOKEN: 'simulator-token', GH_NO_UPDATE_NOTIFIER: '1', NO_COLOR: '1' } }
  const asked = promisify(execFile)('gh', ['run', 'view', '-R', 'octo/hello', '--job', String(jobId), '--log'], options)
  asked.child.stdin?.end()
  return asked.then(
    ({ stdout }) => stdout,
    (error: { stderr?: string }) => `failed: ${error.stderr?.trim()}`,
  )
}

async function start(folder: string): Promise<Simulator> {
  const socketPath = join(folder, 'gh.sock')
  await writeFile(join(folder, 'config.yml'), `http_unix_socket: ${socketPath}\n`)
  // Its own addresses go to the action; gh takes any, since all its requests go to the socket.
  return simulators.start({
    basePath: '',
    socketPath,
    enterpriseVersion: null,
    publicUrls: { api: 'https://api.github.com', server: 'https://github.com' },
  })
}

async function download(simulator: Simulator, path: string) {
  const inputs = { operation: 'download-logs', 'run-id': '100', path, 'excerpt-lines': '0' }
  return runInProcess(simulator, inputs, { clock: jumpingClock() })
}

const beginning = (text: string) => JSON.stringify(text.length > 90 ? `${text.slice(0, 90)}…` : text)

/** The whole log of a job, as it was downloaded. */
function readWhole({ result }: OperationEnd, folder: string, id: number | undefined): Promise<string> {
  const log = result.logs.jobs.find(({ jobId }: { jobId: number }) => jobId === id)
  return readFile(
    join(
      folder,
      log.files.find((file: string) => !file.includes('/')),
    ),
    'utf8',
  )
}

async function compareWithGh(what: string, text: string, folder: string, id: number | undefined): Promise<void> {
  if (!isInstalled) return
  const printed = await askGh(folder, id)
  tell(`${what}: here ${beginning(text)}; gh ${printed.includes(text) ? 'too' : beginning(printed)}`)
}

describe('logs are whole where the command line fails', () => {
  it.each(defects)('with $what', async ({ what, run, expected }) => {
    const folder = await mkdtemp(join(tmpdir(), 'gh-'))
    const simulator = await start(folder)
    const { jobs } = simulator.repository().addRun({
      id: 100,
      ...(run.status === undefined && { conclusion: 'success' }),
      ...run,
    })
    const end = await download(simulator, join(folder, 'logs'))
    expect(end.failure).toBeUndefined()
    const folderOf = join(folder, 'logs')
    for (const [place, text] of expected) {
      const id = jobs[place]?.id
      const content = await readWhole(end, folderOf, id)
      expect(content).toContain(text)
      const foreign = expected.filter(([other]) => other !== place).map(([, other]) => other)
      expect(foreign.filter((other) => content.includes(other))).toEqual([])
      await compareWithGh(`${what}, job ${place}`, text, folder, id)
    }
    await rm(folder, { recursive: true })
  })
})
