import { formatDuration, parseDuration } from '../durations.ts'
import { STATUS_WORDS } from '../runs/status.ts'

/** How the text of an input becomes a value. */
export interface Kind<T> {
  /** What would be accepted, as it stands in an error after "expected" and in the reference. */
  expects: string
  /** @returns the value, or undefined when the text is not acceptable; the text is trimmed and not empty */
  parse(text: string): T | undefined
}

/** Any text. */
export const text: Kind<string> = { expects: 'text', parse: (value) => value }

/** A token: visible ASCII characters, as an HTTP header takes them. */
export const secretText: Kind<string> = {
  expects: 'a token without white space or line breaks',
  parse: (value) => (/^[\x21-\x7e]+$/.test(value) ? value : undefined),
}

/** `true` or `false` in the spellings of the YAML 1.2 core schema, the only ones that the runner's own helpers take. */
export const flag: Kind<boolean> = {
  expects: '`true` or `false`',
  parse: (value) => {
    if (['true', 'True', 'TRUE'].includes(value)) return true
    if (['false', 'False', 'FALSE'].includes(value)) return false
    return undefined
  },
}

/** A whole number between two bounds, both included. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> {
  const bound = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  return {
    expects: `a whole number ${bound}`,
    parse: (value) => {
      const amount = Number(value)
      return /^\d+$/.test(value) && amount >= min && amount <= max && Number.isSafeInteger(amount) ? amount : undefined
    },
  }
}

/** An attempt of a run, or all of them. */
export const attemptNumber: Kind<number | 'all'> = {
  expects: 'the number of an attempt, or `all`',
  parse: (value) => (value === 'all' ? value : integer(1).parse(value)),
}

/** One of a few words. */
export function choice<const T extends string>(...words: T[]): Kind<T> {
  return {
    expects: `one of ${words.map((word) => `\`${word}\``).join(', ')}`,
    parse: (value) => words.find((word) => word === value),
  }
}

/** A span of time of at least `min` milliseconds; the value is in milliseconds. */
export function duration(min = 0): Kind<number> {
  const least = min > 0 ? `, at least ${formatDuration(min)}` : ''
  return {
    expects: `a duration with its unit (s, m, h, d or w) such as \`30s\`, \`5m\`, \`2h\`, \`7d\`, \`2w\` or \`1h30m\`${least}`,
    parse: (value) => {
      const ms = parseDuration(value)
      return ms !== undefined && ms >= min ? ms : undefined
    },
  }
}

const SIZE_UNITS: Record<string, number> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 }

/** A number of bytes with its unit. */
export const byteSize: Kind<number> = {
  expects: 'a size with its unit such as `500MB`, `2GB` or `512MiB`',
  parse: (value) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(value) ?? []
    const factor = SIZE_UNITS[unit?.toUpperCase() ?? '']
    const bytes = Math.floor(Number(amount) * (factor ?? Number.NaN))
    return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
  },
}

/** Items a line each when there is a line break, otherwise between commas; trimmed, empty ones dropped. */
export const splitList = (value: string): string[] =>
  value
    .split(value.includes('\n') ? '\n' : ',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

/** A list of texts; one that is set and names nothing is a mistake, not "all". */
export const list: Kind<string[]> = {
  expects: 'a list: one item a line, or items between commas',
  parse: (value) => {
    const items = splitList(value)
    return items.length > 0 ? items : undefined
  },
}

/** A list of words out of a known set. */
export function words(known: readonly string[]): Kind<string[]> {
  return {
    expects: `a list out of ${known.map((word) => `\`${word}\``).join(', ')}`,
    parse: (value) => {
      const items = splitList(value)
      return items.length > 0 && items.every((item) => known.includes(item)) ? items : undefined
    },
  }
}

/** Statuses and conclusions of runs. */
export const statuses = words(STATUS_WORDS)

/** An `owner/repo` pair. */
export interface RepositoryName {
  owner: string
  repo: string
}

/** `owner/repo`, in the characters that GitHub allows; `.` and `..` would change the path of the request. */
export const repositoryName: Kind<RepositoryName> = {
  expects: '`owner/repo`, for example `octo-org/hello`',
  parse: (value) => {
    const [, owner, repo] = /^([A-Za-z0-9](?:[A-Za-z0-9_-]*))\/([A-Za-z0-9._-]+)$/.exec(value) ?? []
    return owner && repo && repo !== '.' && repo !== '..' ? { owner, repo } : undefined
  },
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Plain characters of a URL: others are dropped or replaced when it is read, so that it leads elsewhere than it looks. */
const PLAIN_URL = /^[\x21-\x5b\x5d-\x7e]+$/

/** Base URL of a REST API: no user info, query or fragment that could send the token elsewhere. */
export const apiUrl: Kind<string> = {
  expects: 'the base URL of a REST API such as `https://HOSTNAME/api/v3`, without user name, query or fragment',
  parse: (value) => {
    if (!PLAIN_URL.test(value) || !URL.canParse(value)) return undefined
    const url = new URL(value)
    const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
    return plain && ['https:', 'http:'].includes(url.protocol)
      ? `${url.origin}${url.pathname.replace(/\/+$/, '')}`
      : undefined
  },
}

/** Does the URL name this machine? Only there is plain `http:` taken without being asked for. */
export const isLoopback = (url: string): boolean => LOOPBACK.test(new URL(url).hostname)

/** `YYYY-MM-DD`, as `X-GitHub-Api-Version` takes it. */
export const apiVersion: Kind<string> = {
  expects: 'an API version such as `2026-03-10`',
  parse: (value) => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined),
}
