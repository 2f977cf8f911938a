import { describe, expect, it } from 'vitest'
import { examplesOf, type Example } from '../../src/plan/statements/examples.ts'
import { shapeAt } from '../../src/catalog/compile/shapes.ts'
import type { ColumnType, Resource } from '../../src/catalog/types.ts'
import { compiledCatalog } from '../catalog/compiled.ts'
import { harness, rowsOf } from '../session/support.ts'

const { open } = harness()
const catalog = compiledCatalog()

const resources = catalog
  .providers()
  .flatMap(provider =>
    provider.services.flatMap(service => [...(catalog.service(provider.name, service.name)?.values() ?? [])]),
  )

/** Texts, as -v gives values. */
const VALUES: Readonly<Record<ColumnType, string | bigint>> = {
  string: 'x',
  timestamp: '2026-01-01T00:00:00Z',
  integer: 1n,
  number: 1n,
  boolean: 1n,
  object: '{}',
  array: '[]',
}

const BOUNDS = { from: '2026-01-01', before: '2026-01-02' } as const

/** A value of the right type for each `:name` of an example. */
function variablesOf({ method, sql }: Example, { columns }: Resource): Record<string, string | bigint> {
  const ofColumn = (path: string): ColumnType => {
    const shape = shapeAt(columns, path)
    return shape === undefined || shape === 'open' ? 'string' : shape.type
  }
  const keys = method.params.map(
    param =>
      [param.column ?? param.name, param.column === undefined ? param.type : ofColumn(param.column)] as const,
  )
  const fields = (method.body?.fields ?? []).map(field => [field.path, field.type] as const)
  const body = ['body', method.body?.kind === 'array' ? 'array' : 'object'] as const
  const types = new Map(
    [...keys, ...fields, body].map(([path, type]) => [path.replaceAll(/\W/g, '_'), type] as const),
  )
  const names = new Set([...sql.matchAll(/:(\w+)/g)].map(([, name = '']) => name))
  const bounds = new Map(method.params.flatMap(p => (p.range ? [[p.name, BOUNDS[p.range]] as const] : [])))
  return Object.fromEntries(
    [...names].map(name => [name, bounds.get(name) ?? VALUES[types.get(name) ?? 'string']]),
  )
}

describe('the examples in docs/reference', () => {
  it.each(
    resources.map(
      resource => [`${resource.provider}.${resource.service}.${resource.name}`, resource] as const,
    ),
  )('%s: each is a statement, and uses the method it is for', async (_, resource: Resource) => {
    for (const example of examplesOf(resource)) {
      const rows = await rowsOf(
        open({ variables: variablesOf(example, resource) }),
        `EXPLAIN ${example.sql.replace(/;$/, '')}`,
      )
      expect(
        rows.map(row => row[2]),
        example.sql,
      ).toEqual([example.method.name])
    }
  })
})
