import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/index.ts'
import type { StepEnd } from '../support/action.ts'
import { useSimulators } from '../support/checks.ts'
import { addReviewedEnvironments, REVIEWER } from '../support/environments.ts'
import { countElements, findProblems, HOSTILE_TEXTS, MARK } from './hostile-text.ts'

const simulators = useSimulators()

const pagesOf = ({ serverUrl }: Simulator): string => `${serverUrl}/octo/hello/actions/runs/`

/** Runs 1, 2, ...: one for each hostile text. */
const ids = HOSTILE_TEXTS.map((_text, index) => 1001 + index)

/** What every step has to hold to, whatever it was told. */
function expectHarmless(simulator: Simulator, end: StepEnd, rows: number): void {
  expect(findProblems(end, pagesOf(simulator))).toEqual([])
  // Heading and rows: no text has added or swallowed one.
  expect(countElements(end.summary, 'tr')).toBe(rows === 0 ? 0 : rows + 1)
  expect(Object.keys(end.outputs).filter((name) => !OUTPUT_NAMES.includes(name))).toEqual([])
  expect(JSON.parse(String(end.outputs['run-ids']))).toEqual(end.result.runs.map(({ id }: { id: number }) => id))
}

const OUTPUT_NAMES =
  'result result-path run-ids matched-count changed-count skipped-count failed-count run-id run-url run-attempt status conclusion jobs environments reviews logs-path log-count'.split(
    ' ',
  )

/** Completed runs whose title, branch and workflow a stranger has named. */
function addHostileRuns(simulator: Simulator, spec: object = {}): void {
  for (const [index, text] of HOSTILE_TEXTS.entries()) {
    const names = { title: text, branch: text, workflow: `w${index}.yml`, workflowName: text }
    simulator.repository().addRun({ id: 1001 + index, ...names, conclusion: 'success', ...spec })
  }
}

const halves = [0, 1].map((half) => HOSTILE_TEXTS.filter((_text, index) => index % 2 === half))

/** A failed run whose jobs, steps and log lines are hostile. */
function addHostileJobs(simulator: Simulator, texts: readonly string[]): void {
  const log = HOSTILE_TEXTS.map((text) => text.replaceAll('\n', '\n')).join('\n')
  const jobs = texts.map((text, index) => ({
    name: text,
    conclusion: 'failure',
    steps: [{ name: text, conclusion: 'failure', log: index % 2 === 0 ? `${text}\n##[error]${text}` : log }],
  }))
  simulator.repository().addRun({ id: 7, conclusion: 'failure', jobs })
}

describe('titles, branches and workflow names', () => {
  it('of runs that are listed stay text', async () => {
    const simulator = await simulators.start()
    addHostileRuns(simulator)
    const end = await simulators.run(simulator, { with: { operation: 'list-runs' } })
    expectHarmless(simulator, end, ids.length)
    const titles = end.result.runs.map((run: { id: number; title: string }) => [run.id, run.title])
    expect(Object.fromEntries(titles)).toEqual(Object.fromEntries(ids.map((id, index) => [id, HOSTILE_TEXTS[index]])))
    expect(countElements(end.summary, 'a')).toBe(ids.length)
  })

  it('of stale runs stay text, and so does what the server says to each cancel', async () => {
    const simulator = await simulators.start()
    addHostileRuns(simulator, { conclusion: undefined, status: 'in_progress', createdAt: Date.now() - 86_400_000 })
    for (const [index, text] of HOSTILE_TEXTS.entries()) {
      const path = `/repos/octo/hello/actions/runs/${1001 + index}/cancel`
      simulator.failNext(
        { method: 'POST', path },
        { status: 422, body: { message: text, errors: [{ message: text }] } },
      )
    }
    const end = await simulators.run(simulator, { with: { operation: 'cancel-stale', 'stale-after': '1h' } })
    expectHarmless(simulator, end, ids.length)
    expect([end.exitCode, end.outputs['failed-count']]).toEqual([1, String(ids.length)])
  })

  it('stay text in the debug log too', async () => {
    const simulator = await simulators.start()
    addHostileRuns(simulator)
    for (const id of ids)
      simulator.failNext(
        { path: new RegExp(`/runs/${id}$`) },
        { status: 403, body: { message: HOSTILE_TEXTS[id - 1001], errors: HOSTILE_TEXTS[id - 1001] } },
      )
    const end = await simulators.run(simulator, {
      with: { operation: 'cancel', 'run-id': ids.join(' ') },
      env: { RUNNER_DEBUG: '1' },
    })
    expectHarmless(simulator, end, ids.length)
    expect(end.stdout).toContain('::debug::')
  })
})

