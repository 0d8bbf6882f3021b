import { describe, expect, it, jest } from '@jest/globals'
import { writeOnce } from '../../src/github/write.ts'
import { startBench } from './bench.ts'

/** Cancels run 5 once; whether it took effect is seen by its status. */
async function startWrite() {
  const bench = await startBench()
  const tookEffect = jest.fn(async () => {
    const { data } = (await bench.read()) as { data: { status: string } }
    return data.status === 'completed'
  })
  return { ...bench, tookEffect, write: () => writeOnce(bench.context, () => bench.cancel(), tookEffect) }
}

const posts = (requests: readonly { method: string }[]) => requests.filter(({ method }) => method === 'POST').length

describe('a write that must take effect once', () => {
  it('is sent once when it is answered, without a look', async () => {
    const { write, tookEffect, simulator } = await startWrite()
    await expect(write()).resolves.toBe('answered')
    expect([posts(simulator.requests), tookEffect.mock.calls.length]).toEqual([1, 0])
  })

  it.each([
    ['a 500', { status: 500 }],
    ['a reset connection', { kind: 'reset' }],
    ['garbage', { kind: 'garbage' }],
    ['a cut answer', { kind: 'truncate' }],
  ] as const)('is not sent again after %s when it took effect', async (_name, fault) => {
    const { write, fail, simulator } = await startWrite()
    fail('POST', { ...fault, when: 'after' })
    await expect(write()).resolves.toBe('observed')
    expect(posts(simulator.requests)).toBe(1)
  })

  it.each([
    ['a 502', { status: 502 }],
    ['a reset connection', { kind: 'reset' }],
    ['garbage', { kind: 'garbage' }],
  ] as const)('is sent again after %s when it took no effect', async (_name, fault) => {
    const { write, fail, simulator, tookEffect } = await startWrite()
    fail('POST', fault)
    await expect(write()).resolves.toBe('answered')
    expect([posts(simulator.requests), tookEffect.mock.calls.length]).toEqual([2, 1])
  })

  it('is sent three times at most, and looked at after the last as well', async () => {
    const { write, fail, simulator, tookEffect } = await startWrite()
    fail('POST', { status: 500, times: 99 })
    await expect(write()).rejects.toMatchObject({
      cause: { status: 500 },
      message: expect.stringContaining('may have'),
    })
    expect([posts(simulator.requests), tookEffect.mock.calls.length]).toEqual([3, 3])
  })

  it('is not sent again when the server refused it', async () => {
    const { write, fail, simulator, tookEffect } = await startWrite()
    fail('POST', { status: 409, body: { message: 'Cannot cancel a workflow run that is completed.' } })
    await expect(write()).rejects.toMatchObject({ status: 409 })
    expect([posts(simulator.requests), tookEffect.mock.calls.length]).toEqual([1, 0])
  })

  it('is not sent again when nobody can see whether it took effect', async () => {
    const { write, fail, simulator } = await startWrite()
    fail('POST', { status: 500, when: 'after' })
    fail('GET', { status: 404 })
    await expect(write()).rejects.toMatchObject({
      cause: { status: 404 },
      message: expect.stringContaining('is unknown'),
    })
    expect(posts(simulator.requests)).toBe(1)
  })

  it('is not sent again after the step was cancelled', async () => {
    const { write, fail, simulator, stop } = await startWrite()
    fail('POST', { status: 500 })
    const outcome = write()
    setImmediate(() => stop.abort(new Error('cancelled')))
    await expect(outcome).rejects.toThrow('cancelled')
    expect(posts(simulator.requests)).toBeLessThanOrEqual(1)
  })
})
