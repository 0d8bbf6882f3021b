import { stringify } from 'yaml'
import type { Operation } from '../../src/operation.ts'
import { OUTPUTS } from '../../src/outputs.ts'
import { describeDefault, describeUsers, groupInputs, type InputFacts } from './inputs.ts'

const INDENT = '  '

/** A text as a YAML scalar on one line, quoted only where YAML needs it. */
const scalar = (text: string): string => stringify(text, { lineWidth: 0, singleQuote: true }).trimEnd()

const entry = (name: string, lines: readonly string[]): string =>
  [`${INDENT}${name}:`, ...lines.map((line) => `${INDENT}${INDENT}${line}`)].join('\n')

function operationInput(operations: readonly Operation[]): string {
  const names = operations.map(({ name }) => name).join(', ')
  return entry('operation', [`description: ${scalar(`What to do. One of: ${names}.`)}`, 'required: true'])
}

function describeInput(facts: InputFacts, operations: readonly Operation[]): string {
  const { name, input, requiredBy } = facts
  const standard = describeDefault(facts)
  const description = [
    input.description,
    ...(standard === undefined ? [] : [`Default: ${standard}.`]),
    ...(requiredBy.length === 0 ? [] : [`Required by: ${requiredBy.join(', ')}.`]),
    `Used by: ${describeUsers(facts, operations)}.`,
  ].join(' ')
  // Other defaults live in the code: with them here, every input would look as if the author had set it.
  const runnerDefault = input.runnerDefault === undefined ? [] : [`default: \${{ ${input.runnerDefault} }}`]
  return entry(name, [`description: ${scalar(description)}`, ...runnerDefault])
}

/** The entries below `inputs:` in action.yml. */
export function renderInputs(operations: readonly Operation[]): string {
  const groups = groupInputs(operations).map(({ title, inputs }) => [
    `${INDENT}# ${title}`,
    ...inputs.map((facts) => describeInput(facts, operations)),
  ])
  return [operationInput(operations), ...groups.flat()].join('\n')
}

/** Outputs that every operation sets and that are made from the whole result. */
export const RESULT_OUTPUTS = {
  result: 'What was done, as JSON: runs with outcome and reason, counts, requests. At most 900,000 bytes.',
  'result-path': 'File with the whole `result`, for when it does not fit into an output.',
} as const

/** The entries below `outputs:` in action.yml. */
export function renderOutputs(): string {
  const described = Object.entries(OUTPUTS).map(([name, { description }]): [string, string] => [name, description])
  return [...Object.entries(RESULT_OUTPUTS), ...described]
    .map(([name, description]) => entry(name, [`description: ${scalar(description)}`]))
    .join('\n')
}
