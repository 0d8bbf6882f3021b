import { formatDuration } from './durations.ts'
import { forHtml, forMarkdown } from './foreign-text.ts'
import { renderGantt } from './gantt.ts'
import type { FailureExcerpt, Report, RunOutcome } from './report.ts'
import { countOutcomes } from './report.ts'
import type { Run } from './runs/run.ts'
import { isCompleted } from './runs/status.ts'

/** GitHub drops a summary of more than 1 MiB whole; some room for what else the step writes. */
const MAX_BYTES = 1_000_000

const MAX_ROWS = 200

const ICONS: Record<RunOutcome['outcome'], string> = {
  matched: '🔎',
  planned: '📝',
  changed: '✅',
  skipped: '⏭️',
  failed: '❌',
}

/** What the summary is made from. */
export interface SummarySource {
  operation: string
  /** `owner/repo`. */
  repository: string | null
  dryRun: boolean
  report: Report
  /** Milliseconds since the epoch. */
  now: number
  /** Why the step fails; undefined when it does not. */
  problem: string | undefined
}

/** A link, if the URL is one that a server may give: no other scheme, and nothing that ends the link early. */
const link = (label: string, url: string): string =>
  /^https?:\/\/[^\s\p{C}()<>|\\`]+$/u.test(url) ? `[${label}](${url})` : label

const cell = (value: string | null): string => forMarkdown(value ?? '') || '–'

/** How long a completed run took, or how old one is that has not ended. */
function timeOf(run: Run, now: number): string {
  const start = Date.parse(run.startedAt ?? run.createdAt ?? '')
  const end = isCompleted(run) ? Date.parse(run.updatedAt ?? '') : now
  return Number.isNaN(end - start) ? '–' : formatDuration(Math.max(0, end - start))
}

function renderRow({ run, outcome, reason, message }: RunOutcome, now: number): string {
  const label = run.number === null ? String(run.id) : `#${run.number}`
  const title = run.title ? ` ${forMarkdown(run.title)}` : ''
  const cells = [
    `${link(label, run.url)}${title}`,
    cell(run.workflow),
    cell(run.branch),
    `${ICONS[outcome]} ${outcome}`,
    `${reason ? `\`${reason}\`: ` : ''}${forMarkdown(message)}`,
    timeOf(run, now),
  ]
  return `| ${cells.join(' | ')} |`
}

function renderTable(report: Report, now: number): string[] {
  if (report.runs.length === 0) return []
  const rest = report.runs.length - MAX_ROWS
  return [
    '| Run | Workflow | Branch | Outcome | Reason | Age or duration |',
    '| --- | --- | --- | --- | --- | --- |',
    ...report.runs.slice(0, MAX_ROWS).map((entry) => renderRow(entry, now)),
    '',
    ...(rest > 0 ? [`and ${rest} more runs: see \`result-path\`.`, ''] : []),
  ]
}

function countRuns(report: Report): string {
  const counts = (['changed', 'planned', 'matched', 'skipped', 'failed'] as const)
    .map((outcome) => ({ outcome, runs: countOutcomes(report, outcome) }))
    .filter(({ runs }) => runs > 0)
    .map(({ outcome, runs }) => `${runs} ${outcome}`)
  return counts.join(', ') || 'no runs'
}

/** A failure excerpt, collapsed. In HTML, since a fence in the log would end a fence around it. */
function renderFailure({ job, step, lines, url }: FailureExcerpt): string[] {
  const title = forMarkdown(step === null ? job : `${job} / ${step}`)
  return [
    `<details><summary>❌ ${title}</summary>`,
    '',
    `<pre>${lines.map(forHtml).join('\n') || 'No log could be had.'}</pre>`,
    '',
    link('Open the job', url),
    '',
    '</details>',
    '',
  ]
}

/** Cuts between lines, so that no cell and no entity is torn. */
function cutToSize(lines: readonly string[]): string {
  let left = MAX_BYTES
  const kept = lines.filter((line) => {
    left -= Buffer.byteLength(line) + 1
    return left >= 0
  })
  if (kept.length < lines.length) kept.push('', 'The rest was cut: a summary has room for 1 MiB.')
  return `${kept.join('\n')}\n`
}

/** Renders the job summary (docs/behaviour.md, Summary). All foreign text passes through `forMarkdown`. */
export function renderSummary({ operation, repository, dryRun, report, now, problem }: SummarySource): string {
  const [only] = report.runs.length === 1 ? report.runs : []
  const about = only ? `run ${link(String(only.run.id), only.run.url)}` : countRuns(report)
  const result = problem === undefined ? (dryRun ? '📝 planned' : '✅ done') : '❌ failed'
  return cutToSize([
    `### ${forMarkdown(operation) || 'no operation'}: ${result} – ${about}`,
    '',
    ...(repository
      ? [`Repository ${forMarkdown(repository)}${dryRun ? ', dry run: nothing was changed' : ''}`, '']
      : []),
    ...(problem === undefined ? [] : [`> ${forMarkdown(problem)}`, '']),
    ...renderTable(report, now),
    ...renderGantt(report.jobs ?? [], now),
    ...(report.failures ?? []).flatMap(renderFailure),
    ...report.notes.map((note) => `- ${forMarkdown(note)}`),
  ])
}
