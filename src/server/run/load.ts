import type { Row } from '../../engine/result.ts'
import { ConfluentqlError } from '../../errors.ts'
import { literal } from '../../plan/splice.ts'
import { ROLE } from '../catalog/definition.ts'
import { keyOf, type Relation } from '../catalog/relations.ts'
import type { Load } from '../evaluate/protocol.ts'
import type { Need } from '../scans/needs.ts'
import { columnOf, placeText, type Place } from '../scans/pushable.ts'
import { ident, type Token } from '../sql/lexer.ts'
import { SqlError } from '../wire/errors.ts'
import { copyLine } from '../wire/rows.ts'
import { namedColumns } from './columns.ts'
import { sessionRows, type SessionContext } from './database.ts'

/** Limits for the rows of one statement in the memory of Postgres. */
const MAX_ROWS = 200_000
const MAX_BYTES = 64 * 2 ** 20

/** Rows in the memory of Postgres so far. */
interface Total {
  rows: number
  bytes: number
}

/** Loads what a statement needs: tables at the same time, except those whose keys come from others. */
export async function loadAll(
  needs: readonly Need[],
  tokens: readonly Token[],
  { database, signal, onNotice, isForChange, isWhole }: SessionContext & { readonly isWhole: boolean },
): Promise<Load[]> {
  const cancel = new AbortController()
  const either = AbortSignal.any([signal, cancel.signal])
  const total: Total = { rows: 0, bytes: 0 }
  const loaded = new Map<string, Promise<LoadedTable>>()
  const load = async (need: Need): Promise<LoadedTable> => {
    const [key] = need.keys
    const tuples =
      key
      && tuplesOf(
        await loaded.get(key.source.relation)!,
        need.keys.map(k => k.source.place),
      )
    const givesKeys = needs.flatMap(n => n.keys).filter(k => k.source.relation === nameOf(need.relation))
    const columns = columnsOf(
      need,
      tokens,
      givesKeys.map(k => k.source.place),
      isWhole,
    )
    const table = new LoadedTable(need.relation, columns, { isWhole, keepsRows: givesKeys.length > 0 })
    if (tuples?.length !== 0 && ![...need.equals.values()].some(e => e.values.length === 0))
      await fill(table, need, tuples, { database, signal: either, onNotice, isForChange, total })
    return table
  }
  for (const need of needs) {
    const run = load(need)
    loaded.set(nameOf(need.relation), run)
    run.catch(() => cancel.abort(new SqlError('57014', 'another request of the statement failed')))
  }
  const results = await Promise.allSettled(loaded.values())
  const failures = results.flatMap(r => (r.status === 'rejected' ? [r.reason as unknown] : []))
  if (failures.length > 0) throw failures.find(f => !isCancelled(f)) ?? failures[0]
  return Promise.all([...loaded.values()].map(async table => (await table).load))
}

const isCancelled = (error: unknown): boolean =>
  (error as { code?: string }).code === 'ABORTED'
  || (error instanceof SqlError && error.report.state === '57014')

const nameOf = ({ schema, name }: Relation): string => keyOf(schema, name)

/** Columns to load, in the table's order; at least one, since a row needs a column. */
function columnsOf(
  need: Need,
  tokens: readonly Token[],
  keys: readonly Place[],
  isWhole: boolean,
): readonly string[] {
  const all = need.relation.columns.map(c => c.name)
  if (isWhole) return all
  const named = new Set([...namedColumns(need.relation, tokens), ...keys.map(k => k.column)])
  return named.size === 0 ? all.slice(0, 1) : all.filter(name => named.has(name))
}

/** The rows of a table, in the format of COPY. */
class LoadedTable {
  readonly relation: Relation
  readonly columns: readonly string[]
  readonly rows: Row[] = []
  readonly #options: { readonly isWhole: boolean; readonly keepsRows: boolean }
  readonly #chunks: Buffer[] = []

  constructor(
    relation: Relation,
    columns: readonly string[],
    options: { isWhole: boolean; keepsRows: boolean },
  ) {
    this.relation = relation
    this.columns = columns
    this.#options = options
  }

