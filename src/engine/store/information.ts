import type { Catalog, Shape } from '../../catalog/types.ts'
import type { View } from '../../plan/context.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import { quote } from '../../plan/splice.ts'
import type { Store } from './store.ts'

const text = (name: string): { name: string; shape: Shape } => ({ name, shape: { type: 'string' } })
const TABLES = 'information_schema.tables'
const COLUMNS = 'information_schema.columns'

/**
 * Fills information_schema.tables and .columns (ISO/IEC 9075-11) from the catalog and the session, for one statement.
 *
 * @param columnsOf the columns of a view, empty if its query is no longer valid; undefined: the statement does not read
 *   information_schema.columns, which would need every service of every provider
 */
export function fillInformationSchema(
  store: Store,
  catalog: Catalog,
  views: ReadonlyMap<string, View>,
  columnsOf: ((view: View) => readonly PlanColumn[]) | undefined,
): void {
  const shown = new Map(
    [...views.values()].map(v => [v, v.kind === 'view' && columnsOf ? columnsOf(v) : []] as const),
  )
  const localTables = store.tables()
  localTables.delete(TABLES)
  localTables.delete(COLUMNS)
  store.create({
    name: TABLES,
    columns: ['table_catalog', 'table_schema', 'table_name', 'table_type'].map(text),
  })
  store.create({
    name: COLUMNS,
    columns: [
      ...['table_catalog', 'table_schema', 'table_name', 'column_name'].map(text),
      { name: 'ordinal_position', shape: { type: 'integer' } },
      ...['is_nullable', 'data_type'].map(text),
    ],
  })
  const table = store.db.prepare(`INSERT INTO temp.${quote(TABLES)} VALUES (?, ?, ?, ?)`)
  const column = store.db.prepare(
    `INSERT INTO temp.${quote(COLUMNS)} VALUES (?, ?, ?, ?, CAST(? AS INTEGER), 'YES', ?)`,
  )
  const addColumns = (
    names: readonly [string | null, string | null, string],
    columns: readonly { name: string; type: string }[],
  ): void => {
    columns.forEach((c, i) => column.run(...names, c.name, i + 1, c.type))
  }
  const add = (
    names: readonly [string | null, string | null, string],
    type: string,
    columns: readonly { name: string; type: string }[],
  ): void => {
    table.run(...names, type)
    addColumns(names, columns)
  }
  store.db.transaction(() => {
    for (const p of catalog.providers()) {
      for (const [service, resources] of catalog.names(p.name))
        for (const name of resources) table.run(p.name, service, name, 'BASE TABLE')
      if (!columnsOf) continue
      for (const s of p.services)
        for (const r of catalog.service(p.name, s.name)!.values())
          addColumns(
            [p.name, s.name, r.name],
            r.columns.filter(c => !c.isHidden),
          )
    }
    for (const t of localTables.values())
      add(
        [null, null, t.name],
        'LOCAL TABLE',
        t.columns.map(c => ({ name: c.name, type: c.shape.type })),
      )
    for (const v of views.values()) {
      const parts = v.name.split('.')
      add(
        [v.schema === undefined ? parts[0]! : null, parts.length === 3 ? parts[1]! : null, parts.at(-1)!],
        v.kind === 'view' ? 'VIEW' : 'MATERIALIZED VIEW',
        v.kind === 'view' ? shown.get(v)! : [],
      )
    }
  })()
}
