import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createLogView, type LogLine } from '../script/demo/log-view.ts'
import { compare } from '../script/demo/play.ts'
import { evaluate, readAction, readWorkflow, resolveInputs } from '../script/demo/workflow.ts'

const ROOT = join(import.meta.dirname, '..')
const PIPELINE = join(ROOT, 'script/demo/pipeline.yml')

describe('the demo', () => {
  let folder = ''
  let exitCode: number | null = null
  let lines: string[] = []
  let milliseconds = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-'))
    const start = performance.now()
    // An empty environment: it needs no token, no home and nothing of this machine.
    const child = spawn(process.execPath, [join(ROOT, 'script/demo.ts'), '--output', folder], { env: {} })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    exitCode = await new Promise((resolve) => child.on('close', resolve))
    milliseconds = performance.now() - start
    lines = output.trimEnd().split('\n')
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('ends each step as the story expects, in less than a minute', () => {
    const ends = lines.filter((line) => /^ {2}[✔✘]/.test(line)).map((line) => line.replace(/, after .*/, '').trim())
    expect(ends).toEqual([
      '✔ passed as expected',
      '✔ passed as expected',
      '✔ passed as expected',
      '✔ failed as expected',
      '✔ passed as expected',
      '✔ passed as expected',
      '✔ passed as expected',
      '✔ passed as expected',
    ])
    expect(lines.at(-1)).toMatch(/^Demo passed: 8 of 8 steps ended as the story expects, in \d+\.\d s\.$/)
    expect(exitCode).toBe(0)
    expect(milliseconds).toBeLessThan(60_000)
  })

  it('shows the log of each step below its heading', () => {
    const heading = lines.findIndex((line) => line.includes('1/8 Re-run the failed jobs of CI'))
    expect(lines[heading + 1]).toContain('re-run as attempt 2, waiting for it to complete')
    expect(lines.join('\n')).toContain('Error: run 30000000010: The owner of this token may not review production.')
  })

  it('never shows a token or a workflow command', async () => {
    const page = await readFile(join(folder, 'index.html'), 'utf8')
    for (const text of [lines.join('\n'), page]) {
      expect(text).not.toContain('ghp_release_captain')
      expect(text).not.toContain('simulator-token')
      expect(text).not.toContain('::add-mask::')
    }
  })

  it('leaves the job summary of each step, and the log of the failed attempt', async () => {
    expect((await readdir(join(folder, 'summaries'))).sort()).toEqual([
      '1-rerun.md',
      '2-checks.md',
      '3-logs.md',
      '4-refused.md',
      '5-approve.md',
      '6-deployed.md',
      '7-plan.md',
      '8-cancel.md',
    ])
    const log = await readFile(join(folder, 'workspace/logs/test (2_2)/2_Run tests.txt'), 'utf8')
    expect(log).toContain('##[error]connect ECONNREFUSED 127.0.0.1:5432')
  })

  it('leaves a page with all summaries rendered, that loads nothing and runs nothing', async () => {
    const page = await readFile(join(folder, 'index.html'), 'utf8')
    const headings = [...page.matchAll(/<h3>([a-z-]+): (?:✅ done|❌ failed|📝 planned)/g)].map(([, name]) => name)
    expect(headings).toEqual([
      'rerun-failed',
      'wait-for-run',
      'download-logs',
      'approve',
      'approve',
      'wait-for-run',
      'cancel-stale',
      'cancel-stale',
    ])
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'")
    expect(page).not.toMatch(/<(script|img|link|iframe)/)
  })
})

describe('the end of a step', () => {
  const end = {
    exitCode: 1,
    outputs: { conclusion: 'failure', result: JSON.stringify({ runs: [{ reason: 'conclusion' }] }) },
  }

  it('is right when exit code, outputs and reasons are those of the story', () => {
    expect(compare(end, { passes: false, outputs: { conclusion: 'failure' }, reasons: ['conclusion'] })).toEqual([])
  })

  it('is wrong with a sentence for each difference', () => {
    expect(compare(end, { passes: true, outputs: { conclusion: 'success' }, reasons: [null] })).toEqual([
      'its exit code is 1, not 0',
      'its output conclusion is failure, not success',
      'its reasons are ["conclusion"], not [null]',
    ])
  })

  it('is wrong when the step was ended by a signal or set no result', () => {
    expect(compare({ exitCode: null, outputs: {} }, { passes: false, reasons: ['timeout'] })).toEqual([
      'its exit code is null, not 1',
      'its reasons are [], not ["timeout"]',
    ])
  })
})

describe('the inputs of a step', () => {
  const contexts = {
    github: { token: 'abc', repository: 'octo/hello', event: { workflow_run: { head_sha: '0'.repeat(40) } } },
    secrets: { REVIEWER_TOKEN: 'def' },
    steps: { rerun: { outputs: { 'run-id': '7' } } },
  }

  it('are those of the step, and for the rest the defaults in action.yml', async () => {
    const action = await readAction(ROOT)
    const { steps } = await readWorkflow(PIPELINE)
    const logs = steps.find(({ id }) => id === 'logs')
    const inputs = resolveInputs(logs ?? { id: '', name: '', with: {} }, action, contexts)
    expect(Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== ''))).toEqual({
      operation: 'download-logs',
      token: 'abc',
      repository: 'octo/hello',
      'run-id': '7',
      attempt: '1',
      'only-failed': 'true',
      path: 'logs',
    })
  })

  it('must be inputs that action.yml has', async () => {
    const action = await readAction(ROOT)
    const step = { id: 'one', name: 'One', with: { operation: 'cancel', branche: 'main' } }
    expect(() => resolveInputs(step, action, contexts)).toThrow('step one: action.yml has no input branche')
  })

  it('must not refer to what is not there', () => {
    expect(() => evaluate(`\${{ steps.logs.outputs.run-id }}`, contexts)).toThrow(
      `the expression \${{ steps.logs.outputs.run-id }} has no value`,
    )
  })
})

describe('the log of a step', () => {
  const shown = (...pieces: string[]): LogLine[] => {
    const log: LogLine[] = []
    const view = createLogView((line) => log.push(line))
    for (const piece of pieces) view.write(piece)
    view.end()
    return log
  }

  it('is put together from the pieces in which it comes', () => {
    expect(shown('one\ntw', 'o\nthr', 'ee')).toEqual([
      { level: 'plain', text: 'one' },
      { level: 'plain', text: 'two' },
      { level: 'plain', text: 'three' },
    ])
  })

  it('shows annotations as such and hides what a runner hides', () => {
    expect(shown('::error title=a::50%25%0Amore\n::debug::secret thoughts\n::warning::careful\n')).toEqual([
      { level: 'error', text: '50%\nmore' },
      { level: 'warning', text: 'careful' },
    ])
  })

  it('masks a secret from the line that names it on', () => {
    expect(shown('::add-mask::abc\nGET /?sig=abc\n::error::abc\n')).toEqual([
      { level: 'plain', text: 'GET /?sig=***' },
      { level: 'error', text: '***' },
    ])
  })
})
