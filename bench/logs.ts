import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type WrittenArchive, writeArchive } from './log-archive.ts'

// Measures the extraction of large log archives against Info-ZIP's unzip on the same archive in the same run, and writes
// the figures into docs/performance.md. Needs Linux, `unzip`, and 3 GB below the folder for temporary files.

const run = promisify(execFile)

const SIZES_MB = [300, 1000]
const ROUNDS = 2
const PAGE = join(import.meta.dirname, '../docs/performance.md')
const EXTRACT = join(import.meta.dirname, 'extract.ts')
const [BEGIN, END] = ['<!-- begin: bench:logs -->', '<!-- end: bench:logs -->']

/** Bounds that the action holds itself to. */
const MAX_RATIO = 1.5
const MAX_GROWTH = 64_000_000

interface Measured extends WrittenArchive {
  ms: number
  unzipMs: number
  /** Peak of the resident memory above what the process had before. */
  growth: number
}

async function extract(file: string, folder: string): Promise<{ ms: number; bytes: number; growth: number }> {
  const { stdout } = await run(process.execPath, ['--expose-gc', EXTRACT, file, folder])
  await rm(folder, { recursive: true })
  return JSON.parse(stdout)
}

async function unzip(file: string, folder: string): Promise<number> {
  const start = performance.now()
  await run('unzip', ['-qq', '-o', file, '-d', folder])
  const ms = performance.now() - start
  await rm(folder, { recursive: true })
  return ms
}

/** Best of several rounds, in turns, so that other work on the machine meets both. */
async function measure(root: string, megabytes: number): Promise<Measured> {
  const file = join(root, 'logs.zip')
  const written = await writeArchive(file, megabytes * 1_000_000)
  const rounds: { ms: number; unzipMs: number; growth: number }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const unzipMs = await unzip(file, join(root, 'unzip'))
    const { ms, bytes, growth } = await extract(file, join(root, 'own'))
    if (bytes !== written.bytes) throw new Error(`${bytes} bytes were extracted, ${written.bytes} are in the archive`)
    rounds.push({ ms, unzipMs, growth })
  }
  await rm(file)
  return {
    ...written,
    ms: Math.min(...rounds.map(({ ms }) => ms)),
    unzipMs: Math.min(...rounds.map(({ unzipMs }) => unzipMs)),
    growth: Math.max(...rounds.map(({ growth }) => growth)),
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB`

function table(rows: readonly Measured[]): string {
  const lines = rows.map(
    ({ bytes, packedBytes, entries, ms, unzipMs, growth }) =>
      `| ${megabytes(bytes)} (${megabytes(packedBytes)} packed, ${entries} files) | ${seconds(ms)} | ${seconds(unzipMs)} | ${(ms / unzipMs).toFixed(2)} | ${megabytes(growth)} |`,
  )
  return [
    '| Logs | `download-logs` | `unzip` | ratio | memory |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
    `Node ${process.versions.node}, ${cpus().length} cores, best of ${ROUNDS} rounds in turns; memory is the highest peak of all rounds.`,
  ].join('\n')
}

const HEADING = `# Performance

## Extraction of logs

\`npm run bench:logs\` builds archives of logs and extracts each with the action's own code, which checks every size and
checksum, and with Info-ZIP's \`unzip\`. The action may take at most ${MAX_RATIO} times as long as \`unzip\`, and its resident memory may
grow by at most ${megabytes(MAX_GROWTH)}, however large the logs are.
`

async function writePage(content: string): Promise<void> {
  const section = `${BEGIN}\n${content}\n${END}`
  const page = existsSync(PAGE) ? await readFile(PAGE, 'utf8') : ''
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  const next = after === undefined ? `${page || HEADING}\n${section}\n` : `${before}${section}${after}`
  await writeFile(PAGE, next)
}

const root = await mkdtemp(join(tmpdir(), 'bench-logs-'))
try {
  const rows: Measured[] = []
  for (const size of SIZES_MB) rows.push(await measure(root, size))
  const content = table(rows)
  process.stdout.write(`${content}\n`)
  await writePage(content)
  const missed = rows.filter(({ ms, unzipMs, growth }) => ms > MAX_RATIO * unzipMs || growth > MAX_GROWTH)
  if (missed.length > 0) {
    process.stdout.write(`${missed.length} of ${rows.length} archives are beyond the bounds.\n`)
    process.exitCode = 1
  }
} finally {
  await rm(root, { recursive: true, force: true })
}
