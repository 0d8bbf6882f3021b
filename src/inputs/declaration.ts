import type { Kind } from './kinds.ts'

/** One input of the action: what it means and how its text is read. The reference and action.yml are made from it. */
export interface Input<T> {
  kind: Kind<unknown>
  description: string
  required: boolean
  /** Default as an author would write it; action.yml only prints it. */
  default?: string
  /** Expression of the default that the runner fills in, for the few inputs that have one in action.yml. */
  runnerDefault?: string
  /** A value that never appears in an error. */
  secret?: boolean
  /** Only for the types: the value that {@link parseInputs} gives. */
  readonly value?: T
}

/** Inputs by name. */
export type Inputs = Record<string, Input<unknown>>

/** The values of declared inputs, by the same names. */
export type Values<I extends Inputs> = { [N in keyof I]: I[N] extends Input<infer T> ? T : never }

/** An input that may be left out. */
export const optional = <T>(kind: Kind<T>, description: string): Input<T | undefined> => ({
  kind,
  description,
  required: false,
})

/** An input without which the operation cannot start. */
export const required = <T>(kind: Kind<T>, description: string): Input<T> => ({ kind, description, required: true })

/** An input with a default, written as an author would write it. */
export const withDefault = <T>(kind: Kind<T>, description: string, value: string): Input<T> => ({
  kind,
  description,
  required: false,
  default: value,
})

/** The same input with the default that one operation gives it. */
export const defaulting = <T>(input: Input<T>, value: string): Input<NonNullable<T>> => ({
  ...(input as Input<NonNullable<T>>),
  default: value,
})
