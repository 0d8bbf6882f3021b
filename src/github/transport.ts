import { HttpClient } from '@actions/http-client'
import { Agent, type Dispatcher, fetch, type RequestInit as UndiciRequestInit } from 'undici'
import { OperationError, UsageError } from '../errors.ts'
import type { Fetch } from './fetch.ts'
import { causesOf } from './refusals.ts'

/** The proxies that the environment names, as the actions toolkit reads it: `https_proxy`, `http_proxy`, `no_proxy`. */
function createProxyChoice(): (origin: string) => Dispatcher | undefined {
  const proxies = new Map<string, Dispatcher | undefined>()
  return (origin) => {
    if (!proxies.has(origin)) proxies.set(origin, new HttpClient().getAgentDispatcher(origin))
    return proxies.get(origin)
  }
}

/** How Node names what is wrong with a certificate (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const WRONG_CERTIFICATE = /CERT|^(INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/

const PRIVATE_AUTHORITY =
  'If a private authority has signed it, set the environment variable NODE_EXTRA_CA_CERTS of the step to a PEM file with the certificate of that authority.'

function adviseOnCertificate(code: string): string {
  if (/ALTNAME|HOSTNAME/.test(code)) return 'It is made out to another name: check the address, for the API `api-url`.'
  if (/EXPIRED|NOT_YET_VALID/.test(code)) return 'Renew it on the server, and check the clock of the runner.'
  return PRIVATE_AUTHORITY
}

/** A certificate does not get better by asking again, so this is none of the errors that are retried. */
function explainCertificate(error: unknown, url: string): unknown {
  const { messages, code } = causesOf(error)
  if (code === undefined || !WRONG_CERTIFICATE.test(code)) return error
  return new OperationError(
    'server-error',
    `The certificate of ${new URL(url).host} is not trusted: ${messages.at(-1)} (${code}). ${adviseOnCertificate(code)}`,
    { cause: error },
  )
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
  return async (url, init) => {
    try {
      return (await fetch(url, { ...(init as unknown as UndiciRequestInit), dispatcher })) as unknown as Response
    } catch (error) {
      throw explainCertificate(error, url)
    }
  }
}
