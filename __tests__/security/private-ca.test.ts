import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { startProxy } from '../../simulator/proxy.ts'
import { createPrivateCa, hasOpenssl, type PrivateCa, startTlsFront, type TlsFront } from '../../simulator/tls.ts'
import { useSimulators } from '../support/checks.ts'

const simulators = useSimulators()
const fronts: TlsFront[] = []

afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()))
})

// A test that is left out should be seen to be.
if (!hasOpenssl())
  process.stderr.write('Without the command openssl no certificate can be made: the tests of TLS are left out.\n')
const describeTls = hasOpenssl() ? describe : describe.skip

/** A GitHub whose API and storage speak TLS with a certificate of a private authority. */
async function startSecure(ca: PrivateCa, host = '127.0.0.1') {
  const [api, storage] = await Promise.all([startTlsFront(ca), startTlsFront(ca)])
  fronts.push(api, storage)
  const simulator = await simulators.start({
    publicUrls: { api: `https://${host}:${api.port}/api/v3`, storage: `https://127.0.0.1:${storage.port}` },
  })
  api.target = Number(new URL(simulator.apiUrl).port)
  storage.target = Number(new URL(simulator.storageUrl).port)
  simulator.repository().addRun({ id: 7, conclusion: 'failure' })
  return { simulator, api, storage, apiUrl: `https://${host}:${api.port}/api/v3` }
}

const download = (apiUrl: string) => ({ operation: 'download-logs', 'run-id': '7', 'api-url': apiUrl })

describeTls('a server whose certificate a private authority signed', () => {
  let ca: PrivateCa
  beforeAll(() => {
    ca = createPrivateCa('ghe.test')
  })
  afterAll(() => ca.remove())

  it('is trusted when NODE_EXTRA_CA_CERTS names the authority, for the API and for the storage', async () => {
    const { simulator, apiUrl, storage } = await startSecure(ca)
    const end = await simulators.run(simulator, { with: download(apiUrl), env: { NODE_EXTRA_CA_CERTS: ca.caFile } })
    expect([end.exitCode, end.stderr, end.result.runs[0].outcome]).toEqual([0, '', 'matched'])
    expect(storage.connections.count).toBe(1)
  })

  it('is trusted behind a proxy too, which sees nothing but the name', async () => {
    const { simulator, api } = await startSecure(ca, 'ghe.test')
    const target = `ghe.test:${api.port}`
    const proxy = await startProxy({ hosts: { [target]: api.port } })
    const end = await simulators.run(simulator, {
      with: { operation: 'list-runs', 'api-url': `https://${target}/api/v3` },
      env: { NODE_EXTRA_CA_CERTS: ca.caFile, HTTPS_PROXY: proxy.url },
    })
    await proxy.close()
    expect([end.exitCode, end.result.runs.length]).toEqual([0, 1])
    expect(proxy.tunnels.map((tunnel) => tunnel.target)).toEqual([target])
  })

  it.each([
    ['a read', { operation: 'list-runs' }],
    ['a write', { operation: 'cancel', 'run-id': '7' }],
    ['a review', { operation: 'approve', 'run-id': '7' }],
  ])('is refused otherwise, at once, with what to do: %s', async (_what, inputs) => {
    const { simulator, apiUrl, api } = await startSecure(ca)
    const end = await simulators.run(simulator, { with: { ...inputs, 'api-url': apiUrl } })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/::error::.*certificate.*NODE_EXTRA_CA_CERTS/)
    expect(simulator.requests).toEqual([])
    expect(api.connections.count).toBe(1)
    expect(end.milliseconds).toBeLessThan(3000)
  })

  it('is refused as a storage, at once, with what to do', async () => {
    const { simulator, storage } = await startSecure(ca)
    const end = await simulators.run(simulator, { with: download(simulator.apiUrl) })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/::error::.*certificate.*NODE_EXTRA_CA_CERTS/)
    expect(storage.connections.count).toBe(1)
  })

  it('is refused when the certificate is for another name', async () => {
    const { simulator, api } = await startSecure(ca)
    const end = await simulators.run(simulator, {
      with: { operation: 'list-runs', 'api-url': `https://localhost:${api.port}/api/v3` },
      env: { NODE_EXTRA_CA_CERTS: ca.caFile },
    })
    expect(end.exitCode).toBe(1)
    expect(end.stdout).toMatch(/::error::.*certificate of localhost:\d+ .*another name.*`api-url`/)
    expect(api.connections.count).toBe(1)
  })
})
