import type { JobReport } from './report.ts'
import { isCompleted, isFailedJob } from './runs/status.ts'

const MAX_BARS = 60
const MAX_NAME = 60

/** Text without the characters that end or start something in a Mermaid gantt, or the code block around it. */
const forGantt = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N} ._/()@+-]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_NAME) || 'job'

/** First words that Mermaid takes for commands, and dates; a space that nobody sees makes names of them. */
const KEYWORD =
  /^(gantt|section|title|dateFormat|axisFormat|tickInterval|includes|excludes|todayMarker|weekday|weekend|inclusiveEndDates|topAxis|click|href|call|accTitle|accDescr|\d{4}-\d\d-\d\d)/i

const forBar = (name: string): string => forGantt(name).replace(KEYWORD, '\u200b$&')

function renderBar(job: JobReport, now: number): string {
  const start = Date.parse(job.startedAt ?? '')
  const end = job.completedAt === null ? now : Date.parse(job.completedAt)
  const state = isFailedJob(job) ? 'crit, ' : isCompleted(job) ? 'done, ' : 'active, '
  const attempt = job.attempt > 1 ? ` (attempt ${job.attempt})` : ''
  return `  ${forBar(job.name)}${attempt} :${state}${start}, ${Math.max(end, start + 1000)}`
}

/**
 * A Mermaid gantt of the jobs that have started.
 *
 * @param now milliseconds since the epoch; end of the bars of jobs that still run
 * @returns lines of Markdown; none when no job has started
 */
export function renderGantt(jobs: readonly JobReport[], now: number): string[] {
  const started = jobs.filter((job) => job.conclusion !== 'skipped' && !Number.isNaN(Date.parse(job.startedAt ?? '')))
  if (started.length === 0) return []
  const rest = started.length - MAX_BARS
  return [
    '```mermaid',
    'gantt',
    '  dateFormat x',
    '  axisFormat %H:%M:%S',
    ...started.slice(0, MAX_BARS).map((job) => renderBar(job, now)),
    '```',
    ...(rest > 0 ? ['', `and ${rest} more jobs: see \`result-path\`.`] : []),
    '',
  ]
}
