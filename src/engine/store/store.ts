import type Database from 'better-sqlite3'
import type { Shape, Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Validator, Validation, TableShape, View } from '../../plan/context.ts'
import { SHAPES_TABLE, VIEWS_TABLE } from '../../plan/names.ts'
import { quote } from '../../plan/splice.ts'
import { collatedColumns } from '../../sql/definition.ts'
import type { Functions } from '../../sql/properties.ts'
import { FunctionList } from './functions.ts'
import { openDatabase, REFUSED } from './database.ts'
import { LoadTransaction } from './load-transaction.ts'
import { SeenTexts } from './seen-texts.ts'
import { createTableSql, shapeOf } from './table-sql.ts'
import type { SessionOptions } from '../session-options.ts'
import { DEFAULT_MEMORY, isResourceError, restartTemporary, sqliteError, Temporary } from './temporary.ts'

/** Functions of virtual tables (full text, r-tree), which do not exist here, and about SQLite's build. */
const INTERNAL =
  /^(?:fts\d|geopoly_|rtree|sqlite_|(?:bm25|highlight|match|matchinfo|offsets|optimize|snippet)$)|~/

export type Params = Readonly<Record<string, Value>>

/** The options of a session that concern its database. */
export type StoreOptions = Pick<SessionOptions, 'db' | 'onBusy' | 'readonly' | 'memory'>

/** The SQLite database of a session: it validates statements, and holds the rows of scans and the tables of the session. */
export class Store implements Validator {
  /** Values of `:name` in the current statement. */
  params: Params = {}
  readonly loading: LoadTransaction
  readonly seenTexts = new SeenTexts()
  readonly #functionList = new FunctionList(() => this.db)
  #isUtf8: boolean | undefined
  /** The empty tables for validating statements. */
  readonly #emptyTables = new Map<string, TableShape>()
  /** The database may have tables or views of the session. */
  #hasOwn: boolean
  #opened: Database.Database | undefined
  readonly #reading = new Set<Iterator<unknown>>()
  readonly #onBusy: ((isBusy: boolean) => void) | undefined
  readonly #memory: number
  #temporary: Temporary | undefined

  constructor({ db, onBusy, readonly: isReadonly = false, memory = DEFAULT_MEMORY }: StoreOptions = {}) {
    this.#onBusy = onBusy
    this.#memory = memory
    this.#hasOwn = db !== undefined
    this.loading = new LoadTransaction(() => this.db, db !== undefined)
    if (db !== undefined) this.#opened = this.#open(db, isReadonly)
  }

