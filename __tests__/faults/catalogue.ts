import { type Exchange, type Fault, type FaultKind, faults, type Simulator } from '../../simulator/index.ts'
import { CANARY, type Scenario } from './scenario.ts'

/** One way in which one request can go wrong. */
export interface NamedFault {
  name: string
  make(simulator: Simulator, exchange: Exchange): Fault
  appliesTo(exchange: Exchange, scenario: Scenario): boolean
  /**
   * What is left of the clean run's ending. all: nothing may differ; claims: it may fail, but every claim is true; world:
   * the truth itself is another one, so a read may say something else.
   */
  spares: 'all' | 'claims' | 'world'
  /** Met by the request of one run, it is the matter of that run alone. */
  isLocal?: true
}

/** The run that a case is about, where its fault is the matter of one run alone. */
export const onlyRunOf = ({ isLocal }: NamedFault, exchange: Exchange): number | undefined =>
  isLocal ? runIdOf(exchange) : undefined

const isApi = ({ host }: Exchange) => host === 'api'
const isWrite = ({ method }: Exchange) => method !== 'GET'
const isRead = (exchange: Exchange) => isApi(exchange) && !isWrite(exchange)
const hasBody = ({ status, responseHeaders }: Exchange) =>
  status === 200 && responseHeaders['content-length'] !== '0' && responseHeaders['content-length'] !== '2'
const isRunList = ({ path }: Exchange) => path.endsWith('/runs')
const isList = (exchange: Exchange) => isApi(exchange) && /\/(runs|jobs|workflows)$/.test(exchange.path)

/** The run that a request is about. */
const runIdOf = ({ path }: Exchange): number | undefined => {
  const id = /\/runs\/(\d+)/.exec(path)?.[1]
  return id === undefined ? undefined : Number(id)
}

type Applies = NamedFault['appliesTo']

const plain = (name: string, fault: Fault, appliesTo: Applies, spares: NamedFault['spares'] = 'all'): NamedFault => ({
  name,
  make: () => fault,
  appliesTo,
  spares,
})

const STATUSES = [500, 502, 503, 504]

/** After a lost answer to such a write nobody can know whether it took effect. */
const lost = (fault: NamedFault): NamedFault[] => [
  {
    ...fault,
    appliesTo: (exchange, scenario) => !isDoubtful(exchange, scenario) && fault.appliesTo(exchange, scenario),
  },
  {
    ...fault,
    spares: 'claims',
    appliesTo: (exchange, scenario) => isDoubtful(exchange, scenario) && fault.appliesTo(exchange, scenario),
  },
]

const isDoubtful = (exchange: Exchange, { leavesNoTrace }: Scenario) => isWrite(exchange) && leavesNoTrace === true

const outages = (when: 'before' | 'after', appliesTo: Applies): NamedFault[] =>
  [
    ...STATUSES.map((status) => plain(`${status} ${when} its effect`, { status, when }, appliesTo)),
    ...(['reset', 'hang', 'garbage'] as const).map((kind) =>
      plain(`${kind} ${when} its effect`, { kind, when }, appliesTo),
    ),
  ].flatMap(lost)

const BODIES: readonly FaultKind[] = ['half', 'truncate', 'broken', 'mistyped', 'slow', 'stall']

/** The storage sends bytes: that a text ends early, or has another type, nobody can tell from it. An archive tells itself. */
const isNoticed = ({ responseHeaders }: Exchange, kind: FaultKind) =>
  !['mistyped', 'truncate', 'broken'].includes(kind) || responseHeaders['content-type'] === 'application/zip'

const bodies: NamedFault[] = BODIES.flatMap((kind) =>
  lost(
    plain(`${kind} body`, { kind }, (exchange) => hasBody(exchange) && (isApi(exchange) || isNoticed(exchange, kind))),
  ),
)

const limits: NamedFault[] = [
  plain('429 with retry-after', faults.secondaryLimit(429, 20), isApi),
  plain('429 without retry-after', faults.secondaryLimit(429), isApi),
  plain('429 that says nothing', { status: 429, body: 'slow down' }, isApi),
  plain('403 secondary limit with retry-after', faults.secondaryLimit(403, 20), isApi),
  plain('403 secondary limit without retry-after', faults.secondaryLimit(403), isApi),
  plain('secondary limit for longer than timeout', faults.secondaryLimit(403, 9_000), isApi, 'claims'),
  plain('primary limit, reset is near', faults.primaryLimit(403, 30), isApi),
  plain('primary limit by 429, reset is near', faults.primaryLimit(429, 30), isApi),
  plain('primary limit, reset is past timeout', faults.primaryLimit(403, 9_000), isApi, 'claims'),
]

