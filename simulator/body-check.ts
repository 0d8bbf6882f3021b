import type { Answer } from './answer.ts'
import { invalidRequest, refusals, refuse } from './refusals.ts'

/** What a body field must be; a list names the accepted words. */
export type FieldKind = 'boolean' | 'string' | 'integers' | readonly string[]

/** The fields of a body; other fields are ignored, as GitHub does. */
export type Fields = Record<string, { kind: FieldKind; required?: boolean }>

/** The JSON object in a request, {} where there is none, or the refusal. */
export function readBody(bytes: Buffer): { body: Record<string, unknown> } | { refused: Answer } {
  if (bytes.length === 0) return { body: {} }
  let body: unknown
  try {
    body = JSON.parse(bytes.toString())
  } catch {
    return { refused: refuse(refusals.badJson) }
  }
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return isObject ? { body: body as Record<string, unknown> } : { refused: refuse(refusals.notAnObject) }
}

/** The 422 for missing keys and wrong types, all of them together. */
export function refuseBody(body: Record<string, unknown>, fields: Fields): Answer | undefined {
  const problems = Object.entries(fields).flatMap(([name, { kind, required }]) => {
    const value = body[name]
    if (value === undefined) return required ? [`"${name}" wasn't supplied.`] : []
    return fits(value, kind) ? [] : [`For 'properties/${name}', ${JSON.stringify(value)} is not ${describe(kind)}.`]
  })
  return problems.length > 0 ? refuse(invalidRequest(problems)) : undefined
}

function fits(value: unknown, kind: FieldKind): boolean {
  if (kind === 'integers') return Array.isArray(value) && value.every(Number.isSafeInteger)
  if (typeof kind === 'string') return typeof value === kind
  return typeof value === 'string' && kind.includes(value)
}

function describe(kind: FieldKind): string {
  if (kind === 'integers') return 'an array of integers'
  return typeof kind === 'string' ? `a ${kind}` : `a member of ${JSON.stringify(kind)}`
}
