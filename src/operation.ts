import type { Context } from './context.ts'
import type { Inputs, Values } from './inputs/declaration.ts'
import { type Check, parseInputs, type ReadInput } from './inputs/parse.ts'
import { checkRunIds, type RunReference } from './inputs/references.ts'
import { commonInputs } from './inputs/shared.ts'
import type { OutputName } from './outputs.ts'
import type { Reason } from './report.ts'

/** A permission as it stands under `permissions:` in a workflow. */
export type Permission = 'actions: read' | 'actions: write' | 'deployments: write'

/** What an operation is, apart from the types of its inputs. The reference is made from it. */
export interface OperationFacts {
  /** Value of the `operation` input; also the name of its file and of its test. */
  name: string
  /** One sentence, without the name. */
  description: string
  /** REST endpoints, relative to `/repos/{owner}/{repo}/actions/`. */
  endpoints: readonly string[]
  permission: Permission
  /** Outputs beside those that every operation sets. */
  outputs: readonly OutputName[]
  /** Reasons that its runs, or the operation, can end with. */
  reasons: readonly Reason[]
  /** A complete step, as it would stand in a workflow. */
  example: string
}

/** The values of the inputs that every operation has. */
export type CommonValues = Values<typeof commonInputs>

/** An operation as {@link defineOperation} takes it. */
export interface OperationDefinition<I extends Inputs> extends OperationFacts {
  inputs: I
  /** Looks at the inputs together; a sentence for each problem. */
  check?: (inputs: Values<I>) => string[]
  /**
   * Does the work and records in `context.report` what became of each run. Expected bad endings are outcomes in the
   * report; it throws for what ends the operation as a whole.
   */
  run(context: Context, inputs: Values<I> & CommonValues): Promise<void>
}

/** An operation whose inputs have been read. */
export interface PreparedOperation {
  common: CommonValues
  /** Most writes in any 60 s; undefined for an operation that only reads. */
  writeRate: number | undefined
  dryRun: boolean
  run(context: Context): Promise<void>
}

/** An operation as the registry holds it. */
export interface Operation extends OperationFacts {
  inputs: Inputs
  /** @throws UsageError with all problems of all inputs */
  prepare(read: ReadInput): PreparedOperation
}

/** Values that mean the same wherever an operation has them. */
type KnownValues = CommonValues & { 'run-id'?: RunReference[]; 'write-rate'?: number; 'dry-run'?: boolean }

/** Binds an operation to its inputs: `run` gets values of the declared types. */
export function defineOperation<I extends Inputs>(definition: OperationDefinition<I>): Operation {
  const inputs = { ...commonInputs, ...definition.inputs }
  const checkRuns = (values: KnownValues) => checkRunIds(values['run-id'], values.repository)
  const checks = [checkRuns, ...(definition.check ? [definition.check] : [])] as Check<typeof inputs>[]
  return {
    ...definition,
    inputs,
    prepare(read) {
      const values = parseInputs(inputs, read, checks) as Values<I> & KnownValues
      return {
        common: values,
        writeRate: values['write-rate'],
        dryRun: values['dry-run'] ?? false,
        run: (context) => definition.run(context, values),
      }
    },
  }
}
