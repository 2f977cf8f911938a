import { keyPart } from '../../catalog/keys.ts'
import type Database from 'better-sqlite3'
import type { Column, Method, Resource, RowsAt } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Page } from '../../http/types.ts'
import { literal } from '../../plan/splice.ts'
import { Elements, KIND, namesIn } from './jsonb.ts'
import { Hasher, RowHashes } from './row-hashes.ts'
import { RowPlaces } from './row-places.ts'
import { rowsFrom } from './rows-sql.ts'
import type { Store } from '../store/store.ts'

/**
 * A check for the pages of one listing: no row of a page may come again in a later one. If one does, the listing changed while
 * it was read, so that rows moved between pages and others may be missing. Where a lookup takes the keys of a row and nothing else
 * that may tell rows apart, these identify the row. Otherwise a row comes again if it is identical (a quota has one id for many
 * environments). A page that has a row twice shows that rows are not unique, and ends the check. Of a resource without keys,
 * a page must not be equal to the one before, unless all its rows are.
 */
export function createRepeats(
  store: Store,
  resource: Resource,
  method: Method,
): ((page: Page, parsed: Buffer) => void) | undefined {
  const { rows } = method
  if (rows?.kind !== 'array') return undefined
  const keys = keyColumns(resource, method)
  return keys.length === 0
    ? equalPages(store, rows)
    : repeatedKeys(store, rows, keys, areUnique(keys, lookupOf(resource)!, method))
}

type Check = (page: Page, parsed: Buffer) => void

const NONE = Buffer.alloc(0)

/** @param isByKeys rows are identified by their keys, otherwise by all their bytes */
function repeatedKeys(store: Store, rows: RowsAt, keys: readonly Column[], isByKeys: boolean): Check {
  const places = new RowPlaces(rows)
  const paths = isByKeys ? keys.map(column => namesIn(pathOf(column))) : []
  const hashes = new RowHashes()
  let first: Buffer | undefined
  let isOver = false
  /** Hashes the rows of a page until `test` returns true for one, which is between two offsets. */
  const hashRows = (parsed: Buffer, test: (hash: Hasher, from: number, to: number) => boolean): boolean => {
    const elements = new Elements(parsed)
    const key = new Elements(parsed)
    const hasher = new Hasher(parsed)
    return places.some(elements, at => {
      elements.read(at)
      if (elements.kind !== KIND.object) return false
      const { to } = elements
      hasher.begin()
      if (!isByKeys) hasher.add(at, to)
      const hasKeys = paths.every(path => {
        if (key.find(path, at) < 0 || key.kind === KIND.null) return false
        hasher.add(key.from, key.to)
        return true
      })
      hasher.end()
      return hasKeys && test(hasher, at, to)
    })
  }
  /** Whether an earlier row of a page has the same hash as the one at an offset. */
  const isBefore = (parsed: Buffer, { high, low }: Hasher, from: number): boolean =>
    hashRows(parsed, (other, at) => at < from && other.high === high && other.low === low)
  const add = (page: Page, parsed: Buffer): void => {
    hashRows(parsed, (hash, from, to) => {
      if (!hashes.add(hash.high, hash.low)) return false
      isOver = isBefore(parsed, hash, from)
      if (isOver) return true
      throw repeated(page, keys, keysOf(parsed.subarray(from, to), keys, store))
    })
  }
  return (page, parsed) => {
    if (isOver) return
    // a list of one page needs no hashes
    if (first === undefined) {
      first = parsed
      return
    }
    if (first.length > 0) add(page, first)
    first = NONE
    if (!isOver) add(page, parsed)
  }
}

/** The keys of a row as an array of JSON. */
function keysOf(row: Buffer, keys: readonly Column[], { db }: Store): string {
  const paths = keys.map(column => `@row ->> ${literal(pathOf(column))}`)
  return db
    .prepare(`SELECT json_array(${paths.join(', ')})`)
    .pluck()
    .get({ row }) as string
}

function equalPages(store: Store, rows: RowsAt): Check {
  const all = (page: string): string => `(SELECT json_group_array(value) FROM ${rowsFrom(rows, page)})`
  const sql = `SELECT ${all('@page')} = ${all('@before')} AND (SELECT count(DISTINCT value) > 1 FROM ${rowsFrom(rows)})`
  let compare: Database.Statement | undefined
  let before: Buffer | null = null
  return (page, parsed) => {
    const isEqual =
      before !== null && (compare ??= store.db.prepare(sql).pluck()).get({ page: parsed, before }) === 1n
    if (isEqual)
      throw new ConfluentqlError('RESPONSE', `${page.request.slice(0, 300)}: the server repeats a page`, {
        hint: 'Its rows may be those of another page, which are missing then: run the statement again',
      })
    before = parsed
  }
}

/** Whether the keys of a row identify it among those of a list: the lookup takes nothing else that is not the same for the whole list. */
function areUnique(keys: readonly Column[], lookup: Method, list: Method): boolean {
  const isOfList = (name: string): boolean =>
    list.params.some(p => p.name === name && p.required && !p.repeat)
  return (
    lookup.params.every(p => p.in === 'path' || (p.required && isOfList(p.name)))
    && keys.every(column => !pathOf(column).includes('['))
  )
}

/** Where a column is in a row. */
function pathOf({ name, at = `$.${JSON.stringify(name)}` }: Column): string {
  return at
}

/** The method that reads one row by the keys in its path. */
function lookupOf({ methods }: Resource): Method | undefined {
  return methods.find(m => m.verb === 'select' && m.single === true && m.params.some(p => p.in === 'path'))
}

/** The key columns of a listing: the path parameters of a lookup, if the answer has them. */
function keyColumns(resource: Resource, method: Method): Column[] {
  const lookup = lookupOf(resource)
  const columns =
    lookup?.params
      .filter(p => p.in === 'path')
      .map(p => (method.columns ?? resource.columns).find(c => keyPart(c.name) === p.column)) ?? []
  const given = (name: string): boolean =>
    method.params.some(p => p.column === keyPart(name) && p.in === 'path')
  const remaining = columns.filter(c => c === undefined || !given(c.name))
  if (remaining.some(c => c === undefined || c.at?.startsWith('#') || (c.isInput && !c.isAnswered))) return []
  return remaining.flatMap(c => c ?? [])
}

function repeated(page: Page, keys: readonly Column[], key: string): ConfluentqlError {
  const keyText = (JSON.parse(key) as unknown[])
    .map((value, i) => `${keys[i]!.name} ${JSON.stringify(value)}`)
    .join(', ')
    .slice(0, 120)
  return new ConfluentqlError(
    'RESPONSE',
    `${page.request.slice(0, 300)}: ${keyText} comes twice in the listing`,
    { hint: 'It changed while it was read, so that something else may be missing: run the statement again' },
  )
}
