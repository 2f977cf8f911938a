import Database from 'better-sqlite3'
import type { Shape, Value } from '../catalog/types.ts'
import type { Judge, Judgement, TableShape } from '../plan/context.ts'
import { quote } from '../plan/splice.ts'

/** Declared types: they give each column the affinity that compares as its data does (sqlite.org/datatype3.html). */
const DECLARED: Readonly<Record<Shape['type'], string>> = {
  string: 'TEXT', timestamp: 'TEXT', object: 'TEXT', array: 'TEXT', integer: 'INTEGER', number: 'NUMERIC', boolean: 'NUMERIC',
}

export type Params = Readonly<Record<string, Value>>

/** One in-memory SQLite database: the judge of texts, and the store of rows. Lives as long as a session. */
export class Store implements Judge {
  readonly db: Database.Database
  #functions: readonly string[] | undefined

  constructor() {
    this.db = new Database(':memory:')
    this.db.pragma('trusted_schema = OFF')
    this.db.defaultSafeIntegers(true)
  }

  create(table: TableShape): void {
    const columns = table.columns.map(c => `${quote(c.name)} ${DECLARED[c.shape.type]}`)
    if (columns.length === 0) columns.push('"-" TEXT')
    this.db.exec(`DROP TABLE IF EXISTS temp.${quote(table.name)}; CREATE TEMP TABLE ${quote(table.name)} (${columns.join(', ')})`)
  }

  drop(name: string): void {
    this.db.exec(`DROP TABLE IF EXISTS temp.${quote(name)}`)
  }

  check(sql: string, tables: readonly TableShape[]): Judgement {
    for (const t of tables) this.create(t)
    try {
      const statement = this.db.prepare(sql)
      const reader = statement.reader && statement.readonly
      const columns = reader ? statement.columns().map(c => ({ name: c.name, table: c.table, column: c.column })) : []
      return { reader, columns }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error), reader: false, columns: [] }
    } finally {
      for (const t of tables) this.drop(t.name)
    }
  }

  values(expressions: readonly string[]): readonly Value[] {
    const chunk = 500
    const all: Value[] = []
    for (let i = 0; i < expressions.length; i += chunk) {
      const sql = `SELECT ${expressions.slice(i, i + chunk).join(', ')}`
      all.push(...(this.db.prepare(sql).raw().get(this.params) as Value[]))
    }
    return all
  }

  functions(): readonly string[] {
    this.#functions ??= this.db.prepare('SELECT DISTINCT name FROM pragma_function_list').pluck().all() as string[]
    return this.#functions
  }

  /** Values of `:name` parameters for constant expressions while a statement is planned. */
  params: Params = {}

  close(): void {
    this.db.close()
  }
}