  /** Without a file it is opened when first needed. */
  get db(): Database.Database {
    return (this.#opened ??= this.#open())
  }

  #open(file?: string, isReadonly = false): Database.Database {
    return this.seenTexts.addTo(opened(file, isReadonly, this.#memory))
  }

  /** Bytes of the scans' rows that are in the temporary file. */
  spilled(): number {
    return (this.#temporary ??= new Temporary(this.db, this.#memory)).spilled()
  }

  /** Whether texts are stored as UTF-8; in a file they may be UTF-16. */
  get isUtf8(): boolean {
    return (this.#isUtf8 ??= this.db.pragma('encoding', { simple: true }) === 'UTF-8')
  }

  /** Tables of the session, by lower-case name. */
  tables(): Map<string, TableShape> {
    if (!this.#hasOwn) return new Map()
    const names = this.db
      .prepare(
        `SELECT schema, name FROM pragma_table_list
      WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN ('${VIEWS_TABLE}', '${SHAPES_TABLE}') AND name NOT LIKE '%~%'`,
      )
      .all() as { schema: string; name: string }[]
    const shapes = this.#shapes()
    return new Map(
      names.map(({ schema, name }) => {
        const columns = this.db
          .prepare('SELECT name, type FROM pragma_table_info(?, ?)')
          .all(name, schema) as { name: string; type: string }[]
        const ofTable = this.db.prepare(`SELECT sql FROM ${schema}.sqlite_schema WHERE name = ?`)
        const collated = collatedColumns(ofTable.pluck().get(name) as string)
        return [
          name.toLowerCase(),
          {
            name,
            schema,
            columns: columns.map(c => ({
              name: c.name,
              shape: shapes.get(`${schema} ${name.toLowerCase()} ${c.name}`) ?? shapeOf(c.type),
              declared: c.type,
              ...(collated.has(c.name) && { collated: true }),
            })),
          },
        ]
      }),
    )
  }

  /** Shapes of the columns of snapshots, by schema, lower-case table and column. */
  #shapes(): Map<string, Shape> {
    const schemas = this.db
      .prepare(`SELECT schema FROM pragma_table_list WHERE name = '${SHAPES_TABLE}' AND type = 'table'`)
      .pluck()
      .all() as string[]
    return new Map(
      schemas.flatMap(schema => {
        const rows = this.db
          .prepare(`SELECT table_name, column_name, shape FROM ${schema}.${SHAPES_TABLE}`)
          .all() as { table_name: string; column_name: string; shape: string }[]
        return rows.map(
          r =>
            [
              `${schema} ${r.table_name.toLowerCase()} ${r.column_name}`,
              JSON.parse(r.shape) as Shape,
            ] as const,
        )
      }),
    )
  }

  /** Views of the session, by lower-case name. */
  views(): Map<string, View> {
    if (!this.#hasOwn) return new Map()
    const schemas = this.db
      .prepare(`SELECT schema FROM pragma_table_list WHERE name = '${VIEWS_TABLE}' AND type = 'table'`)
      .pluck()
      .all() as ('main' | 'temp')[]
    return new Map(
      schemas.sort().flatMap(schema => {
        const rows = this.db.prepare(`SELECT name, kind, sql FROM ${schema}.${VIEWS_TABLE}`).all() as {
          name: string
          kind: View['kind']
          sql: string
        }[]
        return rows.map(v => [v.name.toLowerCase(), { ...v, schema }] as const)
      }),
    )
  }

  /** Runs a step that may block the thread for long. */
  busily<T>(work: () => T): T {
    this.#onBusy?.(true)
    try {
      return work()
    } finally {
      this.#onBusy?.(false)
    }
  }

  /** Runs SQL texts in one transaction. @returns the number of rows that the last one changed */
  apply(steps: readonly string[], params: readonly string[]): number {
    this.#hasOwn = true
    let changes = 0
    const run = this.db.transaction(() => {
      for (const step of steps) {
        const statement = this.db.prepare(step)
        const takes =
          /^(?:INSERT|UPDATE|DELETE)/.test(step)
          && params.some(p => [':', '@', '$'].some(mark => step.includes(mark + p)))
        changes = (takes ? statement.run(this.params) : statement.run()).changes
      }
    })
    const isDry = this.db.inTransaction
    try {
      this.busily(run)
    } finally {
      if (isDry && !this.db.inTransaction) this.#beginAgain()
    }
    return changes
  }

  /** Restarts the transaction of a dry run after a conflict ended it (ON CONFLICT ROLLBACK, RAISE(ROLLBACK)), so that later changes are rolled back too. */
  #beginAgain(): void {
    this.#emptyTables.clear()
    this.db.exec('BEGIN')
  }

  /** A database in memory with the same tables, without their rows, and the same views. */
  emptyCopy(): Store {
    const copy = new Store()
    copy.#hasOwn = true
    for (const schema of ['main', 'temp']) {
      const tables = this.db
        .prepare(
          `SELECT name, sql FROM ${schema}.sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '%~%'`,
        )
        .all() as { name: string; sql: string }[]
      for (const { name, sql } of tables) {
        copy.db.exec(schema === 'temp' ? sql.replace(/^CREATE TABLE/i, 'CREATE TEMP TABLE') : sql)
        if (name === VIEWS_TABLE || name === SHAPES_TABLE) copy.#copyRows(this, schema, name)
      }
    }
    return copy
  }

  #copyRows(from: Store, schema: string, table: string): void {
    const rows = from.db.prepare(`SELECT * FROM ${schema}.${table}`).raw().all() as Value[][]
    for (const row of rows)
      this.db.prepare(`INSERT INTO ${schema}.${table} VALUES (${row.map(() => '?').join(', ')})`).run(...row)
  }

  create(table: TableShape): void {
    // only tables of scans have a ~ in their names
    this.#hasOwn ||= !table.name.includes('~')
    this.drop(table.name)
    this.db.exec(createTableSql(table))
  }

  drop(name: string): void {
    this.#emptyTables.delete(name)
    try {
      this.db.exec(`DROP TABLE IF EXISTS temp.${quote(name)}`)
      this.#temporary?.giveBack()
    } catch (error) {
      if (!isResourceError(error) || this.db.inTransaction) throw sqliteError(error)
      // after a failed write, SQLite neither reads nor writes the temporary file any more
      this.#emptyTables.clear()
      restartTemporary(this.db, this.#memory)
    }
  }

  check(sql: string, tables: readonly TableShape[]): Validation {
    for (const t of tables) this.#ensureEmpty(t)
    // opened outside the try: a failure to open is not an error in the statement
    const { db } = this
    try {
      const statement = db.prepare(sql)
      const isQuery = statement.reader && statement.readonly
      const columns = isQuery
        ? statement.columns().map(c => ({ name: c.name, table: c.table, column: c.column }))
        : []
      return { isQuery, columns }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error), isQuery: false, columns: [] }
    }
  }

  /** Creates an empty table for validation, unless it exists: successive statements often use the same tables. */
  #ensureEmpty(table: TableShape): void {
    const known = this.#emptyTables.get(table.name)
    if (known && (known.columns === table.columns || createTableSql(known) === createTableSql(table))) return
    this.create(table)
    this.#emptyTables.set(table.name, table)
  }

  values(expressions: readonly string[]): readonly Value[] {
    const chunk = 500
    const all: Value[] = []
    for (let i = 0; i < expressions.length; i += chunk) {
      const sql = `SELECT ${expressions.slice(i, i + chunk).join(', ')}`
      all.push(...this.busily(() => this.db.prepare(sql).raw().get(this.params) as Value[]))
    }
    return all
  }

  /** Names of functions that are useful in statements. */
  functionNames(): readonly string[] {
    return this.#functionList.names().filter(name => !REFUSED.includes(name) && !INTERNAL.test(name))
  }

  functions(): Functions {
    return this.#functionList
  }

  foreignView(name: string): string | undefined {
    const find = "SELECT sql FROM main.sqlite_schema WHERE type = 'view' AND name = ? COLLATE NOCASE"
    return this.db.prepare(find).pluck().get(name) as string | undefined
  }

  /** Registers an iterator that `close` must end. @returns a function that removes it */
  reading(rows: Iterator<unknown>): () => void {
    this.#reading.add(rows)
    return () => {
      this.#reading.delete(rows)
    }
  }

  /** Closes the database, after ending open iterators, with which SQLite would not close. */
  close(): void {
    for (const rows of this.#reading) rows.return?.()
    this.#opened?.close()
  }
}

function opened(file: string | undefined, isReadonly: boolean, memory: number): Database.Database {
  try {
    return openDatabase(file, isReadonly, memory)
  } catch (cause) {
    if (cause instanceof ConfluentqlError) throw cause
    const hint = '--db takes a SQLite file, or a path for a new one'
    const message = `cannot open ${file ?? 'a database'}: ${(cause as Error).message}`
    throw new ConfluentqlError('USAGE', message, { cause, hint })
  }
}
