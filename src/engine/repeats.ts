import type Database from 'better-sqlite3'
import type { Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Page } from '../http/types.ts'
import { literal } from '../plan/splice.ts'
import type { Store } from './store.ts'

/**
 * A check for the pages of one listing: a page must not begin with a row that the page before it had. One that does tells
 * that the listing grew while it was read, so that rows moved to later pages, and others may have been left out. Only where
 * things have keys, by which one of them can be read, so that no two rows are alike; rows with the same key that differ
 * otherwise are no repeats (quotas have one id for many environments).
 */
export function createRepeats(
  store: Store,
  resource: Resource,
  method: Method,
): ((page: Page, parsed: Buffer) => void) | undefined {
  const keys = keysOf(resource, method)
  const { rows } = method
  if (keys.length === 0 || rows?.kind !== 'array' || method.paging === undefined) return undefined
  const path = (key: string): string => `value ->> ${literal(`$.${JSON.stringify(key)}`)}`
  const sql = `SELECT json_array(${keys.map(path).join(', ')}) FROM jsonb_each(@before, ${literal(rows.at)}) WHERE value = jsonb_extract(@page, ${literal(`${rows.at}[0]`)}) LIMIT 1`
  // most listings have one page
  let find: Database.Statement | undefined
  let before: Buffer | null = null
  return (page, parsed) => {
    const repeat =
      before && ((find ??= store.db.prepare(sql).pluck()).get({ page: parsed, before }) as string | undefined)
    if (typeof repeat === 'string') throw repeated(page, keys, repeat)
    before = parsed
  }
}

/** The columns that tell one thing of a listing from another: what a lookup takes in its path, and the answer has at its own name. */
function keysOf(resource: Resource, method: Method): string[] {
  const lookup = resource.methods.find(
    m => m.verb === 'select' && m.single === true && m.params.some(p => p.in === 'path'),
  )
  const columns =
    lookup?.params
      .filter(p => p.in === 'path')
      .map(p => (method.columns ?? resource.columns).find(c => c.name === p.column)) ?? []
  const given = (name: string): boolean => method.params.some(p => p.column === name && p.in === 'path')
  const own = columns.filter(c => c === undefined || !given(c.name))
  if (own.some(c => c === undefined || c.at !== undefined || c.isInput)) return []
  return own.flatMap(c => (c === undefined ? [] : [c.name]))
}

function repeated(page: Page, keys: readonly string[], key: string): ConfluentqlError {
  const named = (JSON.parse(key) as unknown[])
    .map((value, i) => `${keys[i]} ${JSON.stringify(value)}`)
    .join(', ')
    .slice(0, 120)
  return new ConfluentqlError(
    'RESPONSE',
    `${page.request.slice(0, 300)}: ${named} comes twice in the listing`,
    { hint: 'It changed while it was read, so that something else may be missing: run the statement again' },
  )
}
