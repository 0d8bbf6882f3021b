import type { SimulatedJob } from './job.ts'
import { type SimulatedStep, stepsOf } from './steps.ts'

/** The runner begins its log files with one (actions/runner Logging.cs). */
const BOM = '\uFEFF'

const STAMP = /^\uFEFF?\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}Z /

/** Whether a job leaves a log at all: not if it was skipped or never started, nor if the service lost it. */
export function hasLog(job: SimulatedJob): boolean {
  return (
    job.status === 'completed' && job.conclusion !== 'skipped' && job.startedAt !== undefined && job.spec.noLog !== true
  )
}

/** The log file of a whole job. */
export function jobLog(job: SimulatedJob): string {
  const { log } = job.spec
  const text = log === undefined ? stepsOf(job).map(stepText).join('') : stamp(log, job.startedAt ?? 0)
  return withBom(text)
}

/** The log file of one step; undefined where GitHub has none, for skipped steps. */
export function stepLog(step: SimulatedStep): string | undefined {
  return step.conclusion === 'skipped' ? undefined : withBom(stepText(step))
}

/** The lines of the runner itself. */
export function systemLog(job: SimulatedJob): string {
  const lines = [
    `Requested labels: ${(job.spec.labels ?? ['ubuntu-latest']).join(', ')}`,
    `Job is about to start running`,
  ]
  return withBom(stamp(lines.join('\n'), job.startedAt ?? 0))
}

function stepText(step: SimulatedStep): string {
  if (step.conclusion === 'skipped') return ''
  return stamp(step.log ?? defaultText(step), step.startedAt ?? 0)
}

function defaultText(step: SimulatedStep): string {
  const lines = [`##[group]${step.name}`, `echo "${step.name}"`, '##[endgroup]', step.name]
  if (step.conclusion === 'failure') lines.push('##[error]Process completed with exit code 1.')
  if (step.conclusion === 'cancelled') lines.push('##[error]The operation was canceled.')
  return lines.join('\n')
}

function withBom(text: string): string {
  return text.startsWith(BOM) ? text : BOM + text
}

/** Stamps each line, a microsecond apart; a text that begins with a stamp is taken as it is. */
function stamp(text: string, start: number): string {
  if (text === '' || STAMP.test(text)) return text
  const lines = text.replace(/\n$/, '').split('\n')
  return lines.map((line, index) => `${stampAt(start, index)} ${line}\n`).join('')
}

/** .NET's round-trip format: seven decimals, UTC. */
function stampAt(start: number, microseconds: number): string {
  const time = new Date(start + Math.floor(microseconds / 1000)).toISOString().slice(0, -1)
  return `${time}${String((microseconds % 1000) * 10 + 7).padStart(4, '0')}Z`
}
