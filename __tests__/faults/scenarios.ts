import type { RunSpec, Simulator } from '../../simulator/index.ts'
import type { Scenario } from './scenario.ts'
import { readScenarios } from './scenarios-read.ts'
import { reviewScenarios } from './scenarios-review.ts'

const MINUTE = 60_000
const START = Date.parse('2026-06-15T12:00:00Z')

const ago = (minutes: number): number => START - minutes * MINUTE

const JOBS = [
  { name: 'build', conclusion: 'success' },
  { name: 'test', conclusion: ['failure', 'success'], steps: [{ name: 'Run', log: 'could not resolve host' }] },
  { name: 'deploy', needs: ['test'] },
]

const add =
  (...specs: RunSpec[]) =>
  (simulator: Simulator) => {
    for (const spec of specs) simulator.repository().addRun(structuredClone(spec))
  }

const addMany = (count: number, specOf: (index: number) => RunSpec) => (simulator: Simulator) => {
  for (let index = 0; index < count; index += 1) simulator.repository().addRun(specOf(index))
}

const isCancelled = (simulator: Simulator, id: number) => simulator.repository().run(id)?.conclusion === 'cancelled'
const isRerun = (simulator: Simulator, id: number) => (simulator.repository().run(id)?.attempt ?? 0) > 1
const isDeleted = (simulator: Simulator, id: number) => simulator.repository().run(id) === undefined
const hasNoLogs = (simulator: Simulator, id: number) => simulator.repository().run(id)?.logs === 'deleted'

const failedRun = (id: number, spec: RunSpec = {}): RunSpec => ({
  id,
  conclusion: ['failure', 'success'],
  createdAt: ago(60),
  jobs: JOBS,
  ...spec,
})

const running = (id: number, spec: RunSpec = {}): RunSpec => ({
  id,
  status: 'in_progress',
  createdAt: ago(30),
  ...spec,
})

/** The runs of one branch, each superseding the one before. */
const superseded = [
  running(100, { createdAt: ago(50) }),
  running(101, { createdAt: ago(40), status: 'queued' }),
  running(102, { createdAt: ago(30) }),
]

const cancels: Scenario[] = [
  {
    name: 'cancel by id',
    operation: 'cancel',
    inputs: { 'run-id': '100 101' },
    prepare: add(running(100), running(101)),
    asked: [100, 101],
    isDone: isCancelled,
  },
  {
    name: 'cancel by filter with force-after',
    operation: 'cancel',
    inputs: { branch: 'topic', 'force-after': '2m', wait: 'true' },
    options: { delays: { cancel: 5_000, forceCancel: 5_000 } },
    prepare: add(
      running(100, { branch: 'topic', jobs: [{ name: 'build', ignoresCancel: true }] }),
      running(101, { branch: 'topic' }),
      running(102),
    ),
    asked: [100, 101],
    isDone: isCancelled,
  },
  {
    name: 'cancel by id in a short time',
    operation: 'cancel',
    inputs: { 'run-id': '100 101', timeout: '20s' },
    prepare: add(running(100), running(101)),
    asked: [100, 101],
    isDone: isCancelled,
    isShort: true,
  },
  {
    name: 'force-cancel by id, with wait',
    operation: 'force-cancel',
    inputs: { 'run-id': '100', wait: 'true' },
    options: { delays: { forceCancel: 20_000 } },
    prepare: add(running(100)),
    asked: [100],
    isDone: isCancelled,
  },
  {
    name: 'cancel-stale of the whole repository',
    operation: 'cancel-stale',
    inputs: {},
    prepare: add(...superseded, running(103, { branch: 'other' })),
    asked: [100, 101],
    isDone: isCancelled,
  },
]

const reruns: Scenario[] = [
  {
    name: 'rerun by id',
    operation: 'rerun',
    inputs: { 'run-id': '100' },
    options: { delays: { rerun: 3_000 } },
    prepare: add(failedRun(100)),
    asked: [100],
    isDone: isRerun,
  },
  {
    name: 'rerun with wait',
    operation: 'rerun',
    inputs: { 'run-id': '100', wait: 'true' },
    prepare: add(failedRun(100, { rerunTakes: 40_000 })),
    asked: [100],
    isDone: isRerun,
  },
  {
    name: 'rerun-failed by filter',
    operation: 'rerun-failed',
    inputs: { branch: 'main' },
    prepare: add(failedRun(100), failedRun(101), failedRun(102, { conclusion: 'success', jobs: [{ name: 'build' }] })),
    asked: [100, 101],
    isDone: isRerun,
  },
  {
    name: 'rerun-failed until it passes, by failure-pattern',
    operation: 'rerun-failed',
    inputs: { 'run-id': '100', wait: 'true', 'failure-pattern': 'resolve host' },
    prepare: add(
      failedRun(100, {
        conclusion: ['failure', 'failure', 'success'],
        jobs: [{ name: 'test', conclusion: ['failure', 'failure', 'success'], steps: JOBS[1]?.steps ?? [] }],
        rerunTakes: 20_000,
      }),
    ),
    asked: [100],
    isDone: isRerun,
    rounds: 2,
  },
  {
    name: 'rerun-job by name',
    operation: 'rerun-job',
    inputs: { 'run-id': '100', 'job-name': 'test' },
    prepare: add(failedRun(100)),
    asked: [100],
    isDone: isRerun,
  },
]

const DELETED = Array.from({ length: 110 }, (_, index) => 100 + index)

const cleanUps: Scenario[] = [
  {
    name: 'delete-runs by id',
    operation: 'delete-runs',
    inputs: { 'run-id': '100 101' },
    prepare: add(failedRun(100), failedRun(101)),
    asked: [100, 101],
    isDone: isDeleted,
  },
  {
    name: 'delete-runs by id in a short time',
    operation: 'delete-runs',
    inputs: { 'run-id': '100 101', timeout: '20s' },
    prepare: add(failedRun(100), failedRun(101)),
    asked: [100, 101],
    isDone: isDeleted,
    isShort: true,
  },
  {
    name: 'delete-runs by filter, two pages',
    operation: 'delete-runs',
    inputs: { branch: 'main', 'older-than': '2h', 'keep-latest': '1' },
    prepare: (simulator) => {
      addMany(110, (index) => ({ id: 100 + index, conclusion: 'success', createdAt: ago(400 - index) }))(simulator)
      add({ id: 300, conclusion: 'success', createdAt: ago(5) }, running(301))(simulator)
    },
    asked: DELETED,
    isDone: isDeleted,
  },
  {
    name: 'delete-runs that are fewer than the page',
    operation: 'delete-runs',
    inputs: { status: 'failure, cancelled' },
    prepare: add(failedRun(100, { conclusion: 'failure' }), failedRun(101, { conclusion: 'cancelled' }), running(102)),
    asked: [100, 101],
    isDone: isDeleted,
  },
  {
    name: 'delete-logs by filter',
    operation: 'delete-logs',
    inputs: { branch: 'main' },
    prepare: add(failedRun(100), failedRun(101), running(102)),
    asked: [100, 101],
    left: [102],
    isDone: hasNoLogs,
  },
]

/** Ways to use all operations. */
export const scenarios: readonly Scenario[] = [
  ...readScenarios(ago),
  ...cancels,
  ...reruns,
  ...cleanUps,
  ...reviewScenarios,
]
