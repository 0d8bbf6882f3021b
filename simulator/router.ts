import type { Route } from './call.ts'

/** A route that fits, with its decoded parameters. */
export interface RouteMatch {
  route: Route
  parameters: Record<string, string>
}

/** The route for a path below a repository. A trailing slash, or a number that is none, fits nothing: 404. */
export function findRoute(routes: Route[], method: string, subpath: string): RouteMatch | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method
  const parts = subpath.split('/')
  for (const route of routes) {
    if (route.method !== wanted) continue
    const parameters = matchPath(route.path.split('/'), parts)
    if (parameters) return { route, parameters }
  }
  return undefined
}

function matchPath(pattern: string[], parts: string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? ''
    if (!expected.startsWith('{')) {
      if (expected !== part) return undefined
      continue
    }
    const name = expected.slice(1, -1)
    const value = decode(part)
    if (value === undefined || (/_(id|number)$/.test(name) && !/^\d+$/.test(value))) return undefined
    parameters[name] = value
  }
  return parameters
}

function decode(part: string): string | undefined {
  try {
    return part === '' ? undefined : decodeURIComponent(part)
  } catch {
    return undefined
  }
}
