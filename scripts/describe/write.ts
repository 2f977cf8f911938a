import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadCatalog } from '../../src/catalog/load.ts'
import { readDocuments } from '../../src/cli/drift/documents.ts'
import { match, methodsOf, unnamed } from '../../src/cli/drift/match.ts'
import type { Described } from '../../src/cli/drift/model.ts'
import { fieldsIn, type Direction } from '../../src/cli/drift/shapes.ts'

type Schema = Readonly<Record<string, unknown>>

/** Writes test/sandbox/described.json: JSON Schemas of all calls of the provider files that the documents describe. */
export async function writeDescription(root: string, paths: readonly string[]): Promise<void> {
  const { operations } = await readDocuments(paths)
  // a query by POST has a body of conditions, and labels among the members of its rows
  const methods = methodsOf(loadCatalog(join(root, 'dist/providers'))).filter(
    ({ method }) => method.queryBody === undefined,
  )
  const { pairs } = match(methods, operations)
  const shared = new Shared()
  const calls = pairs.map(({ operation: { http, path, query, request, answers } }) => [
    `${http} ${unnamed(path)}${query === '' ? '' : `?${query}`}`,
    {
      ...(request && { request: shared.of(schemaOf(request, 'request')) }),
      answers: Object.fromEntries(
        [...answers].map(([status, answer]) => [
          status,
          answer ? shared.of(schemaOf(answer, 'answer')) : null,
        ]),
      ),
    },
  ])
  const lines = calls.map(([key, call]) => `${JSON.stringify(key)}: ${JSON.stringify(call)}`).sort()
  const definitions = shared.all.map((schema, i) => `"${i}": ${JSON.stringify(schema)}`)
  writeFileSync(
    join(root, 'test/sandbox/described.json'),
    `{"definitions": {\n${definitions.join(',\n')}\n}, "calls": {\n${lines.join(',\n')}\n}}\n`,
  )
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
    return { $ref: `#/definitions/${place}` }
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
    ...(format === 'date-time' && { format }),
    ...(known && { enum: nullable ? [...known, null] : known }),
    ...(fields.length > 0 && {
      properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field, direction)])),
    }),
    ...(needed.length > 0 && { required: needed }),
    ...(entries && { additionalProperties: schemaOf(entries, direction) }),
    ...(items && { items: schemaOf(items, direction) }),
  }
}
