import type { Catalog, Column, Resource } from '../../catalog/types.ts'
import { secretPaths } from '../../engine/secrets.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import { quote } from '../../plan/splice.ts'
import { typeOf, type PgType } from '../sql/types.ts'

/** A column of a table of the server. */
export interface RelationColumn {
  readonly name: string
  readonly kind: PlanColumn['type']
  readonly type: PgType
  /** The column of the catalog; a column of a view has none. */
  readonly source?: Column
}

/** A table that the server shows: a resource that can be read, or a view. */
export interface Relation {
  readonly schema: string
  readonly name: string
  /** The table's name in statements of the session, quoted. */
  readonly from: string
  readonly columns: readonly RelationColumn[]
  readonly resource?: Resource
  readonly about: string
  /** Dotted paths of masked values. */
  readonly secrets: readonly string[]
}

/** The schema of views without a service. */
const PUBLIC = 'public'

/** Postgres truncates longer names. */
export const LONGEST_NAME = 63
/** Columns that every table of Postgres has. */
const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'])

/**
 * The tables of a catalog: a schema for each service, and one for views without a service. Tables that Postgres cannot have, because
 * of their names, are left out.
 *
 * @param own providers whose services are schemas by their own name; those of others have the provider's name in front
 * @param viewColumns the columns of a view, by its full name
 */
export async function relationsOf(
  catalog: Catalog,
  own: readonly string[],
  viewColumns: (name: string) => Promise<readonly PlanColumn[]>,
): Promise<Relation[]> {
  const found = new Map<string, Relation>()
  const add = (relation: Relation): void => {
    if (isPossible(relation)) found.set(keyOf(relation.schema, relation.name), relation)
  }
  const providers = catalog.providers()
  const schemaOf = (provider: string, service: string): string =>
    own.includes(provider) ? service : `${provider}_${service}`
  for (const provider of providers) {
    for (const { name: service } of provider.services)
      for (const resource of catalog.service(provider.name, service)!.values())
        if (resource.methods.some(m => m.verb === 'select'))
          add(tableOf(resource, schemaOf(provider.name, service)))
    for (const view of provider.views ?? []) {
      const parts = view.name.split('.')
      const schema = parts.length === 3 ? schemaOf(provider.name, parts[1]!) : publicOf(provider.name, own)
      const columns = await viewColumns(view.name)
      add({
        schema,
        name: parts.at(-1)!,
        from: parts.map(quote).join('.'),
        columns: columns.map(({ name, type }) => ({
          name,
          kind: type === 'date' ? 'string' : type,
          type: typeOf(type),
        })),
        about: view.summary,
        secrets: [],
      })
    }
  }
  return [...found.values()]
}

const publicOf = (provider: string, own: readonly string[]): string =>
  own.includes(provider) ? PUBLIC : provider

function isPossible({ schema, name, columns }: Relation): boolean {
  const names = [schema, name, ...columns.map(c => c.name)]
  return (
    columns.length > 0
    && names.every(n => Buffer.byteLength(n) <= LONGEST_NAME)
    && !columns.some(c => SYSTEM_COLUMNS.has(c.name))
    && !/^pg_|^information_schema$/.test(schema)
  )
}

function tableOf(resource: Resource, schema: string): Relation {
  return {
    schema,
    name: resource.name,
    from: [resource.provider, resource.service, resource.name].map(quote).join('.'),
    columns: resource.columns.map(c => ({ name: c.name, kind: c.type, type: typeOf(c.type), source: c })),
    resource,
    about: aboutOf(resource),
    secrets: secretPaths(resource.columns),
  }
}

function aboutOf({ summary, given = {} }: Resource): string {
  const keys = Object.entries(given).map(([key, why]) => `A statement must give ${key}: ${why}.`)
  return [summary, ...keys].join(' ')
}

/** The key of a table in maps. */
export const keyOf = (schema: string, name: string): string => `${schema}.${name}`
