import { FIELD, NULL, PackedRows, ROW } from '../../packed.ts'
import type { PlanColumn } from '../../plan/plan.ts'
import type { Params, Store } from '../store/store.ts'

/** Types whose values are texts, unless an answer has values of another type. */
const TEXTS: ReadonlySet<PlanColumn['type']> = new Set<PlanColumn['type']>([
  'string',
  'date',
  'timestamp',
  'object',
  'array',
])
/** Largest result to pack, in bytes: copying more costs too much. */
const MAX_BYTES = 4 * 2 ** 20
/** Most columns: each is two arguments of concat (SQLITE_MAX_FUNCTION_ARG). */
const MAX_COLUMNS = 500

const [field, row, none] = [FIELD, ROW, NULL].map(byte => `x'${byte.toString(16)}'`)

/**
 * A function that evaluates a query and returns all its rows packed. Undefined unless every result column is a column of a
 * scan, or a part of one, whose values are texts: those come from JSON and are valid UTF-8, as halves of surrogate pairs
 * are refused. The function returns undefined for rows that cannot be packed.
 */
export function packer(
  store: Store,
  sql: string,
  columns: readonly PlanColumn[],
  bind: [] | [Params],
): (() => PackedRows | undefined) | undefined {
  if (!store.isUtf8 || columns.length > MAX_COLUMNS || !columns.every(c => TEXTS.has(c.type)))
    return undefined
  const types = store.db
    .prepare(sql)
    .columns()
    .map(c => c.type)
  if (types.some(type => type !== null && type !== 'TEXT')) return undefined
  const names = types.map((_, i) => `c${i}`)
  // a field of an object may be a number
  const others = names
    .filter((_, i) => types[i] === null)
    .map(name => `(typeof(${name}) NOT IN ('text', 'null'))`)
  const fields = names.map(name => `coalesce(${name}, ${none})`).join(`, ${field}, `)
  const statement = store.db
    .prepare(
      `WITH r(${names.join(', ')}) AS (${sql}
    ) SELECT CAST(group_concat(concat(${fields}, ${row}), '') AS BLOB), count(*), ${others.length > 0 ? `sum(${others.join(' + ')})` : 0} FROM r`,
    )
    .raw()
  return () => {
    try {
      const [bytes, length, unlike] = statement.get(...bind) as [Buffer | null, bigint, bigint | null]
      return bytes === null || unlike || bytes.length > MAX_BYTES
        ? undefined
        : new PackedRows(bytes, Number(length), names.length)
    } catch {
      // the error occurs again, and is reported, when the rows are read one by one
      return undefined
    }
  }
}
