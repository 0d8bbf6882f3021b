import { HttpClient } from '@actions/http-client'
import { Agent, type Dispatcher, fetch, type RequestInit as UndiciRequestInit } from 'undici'
import { UsageError } from '../errors.ts'
import type { Fetch } from './fetch.ts'

/** The proxies that the environment names, as the actions toolkit reads it: `https_proxy`, `http_proxy`, `no_proxy`. */
function createProxyChoice(): (origin: string) => Dispatcher | undefined {
  const proxies = new Map<string, Dispatcher | undefined>()
  return (origin) => {
    if (!proxies.has(origin)) proxies.set(origin, new HttpClient().getAgentDispatcher(origin))
    return proxies.get(origin)
  }
}

/**
 * Builds the `fetch` under everything. Through which proxy a request goes, if any, is decided for each host, redirects
 * included: the logs lie on another host than the API, and `no_proxy` may name one of them.
 *
 * @param apiUrl base URL of the API
 * @throws UsageError when the proxy of the API cannot be used
 */
export function createTransport(apiUrl: string): Fetch {
  const proxyOf = createProxyChoice()
  try {
    proxyOf(new URL(apiUrl).origin)
  } catch {
    // Its URL may hold a password, so it is not repeated.
    throw new UsageError([
      `The proxy for ${new URL(apiUrl).origin}, from https_proxy or http_proxy in the environment, is no URL that starts with http: or https:. Correct it, or name the host in no_proxy.`,
    ])
  }
  const dispatcher = new Agent().compose(
    (direct) => (options, handler) =>
      proxyOf(String(options.origin))?.dispatch(options, handler) ?? direct(options, handler),
  )
  return async (url, init) =>
    (await fetch(url, { ...(init as unknown as UndiciRequestInit), dispatcher })) as unknown as Response
}
