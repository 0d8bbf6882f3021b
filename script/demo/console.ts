import { styleText } from 'node:util'
import type { LogLine } from './log-view.ts'
import type { Scene } from './play.ts'
import type { WorkflowStep } from './workflow.ts'

const PREFIX: Record<LogLine['level'], string> = {
  plain: '',
  notice: styleText('blue', 'Notice: '),
  warning: styleText('yellow', 'Warning: '),
  error: styleText('red', 'Error: '),
}

/** Longest output that is shown whole. */
const SHOWN_LENGTH = 100

/** Prints the heading of a step. */
export function printHeading(step: WorkflowStep, number: number, count: number): void {
  console.log(styleText('bold', `\n▶ ${number}/${count} ${step.name}`) + styleText('dim', ` (${step.with.operation})`))
}

/** Prints a line of a step's log. */
export function printLine({ level, text }: LogLine): void {
  for (const line of text.split('\n')) console.log(`  ${styleText('dim', '│')} ${PREFIX[level]}${line}`)
}

const shorten = (value: string): string =>
  value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}… (${value.length} characters)` : value

/** Prints how a step ended, and what it left behind. */
export function printEnd({ end, ending, problems }: Scene, summaryPath: string): void {
  const outputs = Object.entries(end.outputs)
  const width = Math.max(...outputs.map(([name]) => name.length))
  for (const [name, value] of outputs) console.log(`    ${styleText('cyan', name.padEnd(width))}  ${shorten(value)}`)
  console.log(`    ${styleText('dim', `job summary: ${summaryPath}`)}`)
  for (const problem of problems) console.log(styleText('red', `  ✘ not as the story expects: ${problem}`))
  if (problems.length > 0) return
  const how = ending.passes ? 'passed' : 'failed'
  console.log(styleText('green', `  ✔ ${how} as expected, after ${(end.milliseconds / 1000).toFixed(1)} s`))
}
