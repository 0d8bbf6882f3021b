import { describe, expect, it } from '@jest/globals'
import type { Simulator } from '../../simulator/index.ts'
import { operations } from '../../src/operations/index.ts'
import type { StepEnd } from '../support/action.ts'
import { assertNoSecrets, useSimulators } from '../support/checks.ts'

const simulators = useSimulators()

/** As GitHub makes them. */
const TOKEN = 'ghs_canary0123.4567-89_abcdefgh'

/** With characters that are escaped in Markdown and in URLs, and with both kinds of base64. */
const ODD_TOKEN = 'ghs_canary.0123~4567+/=?_abcdefgh'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** How a server, or a header that it echoes, may write a token. */
const formsOf = (token: string): string[] => [
  token,
  encodeURIComponent(token),
  encodeURIComponent(token).replaceAll(/%../g, (code) => code.toLowerCase()),
  base64(token),
  base64(`me:${token}`),
  base64(`you:${token}`),
  base64(`x-access-token:${token}`),
  base64(`${token}:x-oauth-basic`),
  Buffer.from(`token ${token}`).toString('base64url'),
]

/** What would give a form away in whatever it is written. */
const tracesOf = (token: string): string[] => [
  ...formsOf(token),
  'ghs_canary',
  'abcdefgh',
  ...formsOf(token)
    .slice(3)
    .map((form) => form.slice(24, 44)),
]

/** What the operations ask for beside `run-id`. */
const INPUTS: Record<string, Record<string, string>> = {
  'list-runs': {},
  'rerun-job': { 'job-id': '71' },
  'cancel-stale': { 'stale-after': '1h' },
  'review-protection-rule': { 'run-id': '7', environment: 'production', state: 'approved' },
  'wait-for-run': { 'run-id': '7', 'poll-interval': '1s', timeout: '3s' },
}

const names = operations.map(({ name }) => name)

const inputsOf = (operation: string, token: string) => ({
  operation,
  token,
  ...(INPUTS[operation] ?? { 'run-id': '7' }),
})

async function start(token = TOKEN): Promise<Simulator> {
  const simulator = await simulators.start()
  const permissions = { actions: 'write', deployments: 'write' } as const
  simulator.addToken(token, { kind: 'fine-grained', login: 'mona', permissions })
  return simulator
}

function expectNoTrace(end: StepEnd, token: string): void {
  expect(() => assertNoSecrets(end, tracesOf(token))).not.toThrow()
}

describe('a token that the server repeats in a refusal', () => {
  it.each(names)('is not told to anybody by %s', async (operation) => {
    const simulator = await start(ODD_TOKEN)
    const forms = formsOf(ODD_TOKEN)
    const body = { message: forms.join(' '), errors: forms.map((message) => ({ message })) }
    simulator.failNext({}, { status: 403, times: 99, body })
    const end = await simulators.run(simulator, {
      with: inputsOf(operation, ODD_TOKEN),
      env: { RUNNER_DEBUG: '1' },
    })
    expect([end.exitCode, end.stdout.includes('***')]).toEqual([1, true])
    expectNoTrace(end, ODD_TOKEN)
  })
})

describe('a token in titles, names and logs', () => {
  it.each(['list-runs', 'get-run', 'wait-for-run', 'download-logs', 'rerun-failed', 'delete-runs'])(
    'is not told to anybody by %s',
    async (operation) => {
      const simulator = await start()
      const echo = formsOf(TOKEN).join(' ')
      const jobs = formsOf(TOKEN).map((form, index) => ({
        id: 71 + index,
        name: `job ${index} ${TOKEN}`,
        conclusion: 'failure',
        steps: [{ name: form, conclusion: 'failure', log: `${form}\n##[error]${echo}` }],
      }))
      const texts = { title: echo, branch: echo, workflowName: echo }
      simulator.repository().addRun({ id: 7, conclusion: 'failure', ...texts, jobs })
      const excerpts = ['wait-for-run', 'download-logs'].includes(operation) ? { 'excerpt-lines': '9' } : {}
      const end = await simulators.run(simulator, {
        with: { ...inputsOf(operation, TOKEN), ...excerpts },
        env: { RUNNER_DEBUG: '1' },
      })
      expect(end.result.runs).toHaveLength(1)
      expectNoTrace(end, TOKEN)
    },
  )

  it('is hidden even where it is split by what nobody sees', async () => {
    const simulator = await start()
    const split = TOKEN.replace('canary', 'can\u001b[0m\u200bary')
    simulator.failNext({}, { status: 422, body: { message: split } })
    const end = await simulators.run(simulator, { with: inputsOf('list-runs', TOKEN) })
    expect(end.exitCode).toBe(1)
    expect(() => assertNoSecrets({ ...end, outputs: {} }, [TOKEN, 'ghs_canary'])).not.toThrow()
  })

  it('is not cut, so that the rest of it would stand there', async () => {
    for (const length of [480, 490, 496, 499]) {
      const simulator = await start()
      simulator.failNext({}, { status: 422, body: { message: `${'x'.repeat(length - 1)} ${TOKEN} and more` } })
      const end = await simulators.run(simulator, { with: inputsOf('list-runs', TOKEN) })
      expect(end.exitCode).toBe(1)
      expect(() => assertNoSecrets(end, ['ghs_'])).not.toThrow()
    }
  })
})

describe('signed URLs', () => {
  it.each([
    ['download-logs', {}],
    ['download-logs', { format: 'zip', 'excerpt-lines': '0' }],
    ['wait-for-run', { 'excerpt-lines': '5', 'poll-interval': '1s' }],
    ['rerun-failed', { 'failure-pattern': 'nothing like that' }],
    ['delete-logs', {}],
  ])('are masked, and told to nobody, by %s %j', async (operation, inputs) => {
    const simulator = await start()
    simulator.repository().addRun({ id: 7, conclusion: 'failure', jobs: [{ name: 'a', conclusion: 'failure' }] })
    simulator.failNext({ host: 'storage' }, { status: 403, body: { message: 'Signature not valid' } })
    simulator.failNext({ method: 'DELETE' }, { kind: 'reset' })
    const end = await simulators.run(simulator, {
      with: { operation, token: TOKEN, 'run-id': '7', ...inputs },
      env: { RUNNER_DEBUG: '1' },
    })
    const locations = simulator.requests.flatMap(({ responseHeaders }) => responseHeaders.location ?? [])
    const signatures = locations.flatMap((location) => new URL(location).searchParams.get('signature') ?? [])
    expect(signatures.length).toBeGreaterThan(0)
    expect(() => assertNoSecrets(end, [...locations, ...signatures])).not.toThrow()
    for (const signature of signatures) expect(end.stdout).toMatch(new RegExp(`::add-mask::.*${signature}`))
  })
})
