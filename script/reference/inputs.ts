import type { Input, Inputs } from '../../src/inputs/declaration.ts'
import { commonInputs, filterInputs, selectionInputs, waitInputs, writeInputs } from '../../src/inputs/shared.ts'
import type { Operation } from '../../src/operation.ts'

/** One input of the action, over all operations that have it. */
export interface InputFacts {
  name: string
  /** The declaration, of which only the default may differ from operation to operation. */
  input: Input<unknown>
  usedBy: string[]
  /** The operations that cannot start without it, as opposed to those that have a default or do without. */
  requiredBy: string[]
  /** Default by operation; undefined where it has none. */
  defaults: Map<string, string | undefined>
}

/** Inputs that stand together in action.yml. */
export interface InputGroup {
  title: string
  inputs: InputFacts[]
}

/** Every input, in the order in which the operations declare them. */
export function collectInputs(operations: readonly Operation[]): InputFacts[] {
  const known = new Map<string, InputFacts>()
  for (const operation of operations) {
    for (const [name, input] of Object.entries(operation.inputs)) {
      const facts: InputFacts = known.get(name) ?? { name, input, usedBy: [], requiredBy: [], defaults: new Map() }
      facts.usedBy.push(operation.name)
      if (input.required && input.runnerDefault === undefined) facts.requiredBy.push(operation.name)
      facts.defaults.set(operation.name, input.default)
      known.set(name, facts)
    }
  }
  return [...known.values()]
}

const GROUPS: readonly { title: string; inputs: Inputs }[] = [
  { title: 'Every operation', inputs: commonInputs },
  { title: 'Which runs', inputs: selectionInputs },
  { title: 'Writes', inputs: writeInputs },
  { title: 'Waits', inputs: waitInputs },
]

/** The inputs in groups, each in the first group that has it, and last those of single operations. */
export function groupInputs(operations: readonly Operation[]): InputGroup[] {
  const rest = new Map(collectInputs(operations).map((facts) => [facts.name, facts]))
  const take = (name: string): InputFacts[] => {
    const facts = rest.get(name)
    rest.delete(name)
    return facts ? [facts] : []
  }
  const groups = GROUPS.map(({ title, inputs }) => ({ title, inputs: Object.keys(inputs).flatMap(take) }))
  return [...groups, { title: 'Single operations', inputs: [...rest.values()] }].filter(
    ({ inputs }) => inputs.length > 0,
  )
}

/** Is the input one of the filters, with the default that they have everywhere? */
export function isPlainFilter(name: string, input: Input<unknown>): boolean {
  const shared: Record<string, Input<unknown>> = filterInputs
  return shared[name] !== undefined && shared[name].default === input.default
}

const code = (value: string | undefined): string => (value === undefined ? 'none' : `\`${value}\``)

/** The default as a phrase; where operations differ, the commonest comes last, as what holds for the rest. */
export function describeDefault({ defaults }: InputFacts): string | undefined {
  const byValue = Map.groupBy(defaults.keys(), (operation) => defaults.get(operation))
  const [usual, ...others] = [...byValue].sort(([, one], [, other]) => other.length - one.length)
  if (usual === undefined || (others.length === 0 && usual[0] === undefined)) return undefined
  const special = others.map(([value, names]) => `${code(value)} for ${names.join(', ')}`)
  return special.length === 0 ? code(usual[0]) : `${special.join('; ')}; else ${code(usual[0])}`
}

/** Most operations that are worth naming as exceptions. */
const FEW = 5

/** Who uses the input, as a phrase. */
export function describeUsers({ usedBy }: InputFacts, operations: readonly Operation[]): string {
  const others = operations.map(({ name }) => name).filter((name) => !usedBy.includes(name))
  if (others.length === 0) return 'all'
  return others.length <= FEW && usedBy.length > FEW ? `all but ${others.join(', ')}` : usedBy.join(', ')
}
