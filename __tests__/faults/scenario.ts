import type { Simulator, SimulatorOptions } from '../../simulator/index.ts'

/** Where a clean-up, a re-run, ... starts from and what it asks for. */
export interface Scenario {
  /** Operation, and what is special about this way to use it. */
  name: string
  operation: string
  inputs: Record<string, string>
  options?: SimulatorOptions
  /** Fills the world. */
  prepare(simulator: Simulator): void
  /** Runs that may be changed; of a read, the runs that it is about. */
  asked: readonly number[]
  /** Of a write: is it seen in the world that it took effect on the run? Undefined for reads. */
  isDone?(simulator: Simulator, id: number): boolean
  /** The clean run fails, as it should. */
  endsRed?: boolean
  /** Runs that the clean run leaves alone, and says why. */
  left?: readonly number[]
  /** A write whose effect leaves no trace: after a lost answer nobody can know. */
  leavesNoTrace?: boolean
  /** `timeout` is shorter than a request that hangs: it may fail where others go on. */
  isShort?: boolean
  /** Writes to one run that take turns: the same endpoint may be accepted this often. */
  rounds?: number
}

/** A token that appears nowhere else, so that it can be searched for. */
export const CANARY = 'canary-7f3a91c2'
