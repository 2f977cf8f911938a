import { keyPart } from '../../catalog/keys.ts'
import type Database from 'better-sqlite3'
import type { Column, Method, Resource, RowsAt } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Page } from '../../http/types.ts'
import { literal } from '../../plan/splice.ts'
import { Elements, KIND } from './jsonb.ts'
import { RowPlaces } from './row-places.ts'
import { rowsFrom } from './rows-sql.ts'
import type { Store } from '../store/store.ts'

/**
 * A check for the pages of one listing: a page must not begin with a row of the last page before it that has rows. If it does, the listing
 * changed while it was read, so that rows moved between pages and others may be missing. It applies only to resources
 * with keys, whose rows are unique. Rows with the same key that differ in other columns are not repeats (a quota has one
 * id for many environments). Of a resource without keys, a page must not be equal to the one before, unless all its rows are.
 */
export function createRepeats(
  store: Store,
  resource: Resource,
  method: Method,
): ((page: Page, parsed: Buffer) => void) | undefined {
  const { rows } = method
  if (rows?.kind !== 'array') return undefined
  const keys = keyColumns(resource, method)
  return keys.length === 0 ? equalPages(store, rows) : repeatedKeys(store, rows, keys)
}

type Check = (page: Page, parsed: Buffer) => void

function repeatedKeys(store: Store, rows: RowsAt, keys: readonly Column[]): Check {
  const places = new RowPlaces(rows)
  let before: Buffer | undefined
  return (page, parsed) => {
    const first = firstRow(places, parsed)
    // an empty page between two others
    if (!first) return
    if (before && hasRow(places, before, first)) throw repeated(page, keys, keysOf(first, keys, store))
    before = parsed
  }
}

/** The first row of a page, if it is an object. */
function firstRow(places: RowPlaces, page: Buffer): Buffer | undefined {
  const elements = new Elements(page)
  let first: Buffer | undefined
  places.some(elements, at => {
    elements.read(at)
    if (elements.kind === KIND.object) first = page.subarray(at, elements.to)
    return true
  })
  return first
}

function hasRow(places: RowPlaces, page: Buffer, row: Buffer): boolean {
  const elements = new Elements(page)
  return places.some(elements, at => {
    elements.read(at)
    return elements.to - at === row.length && row.compare(page, at, elements.to) === 0
  })
}

/** The keys of a row as an array of JSON. */
function keysOf(row: Buffer, keys: readonly Column[], { db }: Store): string {
  const paths = keys.map(({ name, at = `$.${JSON.stringify(name)}` }) => `@row ->> ${literal(at)}`)
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

/** The key columns of a listing: the path parameters of a lookup, if the answer has them. */
function keyColumns(resource: Resource, method: Method): Column[] {
  const lookup = resource.methods.find(
    m => m.verb === 'select' && m.single === true && m.params.some(p => p.in === 'path'),
  )
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
