import { afterEach, describe, expect, it } from '@jest/globals'
import { type ProxyOptions, type SimulatedProxy, startProxy } from '../../simulator/proxy.ts'
import { useSimulators } from '../support/checks.ts'

const PASSWORD = 'proxy-pässword-1234'
const simulators = useSimulators([PASSWORD, encodeURIComponent(PASSWORD)])
const proxies: SimulatedProxy[] = []

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((proxy) => proxy.close()))
})

async function useProxy(options: ProxyOptions): Promise<SimulatedProxy> {
  const proxy = await startProxy(options)
  proxies.push(proxy)
  return proxy
}

const portOf = (url: string): number => Number(new URL(url).port)
const targets = ({ tunnels }: SimulatedProxy): string[] => [...new Set(tunnels.map(({ target }) => target))].sort()

/** A GitHub that calls itself api.test and storage.test: names that only a proxy knows. Undefined: its own address. */
async function startNamed({ api, storage }: { api?: string; storage?: string }) {
  const publicUrls = { ...(api && { api: `http://${api}/api/v3` }), ...(storage && { storage: `http://${storage}` }) }
  const simulator = await simulators.start({ publicUrls })
  simulator.repository().addRun({ id: 7, conclusion: 'failure' })
  return { simulator, apiUrl: publicUrls.api ?? simulator.apiUrl }
}

const download = (apiUrl: string) => ({
  operation: 'download-logs',
  'run-id': '7',
  'excerpt-lines': '0',
  'api-url': apiUrl,
  timeout: '20s',
})

describe('a proxy in the environment', () => {
  it.each(['http_proxy', 'HTTP_PROXY'])('is used for the API and for the storage (%s)', async (name) => {
    const { simulator, apiUrl } = await startNamed({ api: 'api.test', storage: 'storage.test' })
    const proxy = await useProxy({
      hosts: { 'api.test:80': portOf(simulator.apiUrl), 'storage.test:80': portOf(simulator.storageUrl) },
    })
    const end = await simulators.run(simulator, { with: download(apiUrl), env: { [name]: proxy.url } })
    expect([end.exitCode, end.result.runs[0].outcome]).toEqual([0, 'matched'])
    expect(targets(proxy)).toEqual(['api.test:80', 'storage.test:80'])
    expect(simulator.requests.map(({ host }) => host)).toContain('storage')
  })

  it('never sees the token, nor a signed URL', async () => {
    const { simulator, apiUrl } = await startNamed({ api: 'api.test', storage: 'storage.test' })
    const proxy = await useProxy({
      hosts: { 'api.test:80': portOf(simulator.apiUrl), 'storage.test:80': portOf(simulator.storageUrl) },
    })
    await simulators.run(simulator, { with: download(apiUrl), env: { http_proxy: proxy.url } })
    expect(proxy.tunnels.length).toBeGreaterThanOrEqual(2)
    expect(JSON.stringify(proxy.tunnels)).not.toMatch(/simulator-token|signature|authorization/i)
  })

  it('is used for the storage alone when the API is this machine', async () => {
    const { simulator, apiUrl } = await startNamed({ storage: 'storage.test' })
    const proxy = await useProxy({ hosts: { 'storage.test:80': portOf(simulator.storageUrl) } })
    const end = await simulators.run(simulator, { with: download(apiUrl), env: { http_proxy: proxy.url } })
    expect([end.exitCode, targets(proxy)]).toEqual([0, ['storage.test:80']])
  })

  it('is used for the API alone when the storage is this machine', async () => {
    const { simulator, apiUrl } = await startNamed({ api: 'api.test' })
    const proxy = await useProxy({ hosts: { 'api.test:80': portOf(simulator.apiUrl) } })
    const end = await simulators.run(simulator, { with: download(apiUrl), env: { http_proxy: proxy.url } })
    expect([end.exitCode, targets(proxy)]).toEqual([0, ['api.test:80']])
  })

  it('is decided anew for a redirect of the storage', async () => {
    const { simulator, apiUrl } = await startNamed({ storage: 'storage.test' })
    const proxy = await useProxy({
      hosts: { 'storage.test:80': portOf(simulator.storageUrl), 'replica.test:80': portOf(simulator.storageUrl) },
    })
    simulator.failNext(
      { host: 'storage' },
      { rewrite: (_answer, { path, query }) => redirect(`http://replica.test${path}?${new URLSearchParams(query)}`) },
    )
    const end = await simulators.run(simulator, { with: download(apiUrl), env: { http_proxy: proxy.url } })
    expect([end.exitCode, targets(proxy)]).toEqual([0, ['replica.test:80', 'storage.test:80']])
  })
})

