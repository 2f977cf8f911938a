import Database from 'better-sqlite3'
import type { Value } from '../../src/catalog/types.ts'
import { NAMED, plainText } from './named.ts'
import { DOMAINS, viewed, type Data, type Dataset, type Json, type Table } from './world.ts'

const DECLARED = {
  string: 'TEXT',
  timestamp: 'TEXT',
  object: 'TEXT',
  array: 'TEXT',
  integer: 'INTEGER',
  number: 'NUMERIC',
  boolean: 'NUMERIC',
} as const

/** Rows, or why there are none; `refused` where SQLite does not take the text at all. */
export type Outcome =
  { readonly rows: readonly (readonly Value[])[] } | { readonly error: string; readonly refused: boolean }

/** SQLite over the complete tables. */
export class Reference {
  readonly #db = new Database(':memory:')

  constructor() {
    this.#db.defaultSafeIntegers(true)
  }

  /** Replaces all tables and views. A table whose rows depend on its view has one more for each view. */
  load(data: Dataset): void {
    for (const { plain } of NAMED) for (const kind of ['view', 'table']) this.#drop(kind, plain)
    for (const [table, rows] of data) {
      this.#create(table.resource.name, table, rows, undefined)
      if (table.view !== undefined)
        for (const view of DOMAINS.kind as readonly string[])
          this.#create(variant(table, view), table, viewed(rows, view), view)
    }
    for (const { make, query, plain } of NAMED)
      this.#db.exec(plainText(make ?? `CREATE VIEW ${plain} AS ${query!}`))
  }

  #drop(kind: string, name: string): void {
    const found = this.#db
      .prepare('SELECT 1 FROM pragma_table_list WHERE name = ? AND type = ?')
      .get(name, kind)
    if (found) this.#db.exec(`DROP ${kind} "${name}"`)
  }

  #create(name: string, table: Table, rows: readonly Data[], view: string | undefined): void {
    const columns = table.resource.columns.map(c => `"${c.name}" ${DECLARED[c.type]}`)
    this.#db.exec(`DROP TABLE IF EXISTS "${name}"; CREATE TABLE "${name}" (${columns.join(', ')})`)
    const insert = this.#db.prepare(`INSERT INTO "${name}" VALUES (${columns.map(() => '?').join(', ')})`)
    for (const row of rows)
      insert.run(
        table.resource.columns.map(c => (c.name === table.view ? (view ?? null) : stored(row[c.name]!))),
      )
  }

  run(sql: string, variables: Readonly<Record<string, Value>>): Outcome {
    let refused = true
    try {
      const statement = this.#db.prepare(sql).raw()
      refused = false
      const used = Object.fromEntries(
        Object.entries(variables).filter(([name]) => new RegExp(`:${name}\\b`).test(sql)),
      )
      const rows = (Object.keys(used).length > 0 ? statement.all(used) : statement.all()) as Value[][]
      return { rows }
    } catch (error) {
      return { error: (error as Error).message, refused }
    }
  }

  /** Runs a statement after others, of which nothing stays. */
  runAfter(script: string, sql: string, variables: Readonly<Record<string, Value>>): Outcome {
    this.#db.exec('SAVEPOINT script')
    try {
      this.#db.exec(script)
      return this.run(sql, variables)
    } catch (error) {
      return { error: (error as Error).message, refused: false }
    } finally {
      this.#db.exec('ROLLBACK TO script; RELEASE script')
    }
  }

  close(): void {
    this.#db.close()
  }
}

/** Name of the table that holds the rows of a view; SQLite's names ignore case, so it is the view's number. */
export function variant(table: Table, view: string): string {
  return `${table.resource.name} of ${DOMAINS.kind.indexOf(view)}`
}

function stored(value: Json): Value {
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (typeof value === 'number') return BigInt(value)
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}
