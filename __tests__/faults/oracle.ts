import { isDeepStrictEqual } from 'node:util'
import type { RunOutcome } from '../../src/report.ts'
import { onlyRunOf } from './catalogue.ts'
import type { Case, Played } from './play.ts'
import { CANARY, type Scenario } from './scenario.ts'

/** A run as it stands in `result`. */
type Claim = Pick<RunOutcome, 'outcome' | 'reason' | 'message'> & { id: number }

/** Words that own up to not knowing, or to having asked the server for something that was not seen to happen. */
const OWNS_UP = /may (still )?have (been|taken)|is unknown|was accepted|accepted the|requested/i

const claimsOf = ({ end }: Played): Claim[] => end?.result?.runs ?? []

/** Accepted writes to a run: of jobs, by the run of the job. */
function acceptedFor({ simulator }: Played, id: number): string[] {
  const runOf = (path: string) => {
    const job = /\/jobs\/(\d+)/.exec(path)?.[1]
    if (job) return simulator.repository().findJob(Number(job))?.run.id
    return Number(/\/runs\/(\d+)/.exec(path)?.[1])
  }
  return simulator.acceptedWrites
    .filter(({ path }) => runOf(path) === id)
    .map(({ method, path }) => `${method} ${path.replace(/^.*\/actions\//, '')}`)
}

/** What is the same in every world, and in every telling of it. */
function comparable({ end, simulator, folder, files }: Played): unknown {
  const { requests: _requests, rateLimit: _rateLimit, ...result } = end?.result ?? {}
  const text = JSON.stringify({ result, files })
  return JSON.parse(
    text
      .replaceAll(simulator.serverUrl, 'https://server')
      .replaceAll(simulator.apiUrl, 'https://api')
      .replaceAll(folder, '/folder')
      .replaceAll(/"(updatedAt|startedAt|completedAt)":"[^"]*"/g, '"$1":"…"')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '…'),
  )
}

/** Exit code and summary agree on whether the step failed. */
function checkEnding({ end }: Played, mustFail: boolean): string[] {
  const title = end?.summary.split('\n')[0] ?? ''
  return [
    ...(mustFail === (end?.failure !== undefined) ? [] : [`must fail: ${mustFail}, failure: ${end?.failure}`]),
    ...(title.includes(mustFail ? ': ❌ failed' : ': ✅ done') ? [] : [`the summary says ${title}`]),
  ]
}

function checkForm(played: Played): string[] {
  const { end, crash, pending } = played
  if (crash !== undefined || end === undefined) return [`main threw ${crash instanceof Error ? crash.stack : crash}`]
  if (end.result === undefined) return ['no result']
  const claims = claimsOf(played)
  const ids = claims.map(({ id }) => id)
  const count = (...outcomes: string[]) => claims.filter(({ outcome }) => outcomes.includes(outcome)).length
  const { matched, changed, skipped, failed } = end.result.counts
  return [
    ...checkEnding(played, count('failed') > 0 || end.result.message !== undefined),
    ...(new Set(ids).size < ids.length ? [`a run has two outcomes: ${ids}`] : []),
    ...(end.outputs['run-ids'] === JSON.stringify(ids)
      ? []
      : [`run-ids is ${end.outputs['run-ids']}, runs are ${ids}`]),
    ...(changed === count('changed') && skipped === count('skipped') && failed === count('failed')
      ? []
      : [`the counts are ${JSON.stringify(end.result.counts)}`]),
    ...(matched === ids.length ? [] : [`${matched} matched, but ${ids.length} runs`]),
    ...claims.flatMap(({ id, outcome, message }) =>
      ids.length > 200 || new RegExp(`/actions/runs/${id}[/)]`).test(end.summary)
        ? []
        : [`the summary lacks run ${id}: ${outcome} ${message}`],
    ),
    ...(pending.length > 0 ? [`left pending: ${pending}`] : []),
  ]
}

function checkSecrets({ end, simulator, files }: Played): string[] {
  const signed = simulator.requests.flatMap(({ host, responseHeaders: { location } }) =>
    host === 'api' && location?.includes('signature=') ? [new URL(location).search.slice(1)] : [],
  )
  const texts: Record<string, string> = {
    'the log': (end?.stdout ?? '').replaceAll(/^::add-mask::.*$/gm, ''),
    'the summary': end?.summary ?? '',
    'an output': JSON.stringify(end?.outputs ?? {}),
    'a failure': end?.failure ?? '',
    'a file': JSON.stringify(files),
  }
  const leaks = Object.entries(texts).filter(([, text]) => [CANARY, ...signed].some((secret) => text.includes(secret)))
  const elsewhere = simulator.requests.filter(
    ({ host, requestHeaders }) => host === 'storage' && requestHeaders.authorization !== undefined,
  )
  return [
    ...leaks.map(([place]) => `a secret stands in ${place}`),
    ...(elsewhere.length > 0 ? ['the token was sent to another origin'] : []),
  ]
}

/** Is the reason why a run was left alone true in the world? */
function isTrueSkip(played: Played, { id, reason }: Claim): boolean {
  const run = played.simulator.repository().run(id)
  switch (reason) {
    case 'not-found':
      return run === undefined
    case 'already-completed':
      return run?.status === 'completed'
    case 'not-completed':
    case 'already-running':
      return run !== undefined && (run.isLive || run.attempt > 1)
    case 'nothing-failed':
      return run?.conclusion === 'success'
    default:
      return true
  }
}

