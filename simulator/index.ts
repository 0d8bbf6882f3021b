export { type Clock, type ManualClock, manualClock, scaledClock } from './clock.ts'
export type { Exchange } from './exchange.ts'
export * as faults from './faults/catalogue.ts'
export type { Fault, FaultKind, FaultMatch } from './faults.ts'
export type { SimulatedJob } from './job.ts'
export type { Delays, RateLimitOptions, SimulatorOptions } from './options.ts'
export type { Repository } from './repository.ts'
export type { Attempt, SimulatedRun } from './run.ts'
export { type Simulator, startSimulator } from './server.ts'
export type {
  ArchiveLayout,
  EnvironmentSpec,
  IgnoredWrite,
  JobSpec,
  RunSpec,
  StepSpec,
  TokenGrant,
  WorkflowSpec,
} from './spec.ts'
export { DEFAULT_TOKEN } from './tokens.ts'
export { buildZip, type ZipEntry } from './zip.ts'