  /** Returns the bytes that they take. */
  add(rows: Iterable<Row>): { rows: number; bytes: number } {
    const types = this.columns.map(c => columnOf(this.relation, c)!.type)
    let text = ''
    let count = 0
    for (const row of rows) {
      text += copyLine(row, types)
      if (this.#options.keepsRows) this.rows.push(row)
      count++
    }
    const chunk = Buffer.from(text)
    this.#chunks.push(chunk)
    return { rows: count, bytes: chunk.length }
  }

  get load(): Load {
    const { schema, name } = this.relation
    const table = `${ident(schema)}.${ident(name)}`
    const columns = this.columns.map(ident).join(', ')
    // a column that was not loaded cannot be read
    const rights = this.#options.isWhole
      ? ''
      : `; REVOKE SELECT ON ${table} FROM ${ROLE}; GRANT SELECT (${columns}) ON ${table} TO ${ROLE}`
    return {
      table: keyOf(schema, name),
      before: `TRUNCATE ${table}${rights}`,
      copy: `COPY ${table} (${columns}) FROM STDIN`,
      chunks: this.#chunks,
    }
  }
}

async function fill(
  table: LoadedTable,
  need: Need,
  tuples: readonly (readonly string[])[] | undefined,
  { total, ...context }: SessionContext & { readonly total: Total },
): Promise<void> {
  const read = async (own: Need): Promise<void> => {
    const sql = sessionQuery(own, table.columns, { tuples, isForChange: context.isForChange })
    for await (const batch of sessionRows(sql, context)) {
      const added = table.add(batch)
      total.rows += added.rows
      total.bytes += added.bytes
      if (total.rows > MAX_ROWS || total.bytes > MAX_BYTES) throw tooLarge(need.relation)
    }
  }
  const isView = need.relation.resource === undefined && need.ranges.length > 0
  try {
    await read(isView ? { ...need, ranges: [] } : need)
  } catch (error) {
    // it is found before any request
    if (!isView || !(error instanceof ConfluentqlError) || error.code !== 'MISSING_PARAMETER') throw error
    await read(need)
  }
}

function tooLarge({ schema, name }: Relation): SqlError {
  return new SqlError(
    '54000',
    `the statement reads more than 200,000 rows or 64 MB, the last of ${schema}.${name}`,
    {
      hint: 'add conditions on keys; a SELECT of columns of one table, without functions and ORDER BY, has no limit',
    },
  )
}

/**
 * The statement of the session that reads what is needed. A value of another type than documented is shown as it was answered, but
 * is an error if it selects rows to change, or would be sent.
 */
export function sessionQuery(
  { relation, equals, ranges, keys }: Need,
  columns: readonly string[],
  {
    tuples,
    isForChange,
  }: {
    readonly tuples?: readonly (readonly string[])[] | undefined
    readonly isForChange?: boolean | undefined
  },
): string {
  const from = [`${relation.from} AS t`]
  const where = [...ranges]
  for (const { place, values } of equals.values())
    where.push(
      values.length === 1
        ? `${placeText(place)} = ${values[0]!}`
        : `${placeText(place)} IN (${values.join(', ')})`,
    )
  if (tuples) {
    const names = keys.map((_, i) => `k${i}`)
    const each = names.map((name, i) => `value ->> '$[${i}]' AS ${name}`)
    from.push(`(SELECT ${each.join(', ')} FROM json_each(${literal(JSON.stringify(tuples))})) AS k`)
    where.push(...keys.map(({ place }, i) => `${placeText(place)} = k.${names[i]!}`))
  }
  // the session takes `+x` for a computation with x
  const sign = isForChange ? '+' : ''
  const shown = columns
    .map((name, i) => `${sign}${placeText({ column: name, path: [] })} AS c${i}`)
    .join(', ')
  return `SELECT ${shown} FROM ${from.join(' JOIN ')}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`
}

/** The values of keys in the rows of a table, each combination once, without NULL. */
function tuplesOf({ columns, rows }: LoadedTable, places: readonly Place[]): string[][] {
  const found = new Map<string, string[]>()
  for (const row of rows) {
    const values = places.map(({ column, path }) => textAt(row[columns.indexOf(column)], path))
    if (values.includes(undefined)) continue
    found.set(JSON.stringify(values), values as string[])
  }
  return [...found.values()]
}

function textAt(value: Row[number] | undefined, path: readonly string[]): string | undefined {
  if (value === null || value === undefined) return undefined
  if (path.length === 0) return String(value)
  let at: unknown
  try {
    at = JSON.parse(String(value))
  } catch {
    return undefined
  }
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    at = (at as Record<string, unknown>)[name]
  }
  return at === null || at === undefined || typeof at === 'object' ? undefined : String(at)
}