/** A write: what is claimed of a run is what happened to it. */
function checkClaim(
  played: Played,
  scenario: Scenario,
  id: number,
  { isIgnored, isElsewhere }: Circumstances,
): string[] {
  const accepted = acceptedFor(played, id)
  const claim = claimsOf(played).find((one) => one.id === id)
  const done = scenario.isDone?.(played.simulator, id) ?? false
  const told = claim ? `${claim.outcome} (${claim.reason}): ${claim.message}` : `nothing (${played.end?.failure})`
  // A cancel that is asked for again while the first one is under way changes nothing.
  const once = accepted.filter((write) => !write.endsWith('cancel'))
  const twice = once.filter((write) => once.filter((other) => other === write).length > (scenario.rounds ?? 1))
  const violations = twice.length > 0 ? [`run ${id}: took effect twice: ${twice}`] : []
  if (claim?.outcome === 'changed') {
    if (accepted.length === 0) violations.push(`run ${id}: nothing happened, but told: ${told}`)
    else if (!done && !isIgnored) violations.push(`run ${id}: accepted but not done, told: ${told}`)
    return violations
  }
  const isOwned = OWNS_UP.test(claim?.message ?? played.end?.failure ?? '') && claim?.outcome !== 'skipped'
  if (accepted.length > 0 && !isOwned && claim?.reason !== 'conclusion') {
    violations.push(`run ${id}: ${accepted} took effect, but told: ${told}`)
  }
  if (claim?.outcome === 'skipped' && !isElsewhere && !isTrueSkip(played, claim))
    violations.push(`run ${id}: not true: ${told}`)
  return violations
}

function checkWrites(played: Played, scenario: Scenario, circumstances: Circumstances): string[] {
  const isGreen = played.end?.failure === undefined
  const claims = claimsOf(played)
  const claimed = new Set(claims.map(({ id }) => id))
  const asked = scenario.asked
  const stray = [...played.before, 9_999].filter((id) => !asked.includes(id) && acceptedFor(played, id).length > 0)
  const missing = asked.filter((id) => !claimed.has(id) && played.simulator.repository().run(id) !== undefined)
  return [
    ...asked.flatMap((id) => checkClaim(played, scenario, id, circumstances)),
    ...stray.map((id) => `run ${id} was not asked for: ${acceptedFor(played, id)}`),
    ...(isGreen && !circumstances.isElsewhere ? missing.map((id) => `green, but nothing was done to run ${id}`) : []),
  ]
}

/** A read that is green shows what is there: all of it, each once, and nothing else. */
function checkRead(
  clean: Played,
  played: Played,
  scenario: Scenario,
  { isTrue, isElsewhere }: Circumstances,
): string[] {
  if (played.end?.failure !== undefined) return []
  if (isTrue) {
    return isDeepStrictEqual(comparable(clean), comparable(played)) ? [] : ['green, but the result is another one']
  }
  const ids = claimsOf(played).map(({ id }) => id)
  const now = new Set(played.simulator.repository().runs.map(({ id }) => id))
  const lost = scenario.asked.filter((id) => now.has(id) && !ids.includes(id))
  const invented = ids.filter((id) => !scenario.asked.includes(id) && id !== 9_999)
  return [
    // A list that is wrong about a run may leave it out: the filter is checked on what the list says.
    ...(isElsewhere ? [] : lost.map((id) => `green, but run ${id} is missing`)),
    ...invented.map((id) => `green, but run ${id} does not belong there`),
  ]
}

/** What the fault was about. */
interface Circumstances {
  /** The world is what it is in the clean run. */
  isTrue: boolean
  isIgnored: boolean
  /** The list itself was wrong about runs, so that it may choose fewer of them. */
  isElsewhere: boolean
}

const diff = (clean: Played, played: Played): string => {
  const tell = (one: Played) =>
    `${one.end?.failure ?? 'green'} ${JSON.stringify(
      claimsOf(one)
        .slice(0, 3)
        .map(({ id, outcome, reason, message }) => [id, outcome, reason, message]),
    )}`
  return `not the same ending.\n      clean: ${tell(clean)}\n      now:   ${tell(played)}`
}

/** What goes wrong with one run never stops the others: they end as in the clean run. */
function checkOthers({ fault, place }: Case, clean: Played, played: Played): string[] {
  const only = onlyRunOf(fault, place.exchange)
  if (only === undefined) return []
  const tell = ({ id, outcome, reason }: Claim) => `run ${id}: ${outcome} (${reason})`
  const now = new Set(claimsOf(played).map(tell))
  const others = claimsOf(clean).filter(({ id }) => id !== only)
  return others.map(tell).flatMap((told) => (now.has(told) ? [] : [`no more, because of run ${only}: ${told}`]))
}

/** Compares what a step claims with what has become of the world. @returns a sentence for each lie */
export function judge(one: Case, clean: Played, played: Played): string[] {
  const { scenario, fault } = one
  const form = checkForm(played)
  if (played.end?.result === undefined) return form
  const circumstances = {
    isTrue: fault.spares !== 'world',
    isIgnored: fault.name.includes('ignored'),
    isElsewhere: /list that (shows|leaves)/.test(fault.name),
  }
  const mustBeSame = fault.spares === 'all' && !scenario.isShort
  const isSame = isDeepStrictEqual(comparable(clean), comparable(played))
  return [
    ...form,
    ...checkSecrets(played),
    ...(scenario.isDone
      ? checkWrites(played, scenario, circumstances)
      : checkRead(clean, played, scenario, circumstances)),
    ...checkOthers(one, clean, played),
    ...(mustBeSame && !isSame ? [diff(clean, played)] : []),
  ]
}
