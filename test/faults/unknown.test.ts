import { afterAll, describe, expect, it } from 'vitest'
import type { Method, Resource, ScalarType, Shape, Value } from '../../src/catalog/types.ts'
import type { Prepared } from '../../src/engine/writes/body.ts'
import { lookupSelect } from '../../src/engine/writes/unknown.ts'
import { Session } from '../../src/index.ts'
import type { CallsPlan } from '../../src/plan/plan.ts'
import { compiledCatalog, compiledDir } from '../catalog/compiled.ts'

const catalog = compiledCatalog()
const session = new Session({ builtIn: compiledDir(), env: {} })
afterAll(() => session.close())

const SAMPLES: Readonly<Record<ScalarType, Value>> = {
  string: "it's",
  timestamp: '2026-01-01T00:00:00Z',
  integer: 7,
  number: 1.5,
  boolean: 1,
}

function sample(shape: Shape): unknown {
  if (shape.type === 'object')
    return Object.fromEntries(
      Object.entries(shape.fields ?? {}).map(([name, field]) => [name, sample(field)]),
    )
  return shape.type === 'array' ? [] : shape.secret ? 'hunter2-hunter2' : SAMPLES[shape.type]
}

/** A call with a value for every parameter and field. */
function preparedFor({ params, body }: Method, { columns }: Resource): Prepared {
  const args = Object.fromEntries(
    params.map(p => [
      p.name,
      [
        p.in === 'host'
          ? 'https://pkc-1.us-east-1.aws.confluent.cloud'
          : SAMPLES[columns.find(c => c.name === p.column && c.type === 'integer') ? 'integer' : p.type],
      ],
    ]),
  )
  const nested: Record<string, unknown> = {}
  for (const field of body?.fields ?? []) {
    const path = field.path.split('.')
    let at = nested
    for (const name of path.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>
    at[path.at(-1)!] = sample(field)
  }
  return { args, ...(body && { body: nested }) }
}

/** They can only be read by a key that is not what was sent. */
const NOT_LISTED = [
  'business_metadata.create_business_metadata',
  'business_metadata.update_business_metadata',
  'tags.create_tags',
  'tags.update_tags',
  'entities.partial_entity_update',
]

interface Change {
  readonly resource: Resource
  readonly method: Method
}

const changes: readonly Change[] = catalog
  .providers()
  .flatMap(p =>
    p.services.flatMap(s => [...(catalog.service(p.name, s.name) ?? new Map<string, Resource>()).values()]),
  )
  .flatMap(resource =>
    resource.methods
      .filter(m => ['insert', 'update', 'replace', 'delete'].includes(m.verb))
      .map(method => ({ resource, method })),
  )

const lookAt = ({ resource, method }: Change): string | undefined =>
  lookupSelect(
    { verb: method.verb.toUpperCase(), resource, method } as unknown as CallsPlan,
    preparedFor(method, resource),
  )

describe('a change whose outcome is unknown', () => {
  it('has a hint with a SELECT to check it, if the resource can be read', () => {
    const without = changes.filter(
      change => lookAt(change) === undefined && change.resource.methods.some(m => m.verb === 'select'),
    )
    expect(changes.length).toBeGreaterThan(200)
    expect(without.map(({ resource, method }) => `${resource.name}.${method.name}`)).toEqual(NOT_LISTED)
  })

  it('every such SELECT is valid, and shows no secret', async () => {
    const wrong: string[] = []
    for (const change of changes) {
      const sql = lookAt(change)
      if (sql === undefined) continue
      if (sql.includes('hunter2')) wrong.push(`secret: ${sql}`)
      await session
        .plan(sql)
        .catch((error: unknown) => wrong.push(`${change.method.name}: ${sql}\n  ${(error as Error).message}`))
    }
    expect(wrong).toEqual([])
  })
})
