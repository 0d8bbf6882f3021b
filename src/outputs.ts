import type { Report } from './report.ts'
import { countOutcomes } from './report.ts'
import type { Run } from './runs/run.ts'

/** One output of the action. */
interface Output {
  description: string
  /** @returns the text of the output; undefined where it has no meaning, and is not set */
  render(report: Report): string | undefined
}

const onlyRun = (report: Report): Run | undefined => (report.runs.length === 1 ? report.runs[0]?.run : undefined)

const json = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value))

const count = (number: number): string => String(number)

/** `success` if all pass, else the first conclusion that does not (docs/behaviour.md, Outputs). */
function conclusionOf(report: Report): string | undefined {
  if (report.runs.length <= 1) return onlyRun(report)?.conclusion ?? undefined
  if (!report.judged) return undefined
  const failing = report.runs.find((entry) => entry.outcome === 'failed')
  if (failing) return failing.run.conclusion ?? undefined
  return report.runs.every((entry) => entry.run.conclusion !== null) ? 'success' : undefined
}

/** The outputs that are made from the report alone; `result` and `result-path` are made from `result`. */
export const OUTPUTS = {
  'run-ids': {
    description: 'JSON array of the ids in `result.runs`, ready for `fromJSON` in a matrix.',
    render: (report) => json(report.runs.map((entry) => entry.run.id)),
  },
  'matched-count': { description: 'Number of runs looked at.', render: (report) => count(report.runs.length) },
  'changed-count': {
    description: 'Number of runs changed.',
    render: (report) => count(countOutcomes(report, 'changed')),
  },
  'skipped-count': {
    description: 'Number of runs skipped, each with its reason in `result`.',
    render: (report) => count(countOutcomes(report, 'skipped')),
  },
  'failed-count': {
    description: 'Number of runs on which the operation failed.',
    render: (report) => count(countOutcomes(report, 'failed')),
  },
  'run-id': {
    description: 'Id of the run, where the operation ended with exactly one.',
    render: (report) => onlyRun(report)?.id.toString(),
  },
  'run-url': { description: 'URL of that run.', render: (report) => onlyRun(report)?.url },
  'run-attempt': {
    description: 'Attempt of that run; after a re-run the new one.',
    render: (report) => onlyRun(report)?.attempt?.toString(),
  },
  status: { description: 'Status of that run.', render: (report) => onlyRun(report)?.status ?? undefined },
  conclusion: {
    description:
      'Conclusion of that run; of several waited-for runs `success` if all pass, else the first that does not.',
    render: conclusionOf,
  },
  jobs: { description: 'JSON array of the jobs.', render: (report) => json(report.jobs) },
  environments: {
    description: 'JSON array of the names of the environments.',
    render: (report) => json(report.environments),
  },
  reviews: { description: 'JSON array of the reviews.', render: (report) => json(report.reviews) },
  'logs-path': { description: 'Folder with the logs.', render: (report) => report.logsPath },
  'log-count': {
    description: 'Number of log files written; a kept zip is not counted.',
    render: (report) =>
      report.logs &&
      count(report.logs.flatMap((manifest) => manifest.jobs).reduce((sum, job) => sum + job.files.length, 0)),
  },
} as const satisfies Record<string, Output>

/** Name of an output that is made from the report. */
export type OutputName = keyof typeof OUTPUTS

/** Set by every operation. */
export const COMMON_OUTPUTS: readonly OutputName[] = [
  'run-ids',
  'matched-count',
  'changed-count',
  'skipped-count',
  'failed-count',
]

/** Outputs about the one run that an operation ended with. */
export const RUN_OUTPUTS: readonly OutputName[] = ['run-id', 'run-url', 'run-attempt', 'status', 'conclusion']

/**
 * The outputs of an operation as texts.
 *
 * @param names those that it declares, beside the common ones
 */
export function renderOutputs(report: Report, names: readonly OutputName[]): [string, string][] {
  return [...COMMON_OUTPUTS, ...names].flatMap((name): [string, string][] => {
    const value = OUTPUTS[name].render(report)
    return value === undefined ? [] : [[name, value]]
  })
}
