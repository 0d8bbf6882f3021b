import { Ajv2019, type ErrorObject, type ValidateFunction } from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import { type Description, isJsonObject, type JsonObject } from './description.ts'

/** Tells what is wrong with a value by a schema of the description. */
export type SchemaCheck = (schema: JsonObject, value: unknown) => string[]

type Translation = (schema: JsonObject, closed: boolean) => JsonObject

const shownViolations = 12

// Each component exists in two forms: closed, for an object of that shape, and open, for one part of an `allOf`.
const componentKey = (reference: string, closed: boolean): string =>
  `${closed ? 'closed' : 'open'}-${reference.slice(reference.lastIndexOf('/') + 1)}`

const listKeywords = ['allOf', 'anyOf', 'oneOf'] as const

const isListKeyword = (keyword: string): boolean => listKeywords.some((known) => known === keyword)

const isComposed = (schema: JsonObject): boolean => listKeywords.some((keyword) => keyword in schema)

// A part of a composed schema sees the properties of the other parts, so only alternatives that stand alone are closed.
const hasOwnShape = (schema: JsonObject): boolean => 'properties' in schema || 'allOf' in schema

const allowNull = (schema: JsonObject): JsonObject => {
  const { type, ...rest } = schema
  if ('$ref' in schema || isComposed(schema)) return { anyOf: [schema, { type: 'null' }] }
  // Without a type, null is as good as any other value.
  if (type === undefined) return schema
  return { ...rest, type: [type, 'null'], ...(Array.isArray(rest.enum) && { enum: [...rest.enum, null] }) }
}

const close = (schema: JsonObject): JsonObject => {
  if (!hasOwnShape(schema) || 'additionalProperties' in schema) return schema
  return { ...schema, [isComposed(schema) ? 'unevaluatedProperties' : 'additionalProperties']: false }
}

/**
 * Creates the translation of OpenAPI 3.0 schemas to JSON Schema. With `strict`, an object may only have the properties
 * that its schema names.
 */
const createTranslation = (strict: boolean): Translation => {
  const translate: Translation = (schema, closed) => {
    const { nullable, ...described } = schema
    const translated =
      typeof described.$ref === 'string'
        ? { $ref: componentKey(described.$ref, closed) }
        : translateKeywords(described, closed)
    return nullable === true ? allowNull(translated) : translated
  }
  const translateKeywords: Translation = (schema, closed) => {
    const closesParts = closed && !hasOwnShape(schema)
    const keywords = Object.entries(schema).map(([keyword, value]) => [
      keyword,
      translateUnder(keyword, value, closesParts),
    ])
    const translated = Object.fromEntries(keywords)
    return strict && closed ? close(translated) : translated
  }
  const translateUnder = (keyword: string, value: unknown, closesParts: boolean): unknown => {
    if (isListKeyword(keyword) && Array.isArray(value)) return value.map((part) => translate(part, closesParts))
    if (!isJsonObject(value)) return value
    if (keyword === 'items' || keyword === 'additionalProperties' || keyword === 'not') return translate(value, true)
    if (keyword !== 'properties') return value
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, translate(part as JsonObject, true)]))
  }
  return translate
}

const abbreviate = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const describeError = ({ instancePath, keyword, params, message, data }: ErrorObject): string => {
  const place = instancePath === '' ? '' : `${instancePath} `
  if (keyword === 'additionalProperties') return `${place}has "${params.additionalProperty}", which is not described`
  if (keyword === 'unevaluatedProperties') return `${place}has "${params.unevaluatedProperty}", which is not described`
  if (keyword === 'required') return `${place}lacks "${params.missingProperty}"`
  if (keyword === 'anyOf') return `${place}fits none of the described shapes; it is ${abbreviate(data)}`
  const allowed = keyword === 'enum' ? `: ${(params.allowedValues as unknown[]).join(', ')}` : ''
  return `${place}${message}${allowed}; it is ${abbreviate(data)}`
}

// A value that fits none of several components fails each of them; only what the nearest one lacks is worth reading.
const keepNearest = (errors: ErrorObject[]): ErrorObject[] => {
  const choices = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
  return choices.reduce((kept, choice) => {
    const isPart = (error: ErrorObject): boolean =>
      error !== choice && error.instancePath.startsWith(choice.instancePath)
    const schemaOf = ({ schemaPath }: ErrorObject): string => schemaPath.slice(0, schemaPath.indexOf('/'))
    const bySchema = Object.values(Object.groupBy(kept.filter(isPart), schemaOf)).map((group) => group ?? [])
    const nearest = bySchema.toSorted((one, other) => one.length - other.length)[0] ?? []
    return [...kept.filter((error) => !isPart(error)), ...nearest]
  }, errors)
}

/** Creates the check of values by schemas of one description. A schema is compiled when it is first needed. */
export const createSchemaCheck = (description: Description, strict: boolean): SchemaCheck => {
  const ajv = new Ajv2019({ strict: false, allErrors: true, verbose: true, logger: false })
  formats.default(ajv)
  const translate = createTranslation(strict)
  for (const [name, schema] of Object.entries(description.components.schemas ?? {})) {
    for (const closed of [true, false]) ajv.addSchema(translate(schema, closed), componentKey(name, closed))
  }
  const compiled = new WeakMap<JsonObject, ValidateFunction>()
  return (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile(translate(schema, true))
    compiled.set(schema, validate)
    if (validate(value)) return []
    const messages = new Set(keepNearest(validate.errors ?? []).map(describeError))
    return [...messages].slice(0, shownViolations)
  }
}
