import { describe, expect, it } from '@jest/globals'
import { cutDescription } from '../../script/cut-openapi.ts'
import { apiVersions, isJsonObject, readDescription, resolveReference } from '../../simulator/openapi/description.ts'
import { deviations } from '../../simulator/openapi/deviations.ts'
import { createSchemaCheck } from '../../simulator/openapi/schema-check.ts'

const description = readDescription('2022-11-28')

describe('a schema', () => {
  const checkSchema = createSchemaCheck(
    { paths: {}, components: { schemas: { named: { type: 'object', properties: { name: { type: 'string' } } } } } },
    true,
  )
  const named = { $ref: '#/components/schemas/named' }

  it('with allOf closes the whole, not its parts', () => {
    const schema = { allOf: [named, { type: 'object', properties: { size: { type: 'integer' } } }] }
    expect(checkSchema(schema, { name: 'a', size: 1 })).toEqual([])
    expect(checkSchema(schema, { name: 'a', size: 1, colour: 'red' })).toEqual(['has "colour", which is not described'])
  })

  it('may be null when it is nullable, whatever else it says', () => {
    for (const schema of [
      { ...named, nullable: true },
      { type: 'string', enum: ['a'], nullable: true },
      { type: 'object', oneOf: [named], nullable: true },
      { anyOf: [named, { type: 'integer' }], nullable: true },
      { nullable: true },
    ]) {
      expect(checkSchema(schema, null)).toEqual([])
    }
    expect(checkSchema({ type: 'string', enum: ['a'] }, null)).not.toEqual([])
  })
})

describe('the description', () => {
  it.each(apiVersions)('of version %s compiles', (version) => {
    const { paths, components } = readDescription(version)
    const checkSchema = createSchemaCheck({ paths, components }, true)
    for (const schema of Object.values(components.schemas ?? {})) checkSchema(schema, null)
  })

  it('holds every component that it refers to', () => {
    const references = JSON.stringify(description).match(/#\/components\/[\w/-]+/g) ?? []
    expect(references.length).toBeGreaterThan(100)
    for (const reference of references) {
      expect(isJsonObject(resolveReference(description, { $ref: reference }))).toBe(true)
    }
  })

  it('has a source for each deviation of the real server', () => {
    for (const { fact, source } of deviations) expect([fact, source]).not.toContain('')
  })

  it('is cut to what is referred to, without prose but with properties that are named like prose', () => {
    const run = { type: 'object', description: 'A run', properties: { description: { type: 'string', example: 'x' } } }
    const reply = {
      description: 'Response',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/run' } } },
    }
    const operation = { summary: 'Get', tags: ['actions'], 'x-github': {}, responses: { 200: reply } }
    const paths = Object.fromEntries(Object.keys(description.paths).map((path) => [path, { get: operation }]))
    const refusals = { 'basic-error': {}, 'validation-error': {}, 'validation-error-simple': {} }
    const components = { schemas: { unused: {}, run, ...refusals }, examples: { run: {} } }
    const cut = cutDescription({ openapi: '3.0.3', info: {}, paths: { '/other': {}, ...paths }, components })
    expect(cut.paths).toEqual(
      Object.fromEntries(Object.keys(paths).map((path) => [path, { get: { responses: { 200: reply } } }])),
    )
    expect(cut.components).toEqual({
      schemas: { run: { type: 'object', properties: { description: { type: 'string' } } }, ...refusals },
    })
    expect(() => cutDescription({ info: {}, paths: {}, components: {} })).toThrow('The description has no /meta')
  })
})
