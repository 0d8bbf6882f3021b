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

function parseInput(name: string, input: Input<unknown>, read: ReadInput, problems: Map<string, string>): unknown {
  const given = read(name)
  const value = given === '' ? (input.default ?? '') : given
  if (value === '') {
    if (input.required) problems.set(name, `Input \`${name}\` is required: expected ${input.kind.expects}.`)
    return undefined
  }
  const parsed = input.kind.parse(value)
  if (parsed === undefined) {
    const seen = input.secret ? 'a value' : show(value)
    problems.set(name, `Input \`${name}\` is ${seen}: expected ${input.kind.expects}.`)
  }
  return parsed
}

/** Looks at inputs together; a sentence for each problem. */
export type Check<I extends Inputs> = (values: Values<I>) => string[]

class WrongInput extends Error {}

/** What a check finds, if all inputs that it looks at are right by themselves; the others have been told of already. */
function runCheck<I extends Inputs>(check: Check<I>, values: Values<I>, wrong: ReadonlyMap<string, string>): string[] {
  const guarded = new Proxy(values, {
    get(target, name) {
      if (wrong.has(String(name))) throw new WrongInput()
      return Reflect.get(target, name)
    },
  })
  try {
    return check(guarded)
  } catch (error) {
    if (error instanceof WrongInput) return []
    throw error
  }
}

/**
 * Reads all declared inputs.
 *
 * @throws UsageError with every problem of every input
 */
export function parseInputs<I extends Inputs>(inputs: I, read: ReadInput, checks: readonly Check<I>[] = []): Values<I> {
  const wrong = new Map<string, string>()
  const entries = Object.entries(inputs).map(([name, input]) => [name, parseInput(name, input, read, wrong)])
  const values = Object.fromEntries(entries) as Values<I>
  const problems = [...wrong.values(), ...checks.flatMap((check) => runCheck(check, values, wrong))]
  if (problems.length > 0) throw new UsageError(problems)
  return values
}
