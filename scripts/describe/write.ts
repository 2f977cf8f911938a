import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadCatalog } from '../../src/catalog/sources/load.ts'
import { readDocuments } from '../../src/cli/drift/documents.ts'
import { match, methodsOf } from '../../src/cli/drift/match.ts'
import type { Described, Operation } from '../../src/cli/drift/model.ts'
import { fieldsIn, type Direction } from '../../src/cli/drift/shapes.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * Writes test/sandbox/described.json, an OpenAPI document without texts: of the calls of the provider files what they take
 * and answer, of all other calls that they exist.
 */
export async function writeDescription(root: string, paths: readonly string[]): Promise<void> {
  const { operations } = await readDocuments(paths)
  const { pairs, onlyTheirs } = match(methodsOf(loadCatalog(join(root, 'dist/providers'))), operations)
  const shared = new Shared()
  const byPath = new Map<string, string[]>()
  const write = ({ http, path, query }: Operation, described: Schema): void => {
    const at = query === '' ? path : `${path}?${query}`
    const line = `"${http.toLowerCase()}": ${JSON.stringify(described)}`
    byPath.set(at, [...(byPath.get(at) ?? []), line])
  }
  for (const { operation, methods } of pairs) {
    // a query by POST has a body of conditions, and labels among the members of its rows
    const isQuery = methods.every(({ method }) => method.queryBody !== undefined)
    write(operation, isQuery ? {} : operationOf(operation, shared))
  }
  for (const operation of onlyTheirs) write(operation, {})
  const lines = [...byPath].map(([path, calls]) => `${JSON.stringify(path)}: {${calls.sort().join(', ')}}`)
  const schemas = shared.all.map((schema, i) => `"${i}": ${JSON.stringify(schema)}`)
  writeFileSync(
    join(root, 'test/sandbox/described.json'),
    `{"openapi": "3.1.0", "paths": {\n${lines.sort().join(',\n')}\n}, "components": {"schemas": {\n${schemas.join(',\n')}\n}}}\n`,
  )
}

function operationOf({ params, request, answers }: Operation, shared: Shared): Schema {
  const content = (shape: Described, direction: Direction): Schema => ({
    content: { 'application/json': { schema: shared.of(schemaOf(shape, direction)) } },
  })
  return {
    ...(params.length > 0 && {
      parameters: params.map(({ name, in: place, required, shape }) => ({
        name,
        in: place,
        ...(required && { required }),
        schema: shared.of(schemaOf(shape, 'request')),
      })),
    }),
    ...(request && { requestBody: content(request, 'request') }),
    responses: Object.fromEntries(
      [...answers].map(([status, answer]) => [
        status,
        answer ? content(answer, 'answer') : { description: '' },
      ]),
    ),
  }
}

/** Schemas of objects, each written once and referred to. */
class Shared {
  readonly all: Schema[] = []
  readonly #places = new Map<string, number>()

  of(schema: Schema): Schema {
    const inner = Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [
        key,
        key === 'properties' ? this.#each(value) : this.#part(key, value),
      ]),
    )
    if (inner['properties'] === undefined) return inner
    const text = JSON.stringify(inner)
    const place = this.#places.get(text) ?? this.all.push(inner) - 1
    this.#places.set(text, place)
    return { $ref: `#/components/schemas/${place}` }
  }

  #each(properties: unknown): Schema {
    return Object.fromEntries(
      Object.entries(properties as Record<string, Schema>).map(([name, schema]) => [name, this.of(schema)]),
    )
  }

  #part(key: string, value: unknown): unknown {
    return key === 'items' || key === 'additionalProperties' ? this.of(value as Schema) : value
  }
}

function schemaOf(shape: Described, direction: Direction): Schema {
  const { type, format, required = [], entries, items, values, nullable } = shape
  const fields = fieldsIn(shape, direction)
  const needed = required.filter(name => fields.some(([field]) => field === name))
  const known = values && (type === undefined || type === 'string') ? values : undefined
  return {
    ...(type && { type: nullable ? [type, 'null'] : type }),
    ...((format === 'date-time' || format === 'date') && { format }),
    ...(known && { enum: nullable ? [...known, null] : known }),
    ...(fields.length > 0 && {
      properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field, direction)])),
    }),
    ...(needed.length > 0 && { required: needed }),
    ...(entries && { additionalProperties: schemaOf(entries, direction) }),
    ...(items && { items: schemaOf(items, direction) }),
  }
}