const redirect = (location: string) => ({ status: 302, headers: { location } })

// An address of this machine that no client takes for one: only no_proxy keeps it from the proxy.
const HERE = '[::ffff:7f00:1]'

describe('no_proxy', () => {
  async function startBoth() {
    const here = (url: string) => url.replace('127.0.0.1', HERE)
    const simulator = await simulators.start({
      publicUrls: (own) => ({ api: here(own.api), storage: here(own.storage) }),
    })
    simulator.repository().addRun({ id: 7, conclusion: 'failure' })
    const api = new URL(here(simulator.apiUrl)).host
    return { simulator, api, storage: new URL(here(simulator.storageUrl)).host }
  }

  it.each([
    ['both', '', ['api', 'storage']],
    ['the storage only', 'api', ['storage']],
    ['the API only', 'storage', ['api']],
    ['nothing', 'api,storage', []],
    ['nothing by *', '*', []],
  ])('decides for each host by itself: through the proxy goes %s', async (_what, noProxy, expected) => {
    const { simulator, api, storage } = await startBoth()
    const proxy = await useProxy({
      hosts: { [api]: portOf(simulator.apiUrl), [storage]: portOf(simulator.storageUrl) },
    })
    const named: Record<string, string> = { api, storage }
    const no_proxy = noProxy.replaceAll(/api|storage/g, (name) => named[name] ?? '')
    const end = await simulators.run(simulator, {
      with: download(`http://${api}/api/v3`),
      env: { HTTP_PROXY: proxy.url, no_proxy },
    })
    expect([end.stdout, end.exitCode]).toEqual([end.stdout, 0])
    expect(targets(proxy)).toEqual(expected.map((name) => named[name]).sort())
  })
})

describe('a proxy that does not do its work', () => {
  const list = (apiUrl: string) => ({ operation: 'list-runs', 'api-url': apiUrl, timeout: '2s' })

  it('gets the password of its URL, which nobody else sees', async () => {
    const { simulator, apiUrl } = await startNamed({ api: 'api.test' })
    const proxy = await useProxy({
      hosts: { 'api.test:80': portOf(simulator.apiUrl) },
      credentials: `me:${PASSWORD}`,
    })
    const http_proxy = proxy.url.replace('//', `//me:${encodeURIComponent(PASSWORD)}@`)
    const right = await simulators.run(simulator, { with: list(apiUrl), env: { http_proxy } })
    expect(right.exitCode).toBe(0)
    const wrong = await simulators.run(simulator, {
      with: list(apiUrl),
      env: { http_proxy: http_proxy.replace('//me', '//you'), RUNNER_DEBUG: '1' },
    })
    expect(wrong.exitCode).toBe(1)
    expect(wrong.stdout).toMatch(/::error::No answer to GET .* from http:\/\/api\.test: .*407.*proxy settings/)
  })

  it('is an error at once when it is no proxy that is known', async () => {
    const { simulator, apiUrl } = await startNamed({ api: 'api.test' })
    const http_proxy = `socks5://me:${encodeURIComponent(PASSWORD)}@proxy.test`
    const end = await simulators.run(simulator, { with: list(apiUrl), env: { http_proxy } })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/::error::The proxy for http:\/\/api\.test, .* name the host in no_proxy/)
    expect(simulator.requests).toEqual([])
  })

  it('ends the step at `timeout` when it never answers', async () => {
    const { simulator, apiUrl } = await startNamed({ api: 'api.test' })
    const proxy = await useProxy({ hosts: {}, hangs: true })
    const end = await simulators.run(simulator, { with: list(apiUrl), env: { http_proxy: proxy.url } })
    expect([end.exitCode, end.result.reason]).toEqual([1, 'timeout'])
    expect(end.milliseconds).toBeLessThan(4000)
  })
})
