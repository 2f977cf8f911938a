import { keyParts, keyText } from '../../catalog/keys.ts'
import type Database from 'better-sqlite3'
import { ConfluentqlError } from '../../errors.ts'
import type { Page } from '../../http/types.ts'
import type { Method, Resource, Value } from '../../catalog/types.ts'
import { fullName } from '../../plan/names.ts'
import { literal, quote } from '../../plan/splice.ts'
import { columnOf, fieldType, isRequiredFilter } from './columns.ts'
import type { Store } from '../store/store.ts'

/** A key of a request that is also a column of the answer. */
interface RequestedKey {
  /** Dotted path of the column. */
  readonly column: string
  readonly find: Database.Statement
  readonly replace: Database.Statement
}

/** A key that an answer spells differently from the request. */
interface RespelledKey {
  readonly column: string
  readonly asked: Value
  readonly answered: Value
}

/** Whether two keys differ in more than the case of letters. */
function areDifferent(one: Value, other: Value): boolean {
  return String(one).toLowerCase() !== String(other).toLowerCase()
}

/**
 * The keys of a request, in the rows of its answer. An answer may spell a key of the path differently (the name behind an
 * alias): its rows are stored under the requested key, and a notice reports the other spelling. It may leave out the
 * value of a required filter, which all its rows have. After a redirect, a row with another key is another one: an error.
 */
export class RequestedKeys {
  readonly #keys: readonly RequestedKey[]
  readonly #others: RespelledKey[] = []
  readonly #resource: Resource
  #redirected: ConfluentqlError | undefined

  constructor(store: Store, resource: Resource, method: Method, table: string, loaded: readonly string[]) {
    this.#resource = resource
    this.#keys = method.verb === 'select' ? keysOf(store, resource, method, table, loaded) : []
  }

  /** Sets the keys of the rows after a row id to those that were requested. */
  apply(asked: Readonly<Record<string, Value>>, after: bigint, page: Page): void {
    for (const { column, find, replace } of this.#keys) {
      const value = asked[column] ?? null
      // servers ignore an empty filter
      if (value === null || value === '') continue
      const bind = { after, asked: value }
      const { n, answered } = find.get(bind) as { n: bigint; answered: Value }
      if (n === 0n) continue
      replace.run(bind)
      if (answered === null) continue
      this.#others.push({ column: keyText(column), asked: value, answered })
      if (page.redirected !== undefined && areDifferent(value, answered))
        this.#redirected ??= new ConfluentqlError(
          'RESPONSE',
          `${page.request} is redirected to ${page.redirected}, whose row has ${keyText(column)} ${String(answered)} instead of ${String(value)}`,
          { hint: `If that is the row you mean, ask for ${keyText(column)} = ${literal(String(answered))}` },
        )
    }
  }

  /** @throws ConfluentqlError RESPONSE if a redirect led to a row with another key */
  check(): void {
    if (this.#redirected) throw this.#redirected
  }

  /** Whether no column of the answer is a key of the request. */
  get areNone(): boolean {
    return this.#keys.length === 0
  }

  /** Whether any key was spelled differently. */
  get areOther(): boolean {
    return this.#others.length > 0
  }

  /** Emits the notice, if any key was spelled differently. */
  report({ onNotice }: { readonly onNotice?: ((text: string) => void) | undefined }): void {
    const [first] = this.#others
    if (!first) return
    const { column, asked, answered } = first
    const more = this.#others.length > 1 ? `, and likewise for ${this.#others.length - 1} more` : ''
    onNotice?.(
      `${fullName(this.#resource)}: asked for ${column} ${String(asked)}, the API answered with ${column} ${String(answered)}${more}; the rows are shown under what was asked for`,
    )
  }
}

function keysOf(
  { db }: Store,
  resource: Resource,
  method: Method,
  table: string,
  loaded: readonly string[],
): RequestedKey[] {
  return method.params.flatMap(param => {
    if (param.column === undefined || (param.in !== 'path' && !isRequiredFilter(param))) return []
    const [name, ...path] = keyParts(param.column)
    const column = columnOf(method, resource, name!)
    if (column.isInput || !loaded.includes(name!)) return []
    const type = fieldType(column, path)
    const as = type === 'integer' || type === 'number' || type === 'boolean' ? 'NUMERIC' : 'TEXT'
    const at = literal(['$', ...path.map(field => JSON.stringify(field))].join('.'))
    const isWhole = path.length === 0
    // a column compares by its affinity; a field of an object has none
    const current = isWhole ? quote(name!) : `CAST(${quote(name!)} ->> ${at} AS ${as})`
    const asked = isWhole ? '@asked' : `CAST(@asked AS ${as})`
    const isOther = param.in === 'path' ? `IS NOT ${asked}` : 'IS NULL'
    const where = `WHERE rowid > @after AND ${current} ${isOther}`
    const set = isWhole ? asked : `json_set(coalesce(${quote(name!)}, '{}'), ${at}, ${asked})`
    return [
      {
        column: param.column,
        find: db.prepare(
          `SELECT count(*) AS n, min(${current}) AS answered FROM temp.${quote(table)} ${where}`,
        ),
        replace: db.prepare(`UPDATE temp.${quote(table)} SET ${quote(name!)} = ${set} ${where}`),
      },
    ]
  })
}
