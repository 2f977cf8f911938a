import type { Value } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { aborted } from '../http/signal.ts'
import type { PlanColumn } from '../plan/plan.ts'
import type { LeftOut } from './lacks.ts'
import type { Result, Row } from './result.ts'

/** A value that a statement takes for `:name`. */
export type Param = Value | boolean | Date

/** Values of `:name` in a statement. */
export type Params = Readonly<Record<string, Param>>

/** A row by the names of its columns: objects and arrays are parsed, booleans are booleans, other values as of `Row`. */
export type RowObject = Readonly<Record<string, unknown>>

export interface ReadOptions {
  /** Ends the statement and its requests. */
  readonly signal?: AbortSignal | undefined
  /**
   * Called with the calls that were left out (`skipUnreachable`), if any. Without it they are an error: an array does not
   * show that it lacks rows.
   */
  readonly onLeftOut?: ((calls: readonly LeftOut[]) => void) | undefined
}

/** Parameters as SQLite takes them. @throws ConfluentqlError USAGE for anything else */
export function boundParams(params: Params): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]): [string, Value] => {
      if (typeof value === 'boolean') return [name, value ? 1 : 0]
      if (value instanceof Date) return [name, value.toISOString()]
      const isValue =
        value === null || ['string', 'number', 'bigint'].includes(typeof value) || value instanceof Uint8Array
      if (isValue) return [name, value]
      throw new ConfluentqlError('USAGE', `the value of :${name} is ${typeof value}`, {
        hint: 'give a text, number, boolean, Date, bytes or null; for a list: IN (SELECT value FROM json_each(:list)), with JSON.stringify(list)',
      })
    }),
  )
}

/** Rows of a result as objects. @throws ConfluentqlError USAGE for two columns of one name */
export async function* objectsOf(
  result: Result,
  signal: AbortSignal,
  onLeftOut: ReadOptions['onLeftOut'],
): AsyncGenerator<RowObject, void, void> {
  const names = result.columns.map(c => c.name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) {
    await result.rows.batches()[Symbol.asyncIterator]().return?.()
    throw new ConfluentqlError('USAGE', `two columns are called ${JSON.stringify(twice)}`, {
      hint: 'give them different names, with AS',
    })
  }
  let isChecked = false
  const check = (): void => {
    if (isChecked) return
    isChecked = true
    const calls = result.leftOut?.() ?? []
    if (calls.length === 0) return
    if (!onLeftOut)
      throw new ConfluentqlError(
        'VALUE',
        `the result lacks the rows of ${calls.length} ${calls.length === 1 ? 'call that was' : 'calls that were'} left out`,
        { hint: 'pass onLeftOut to accept that, or read run(), whose results have leftOut()' },
      )
    onLeftOut(calls)
  }
  try {
    for await (const row of result.rows) {
      check()
      // rows that have arrived are not read to the end of their page
      if (signal.aborted) throw aborted(signal)
      yield objectOf(result.columns, row)
    }
    check()
  } finally {
    // also if only the first row is read: a change may have failed for another one
    result.finish()
  }
}

function objectOf(columns: readonly PlanColumn[], row: Row): RowObject {
  // defined, not assigned: a column may be called __proto__
  return Object.fromEntries(columns.map(({ name, type }, i) => [name, valueOf(row[i] ?? null, type)]))
}

function valueOf(value: Value, type: PlanColumn['type']): unknown {
  if (type === 'boolean' && (value === 0 || value === 1)) return value === 1
  if (typeof value !== 'string' || (type !== 'object' && type !== 'array' && type !== 'json')) return value
  // `null` or `5` in place of an object is a text of the API
  if (type !== 'json' && !/^\s*[[{"]/.test(value)) return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}
