import type { Shape } from '../catalog/types.ts'
import { FIELD, NULL, PackedRows, ROW } from '../packed.ts'
import type { PlanColumn } from '../plan/plan.ts'
import type { Params, Store } from './store.ts'

/** Types whose values are texts, but where an answer has something else at its place. */
const TEXTS: ReadonlySet<PlanColumn['type']> = new Set<Shape['type']>([
  'string',
  'timestamp',
  'object',
  'array',
])
/** Bytes; more are not copied once more. */
const MOST = 4 * 2 ** 20
/** Columns for each of which a function takes two arguments (SQLITE_MAX_FUNCTION_ARG). */
const WIDEST = 500

const [field, row, none] = [FIELD, ROW, NULL].map(byte => `x'${byte.toString(16)}'`)

/**
 * Evaluates a text over scans again and again, all its rows at once and packed. Undefined where a result column is no column
 * of a scan, or part of one, whose values are texts: those come from JSON that SQLite was given as a string, and halves of
 * surrogate pairs are refused, so that they are UTF-8. The function gives undefined where rows cannot be packed after all.
 */
export function packer(
  store: Store,
  sql: string,
  columns: readonly PlanColumn[],
  bind: [] | [Params],
): (() => PackedRows | undefined) | undefined {
  if (!store.isUtf8 || columns.length > WIDEST || !columns.every(c => TEXTS.has(c.type))) return undefined
  const types = store.db
    .prepare(sql)
    .columns()
    .map(c => c.type)
  if (types.some(type => type !== null && type !== 'TEXT')) return undefined
  const names = types.map((_, i) => `c${i}`)
  // part of an object may be a number
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
      return bytes === null || unlike || bytes.length > MOST
        ? undefined
        : new PackedRows(bytes, Number(length), names.length)
    } catch {
      // what fails here fails where the rows are read one by one, and is told there
      return undefined
    }
  }
}
