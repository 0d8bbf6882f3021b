import type { Fault, FaultMatch, RunSpec, Simulator, SimulatorOptions } from '../../simulator/index.ts'
import { systemClock } from '../../src/clock.ts'
import { requestLines, type Step, type StepEnd } from './action.ts'
import { type CheckedSimulators, useSimulators } from './checks.ts'
import { type JumpingClock, jumpingClock, type OperationEnd, runInProcess } from './in-process.ts'

/** Inputs by name. */
export type Given = Record<string, string>

/** What a test in jumping time starts from. */
export interface Scene extends SimulatorOptions {
  runs: RunSpec[]
  inputs: Given
  /** Planned after the runs are there. */
  faults?: [FaultMatch, Fault][]
  /** Environments, tokens and the like; before the runs are made. */
  prepare?: (simulator: Simulator) => void
}

/** How it ended. */
export interface SceneEnd {
  end: OperationEnd
  simulator: Simulator
  clock: JumpingClock
}

/** What is seen of a step from outside. */
export type SeenStep = Pick<StepEnd, 'exitCode' | 'stdout' | 'stderr' | 'outputs' | 'result' | 'summary'>

/** One operation, for the file of its tests. */
export interface TestedOperation {
  name: string
  simulators: CheckedSimulators
  /** A simulator with these runs in octo/hello. */
  simulate(...runs: RunSpec[]): Promise<Simulator>
  /** Runs the bundle. */
  run(simulator: Simulator, inputs: Given, step?: Omit<Step, 'with'>): Promise<SeenStep>
  /** Runs it in this process, in time that jumps: for waits, and for answers that are lost. */
  play(scene: Scene): Promise<SceneEnd>
}

/** Method and path of each write, in order. */
export const writeLines = (simulator: Simulator): string[] =>
  requestLines(simulator).filter((line) => !line.startsWith('GET '))

/** For a file of tests of one operation; what it starts is checked and closed after each test. */
export function useOperation(operation: string): TestedOperation {
  const simulators = useSimulators()
  return {
    name: operation,
    simulators,
    async simulate(...runs) {
      const simulator = await simulators.start()
      for (const run of runs) simulator.repository().addRun(run)
      return simulator
    },
    run: (simulator, inputs, step = {}) => simulators.run(simulator, { ...step, with: { operation, ...inputs } }),
    async play({ runs, inputs, faults = [], prepare, ...options }) {
      const clock = jumpingClock()
      const simulator = await simulators.start({ clock: clock.time, ...options })
      prepare?.(simulator)
      for (const run of runs) simulator.repository().addRun(run)
      for (const [match, fault] of faults) simulator.failNext(match, fault)
      const end = simulators.check(await runInProcess(simulator, { operation, ...inputs }, { clock }))
      return { end, simulator, clock }
    },
  }
}

/** The step as a runner would show it: its warnings and its failure as workflow commands. */
function asStep({ failure, warnings, ...end }: OperationEnd): SeenStep {
  const lines = end.stdout.split('\n').map((line) => (warnings.includes(line) ? `::warning::${line}` : line))
  if (failure !== undefined) lines.push(`::error::${failure}`)
  return { ...end, exitCode: failure === undefined ? 0 : 1, stdout: lines.join('\n') }
}

/**
 * The same operation without a process for each step, which is five times as fast: for behaviour that all operations
 * share, where the tests of another one show that the bundle has it. Steps with an event still run the bundle.
 */
export function withoutProcess(tested: TestedOperation): TestedOperation {
  return {
    ...tested,
    async run(simulator, inputs, step = {}) {
      if (step.event !== undefined) return tested.run(simulator, inputs, step)
      const surroundings = { clock: systemClock, ...(step.env && { env: step.env }) }
      const end = await runInProcess(simulator, { operation: tested.name, ...inputs }, surroundings)
      return asStep(tested.simulators.check(end))
    },
  }
}
