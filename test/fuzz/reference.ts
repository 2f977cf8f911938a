import Database from 'better-sqlite3'
import type { Value } from '../../src/catalog/types.ts'
import { NAMED_RELATIONS, sqliteText } from './named-relations.ts'
import { DOMAINS, rowsOfView, type Data, type Dataset, type Json, type Table } from './schema.ts'

const DECLARED_TYPES = {
  string: 'TEXT',
  timestamp: 'TEXT',
  object: 'TEXT',
  array: 'TEXT',
  integer: 'INTEGER',
  number: 'REAL',
  boolean: 'NUMERIC',
} as const

/** The rows, or the error; `rejected` if SQLite cannot prepare the statement. */
export type Outcome =
  { readonly rows: readonly (readonly Value[])[] } | { readonly error: string; readonly rejected: boolean }

/** The reference: SQLite with all rows of all tables loaded. It gives the expected results. */
export class Reference {
  readonly #db = new Database(':memory:')

  constructor() {
    this.#db.defaultSafeIntegers(true)
  }

  /** Replaces all tables and views. A table whose rows depend on the parameter `view` gets one further table for each value. */
  load(data: Dataset): void {
    for (const { sqliteName } of NAMED_RELATIONS)
      for (const kind of ['view', 'table']) this.#drop(kind, sqliteName)
    for (const [table, rows] of data) {
      this.#create(table.resource.name, table, rows, undefined)
      if (table.view !== undefined)
        for (const view of DOMAINS.kind as readonly string[])
          this.#create(viewTableName(table, view), table, rowsOfView(rows, view), view)
    }
    for (const { create, query, sqliteName } of NAMED_RELATIONS)
      this.#db.exec(sqliteText(create ?? `CREATE VIEW ${sqliteName} AS ${query!}`))
  }

  #drop(kind: string, name: string): void {
    const found = this.#db
      .prepare('SELECT 1 FROM pragma_table_list WHERE name = ? AND type = ?')
      .get(name, kind)
    if (found) this.#db.exec(`DROP ${kind} "${name}"`)
  }

  #create(name: string, table: Table, rows: readonly Data[], view: string | undefined): void {
    const columns = table.resource.columns.map(c => `"${c.name}" ${DECLARED_TYPES[c.type]}`)
    this.#db.exec(`DROP TABLE IF EXISTS "${name}"; CREATE TABLE "${name}" (${columns.join(', ')})`)
    const insert = this.#db.prepare(`INSERT INTO "${name}" VALUES (${columns.map(() => '?').join(', ')})`)
    for (const row of rows)
      insert.run(
        table.resource.columns.map(c => (c.name === table.view ? (view ?? null) : toSqlite(row[c.name]!))),
      )
  }

  run(sql: string, variables: Readonly<Record<string, Value>>): Outcome {
    let rejected = true
    try {
      const statement = this.#db.prepare(sql).raw()
      rejected = false
      const used = Object.fromEntries(
        Object.entries(variables).filter(([name]) => new RegExp(`:${name}\\b`).test(sql)),
      )
      const rows = (Object.keys(used).length > 0 ? statement.all(used) : statement.all()) as Value[][]
      return { rows }
    } catch (error) {
      return { error: (error as Error).message, rejected }
    }
  }

  /** Runs a statement after a setup script, and rolls both back. */
  runAfter(script: string, sql: string, variables: Readonly<Record<string, Value>>): Outcome {
    this.#db.exec('SAVEPOINT script')
    try {
      this.#db.exec(script)
      return this.run(sql, variables)
    } catch (error) {
      return { error: (error as Error).message, rejected: false }
    } finally {
      this.#db.exec('ROLLBACK TO script; RELEASE script')
    }
  }

  close(): void {
    this.#db.close()
  }
}

/** Name of the table with the rows for a value of the parameter `view`. It contains the number of the value, because table names ignore case. */
export function viewTableName(table: Table, view: string): string {
  return `${table.resource.name} of ${DOMAINS.kind.indexOf(view)}`
}

function toSqlite(value: Json): Value {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number') return BigInt(value)
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}
