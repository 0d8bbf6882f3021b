import { UsageError } from '../errors.ts'
import type { Input, Inputs, Values } from './declaration.ts'

/** Reads the trimmed text of an input; `''` when it is not set. */
export type ReadInput = (name: string) => string

const SHOWN_LENGTH = 100

/**
 * A value as it stands in an error: quoted as JSON, so that line breaks and control characters are seen, and cut. A user
 * name in a URL may come with a password.
 */
function show(value: string): string {
  const harmless = value.replaceAll(/\/\/[^/?#\s]*@/g, '//***@')
  return JSON.stringify(harmless.length > SHOWN_LENGTH ? `${harmless.slice(0, SHOWN_LENGTH)}…` : harmless)
}

function parseInput(name: string, input: Input<unknown>, read: ReadInput, problems: string[]): unknown {
  const given = read(name)
  const value = given === '' ? (input.default ?? '') : given
  if (value === '') {
    if (input.required) problems.push(`Input \`${name}\` is required: expected ${input.kind.expects}.`)
    return undefined
  }
  const parsed = input.kind.parse(value)
  if (parsed === undefined) {
    const seen = input.secret ? 'a value' : show(value)
    problems.push(`Input \`${name}\` is ${seen}: expected ${input.kind.expects}.`)
  }
  return parsed
}

/**
 * Reads all declared inputs.
 *
 * @param check looks at the values together and returns a sentence per problem; called only when each is right by itself
 * @throws UsageError with every problem of every input
 */
export function parseInputs<I extends Inputs>(
  inputs: I,
  read: ReadInput,
  check: (values: Values<I>) => string[] = () => [],
): Values<I> {
  const problems: string[] = []
  const entries = Object.entries(inputs).map(([name, input]) => [name, parseInput(name, input, read, problems)])
  const values = Object.fromEntries(entries) as Values<I>
  if (problems.length === 0) problems.push(...check(values))
  if (problems.length > 0) throw new UsageError(problems)
  return values
}