describe.each([
  ['the first half', halves[0] ?? []],
  ['the second half', halves[1] ?? []],
])('names of jobs and steps, and log lines (%s)', (_half, texts) => {
  it('stay text in the chart of get-run', async () => {
    const simulator = await simulators.start()
    addHostileJobs(simulator, texts)
    const end = await simulators.run(simulator, { with: { operation: 'get-run', 'run-id': '7' } })
    expectHarmless(simulator, end, 1)
    expect(end.result.jobs.map(({ name }: { name: string }) => name)).toEqual(texts)
    expect(JSON.parse(String(end.outputs.jobs))).toEqual(end.result.jobs)
    expect(countElements(end.summary, 'code class="language-mermaid"')).toBe(1)
  })

  it.each([
    ['wait-for-run', { 'excerpt-lines': '30', 'poll-interval': '1s' }],
    ['download-logs', { 'excerpt-lines': '30' }],
  ])('stay text in the excerpts of %s', async (operation, inputs) => {
    const simulator = await simulators.start()
    addHostileJobs(simulator, texts)
    const end = await simulators.run(simulator, { with: { operation, 'run-id': '7', ...inputs } })
    expectHarmless(simulator, end, 1)
    expect(end.result.failures).toHaveLength(texts.length)
    expect(countElements(end.summary, 'details')).toBe(texts.length)
    expect(countElements(end.summary, 'pre')).toBe(texts.length + (operation === 'wait-for-run' ? 1 : 0))
    expect(end.stdout.split('\n').filter((line) => line.startsWith('::error'))).toHaveLength(
      operation === 'wait-for-run' ? 10 : 9,
    )
  })
})

describe('names of environments, and reviews', () => {
  async function startWaiting() {
    const simulator = await simulators.start()
    addReviewedEnvironments(simulator)
    const environments = HOSTILE_TEXTS.map((name) =>
      simulator.repository().addEnvironment({ name, reviewers: ['mona'] }),
    )
    const jobs = HOSTILE_TEXTS.map((environment, index) => ({ name: `deploy ${index}`, environment }))
    simulator.repository().addRun({ id: 7, status: 'waiting', jobs })
    return { simulator, environments }
  }

  it.each(['get-pending-deployments', 'approve', 'reject', 'wait-for-run'])('stay text in %s', async (operation) => {
    const { simulator } = await startWaiting()
    const timeout = operation === 'wait-for-run' ? { timeout: '2s', 'poll-interval': '1s' } : {}
    const end = await simulators.run(simulator, { with: { operation, 'run-id': '7', token: REVIEWER, ...timeout } })
    expectHarmless(simulator, end, 1)
    if (operation !== 'wait-for-run') expect(end.result.environments).toEqual(HOSTILE_TEXTS)
  })

  it('stay text in get-reviews, with comments exactly as they were written', async () => {
    const { simulator, environments } = await startWaiting()
    for (const [index, comment] of HOSTILE_TEXTS.entries()) {
      const answer = await fetch(`${simulator.apiUrl}/repos/octo/hello/actions/runs/7/pending_deployments`, {
        method: 'POST',
        headers: {
          authorization: `token ${REVIEWER}`,
          accept: 'application/vnd.github+json',
          'x-github-api-version': '2026-03-10',
          'content-type': 'application/json',
        },
        body: JSON.stringify({ environment_ids: [environments[index]?.id], state: 'approved', comment }),
      })
      expect(answer.status).toBe(200)
    }
    const end = await simulators.run(simulator, { with: { operation: 'get-reviews', 'run-id': '7' } })
    expectHarmless(simulator, end, 1)
    expect(end.result.reviews.map(({ comment }: { comment: string }) => comment)).toEqual(HOSTILE_TEXTS)
    expect(JSON.parse(String(end.outputs.reviews))).toEqual(end.result.reviews)
  })

  it.each(['approve', 'reject'])('stay text in what the server says to %s', async (operation) => {
    for (const errors of [HOSTILE_TEXTS.slice(0, 12).join(' '), HOSTILE_TEXTS.slice(30, 50)]) {
      const { simulator } = await startWaiting()
      simulator.failNext({ method: 'POST' }, { status: 422, body: { message: HOSTILE_TEXTS[4], errors } })
      const end = await simulators.run(simulator, { with: { operation, 'run-id': '7', token: REVIEWER } })
      expectHarmless(simulator, end, 1)
      expect([end.exitCode, end.stdout.includes(MARK)]).toEqual([1, true])
    }
  })
})

describe('URLs in answers', () => {
  const urls = [
    `javascript:alert('${MARK}')`,
    `data:text/html,${MARK}`,
    `https://x.example/) [${MARK}](https://inj.example`,
    `https://x.example/\n::error::${MARK}`,
    `https://x.example/<script>${MARK}</script>`,
    `https://x.example/|${MARK}`,
    `https://x.example/\\) ${MARK}`,
    `https://x.example/\u202e${MARK}`,
    `x\nghadelimiter\nrun-ids<<E\n${MARK}\nE`,
  ]

  it.each(urls)('%j makes no link, and stands unchanged in the outputs', async (url) => {
    const simulator = await simulators.start()
    const run = { id: 7, name: 'CI', status: 'completed', conclusion: 'success', html_url: url, jobs_url: url, url }
    simulator.failNext({ path: /\/runs$/ }, { status: 200, body: { total_count: 1, workflow_runs: [run] } })
    const end = await simulators.run(simulator, { with: { operation: 'list-runs' } })
    expectHarmless(simulator, end, 1)
    expect([end.exitCode, end.outputs['run-url'], end.result.runs[0].url]).toEqual([0, url, url])
  })
})

it('an answer in place of a list stays text, whatever it is', async () => {
  const text = HOSTILE_TEXTS.join('\n')
  for (let start = 0; start < text.length; start += 450) {
    const simulator = await simulators.start()
    simulator.failNext({}, { status: 422, body: text.slice(start, start + 450) })
    const end = await simulators.run(simulator, { with: { operation: 'list-runs' } })
    expectHarmless(simulator, end, 0)
    expect(end.exitCode).toBe(1)
  }
})