const lies: NamedFault[] = [
  plain('304 for what has changed', faults.staleEtag(), (exchange) => 'if-none-match' in exchange.requestHeaders),
  { ...plain('304 that nobody asked for', faults.staleEtag(), isRead, 'claims'), isLocal: true },
  plain('409 in a list', faults.conflict(), isList, 'claims'),
  {
    name: 'next page at another origin',
    make: (simulator) => faults.linkTo(simulator.storageUrl),
    appliesTo: (exchange) => exchange.responseHeaders.link?.includes('rel="next"') === true,
    spares: 'claims',
  },
  {
    name: 'redirect to another origin',
    isLocal: true,
    make: (simulator) => faults.redirectTo(`${simulator.storageUrl}/elsewhere`),
    appliesTo: isApi,
    spares: 'claims',
  },
  plain('a list that leaves out an entry', faults.missingEntry(), isList, 'claims'),
  plain('a list that repeats an entry', faults.repeatedEntry(), isList),
  plain(
    'a list that shows its runs as running',
    faults.staleEntries({ status: 'in_progress', conclusion: null }),
    isRunList,
    'world',
  ),
  plain(
    'a list that shows its runs as failed',
    faults.staleEntries({ status: 'completed', conclusion: 'failure' }),
    isRunList,
    'world',
  ),
]

/** From one request on nothing works any more. */
const collapse = (name: string, fault: Fault, appliesTo: Applies): NamedFault => ({
  name,
  make: (simulator) => ({ ...fault, first: () => simulator.failNext({}, { ...fault, when: 'before', times: 1e9 }) }),
  appliesTo,
  spares: 'claims',
})

const isApiWrite: Applies = (exchange) => isApi(exchange) && isWrite(exchange)

const collapses: NamedFault[] = [
  collapse('the server is down from now on', { status: 503 }, isApi),
  collapse('the network is gone from now on', { kind: 'reset' }, isApi),
  collapse('the server is down from the effect on', { status: 502, when: 'after' }, isApiWrite),
  collapse('the network is gone from the effect on', { kind: 'reset', when: 'after' }, isApiWrite),
]

const events: NamedFault[] = [
  {
    name: 'the token expires',
    make: (simulator) => ({ first: () => simulator.removeToken(CANARY) }),
    appliesTo: isApi,
    spares: 'claims',
  },
  {
    name: 'somebody deletes the run',
    isLocal: true,
    make: (simulator, exchange) => ({
      first: () => {
        const repository = simulator.repository()
        const run = repository.run(runIdOf(exchange) ?? 0)
        if (run) repository.deleteRun(run)
      },
    }),
    appliesTo: (exchange) => isApi(exchange) && runIdOf(exchange) !== undefined,
    spares: 'world',
  },
  {
    name: 'a run appears at the top of the list',
    make: (simulator) => ({
      first: () => void simulator.repository().addRun({ id: 9_999, status: 'in_progress', workflow: 'other.yml' }),
    }),
    appliesTo: isRunList,
    spares: 'world',
  },
  {
    name: 'somebody deletes the newest run of the list',
    make: (simulator) => ({
      first: () => {
        const [newest] = simulator.repository().runs
        if (newest) simulator.repository().deleteRun(newest)
      },
    }),
    appliesTo: isRunList,
    spares: 'world',
  },
  {
    name: 'a write is accepted and ignored',
    isLocal: true,
    make: (simulator, exchange) => ({
      first: () => {
        const spec = simulator.repository().run(runIdOf(exchange) ?? 0)?.identity.spec
        if (spec) spec.ignores = ['cancel', 'force-cancel', 'rerun', 'delete', 'delete-logs']
      },
    }),
    appliesTo: (exchange) =>
      isWrite(exchange) && /\/(cancel|force-cancel|rerun|rerun-failed-jobs|logs|runs\/\d+)$/.test(exchange.path),
    spares: 'world',
  },
  ...[-10, 10].map(
    (minutes): NamedFault => ({
      name: `the server's clock is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'behind' : 'ahead'} from now on`,
      make: (simulator) => ({ first: () => simulator.setClockSkew(minutes * 60_000) }),
      appliesTo: isApi,
      spares: 'claims',
    }),
  ),
]

/** Everything that can happen to a request. */
export const catalogue: readonly NamedFault[] = [
  ...outages('before', () => true),
  ...outages('after', (exchange) => isApi(exchange) && isWrite(exchange)),
  ...bodies,
  ...limits,
  ...lies,
  ...collapses,
  ...events,
]
