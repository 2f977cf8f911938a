import { createHash } from 'node:crypto'
import type { Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Page } from '../http/types.ts'
import { literal } from '../plan/splice.ts'
import type { Store } from './store.ts'

/** Rows that are remembered of one listing; of a longer one, those of its last pages. */
const MOST = 200_000

/**
 * A check for the pages of one listing: no thing may come twice as it is. One that does tells that the listing moved while it
 * was read, so that another may have been left out. Only where things have keys, by which one of them can be read, and pages.
 * Keys alone do not tell: some APIs give one id to things that differ in what they are for.
 */
export function createRepeats(store: Store, resource: Resource, method: Method): ((page: Page, parsed: Buffer) => void) | undefined {
  const keys = keysOf(resource, method)
  const { rows } = method
  if (keys.length === 0 || rows === undefined || method.paging === undefined) return undefined
  const path = (key: string): string => `value ->> ${literal(`$.${JSON.stringify(key)}`)}`
  const read = store.db.prepare(`SELECT json_array(${keys.map(path).join(', ')}) AS key, value FROM jsonb_each(?, ${literal(rows.at)}) WHERE ${keys.map(key => `${path(key)} IS NOT NULL`).join(' AND ')}`)
  const seen = new Set<string>()
  return (page, parsed) => {
    if (seen.size > MOST) seen.clear()
    for (const { key, value } of read.iterate(parsed) as IterableIterator<{ key: string; value: Buffer | string }>) {
      const row = createHash('sha1').update(value).digest('base64')
      if (seen.has(row)) throw repeated(page, keys, key)
      seen.add(row)
    }
  }
}

/** The columns that tell one thing of a listing from another: what a lookup takes in its path, and the answer has at its own name. */
function keysOf(resource: Resource, method: Method): string[] {
  const lookup = resource.methods.find(m => m.verb === 'select' && m.single === true && m.params.some(p => p.in === 'path'))
  const columns = lookup?.params.filter(p => p.in === 'path').map(p => (method.columns ?? resource.columns).find(c => c.name === p.column)) ?? []
  const given = (name: string): boolean => method.params.some(p => p.column === name && p.in === 'path')
  const own = columns.filter(c => c === undefined || !given(c.name))
  if (own.some(c => c === undefined || c.at !== undefined || c.echo)) return []
  return own.flatMap(c => (c === undefined ? [] : [c.name]))
}

function repeated(page: Page, keys: readonly string[], key: string): ConfluentqlError {
  const named = (JSON.parse(key) as unknown[]).map((value, i) => `${keys[i]} ${JSON.stringify(value)}`).join(', ').slice(0, 120)
  return new ConfluentqlError('RESPONSE', `${page.request.slice(0, 300)}: ${named} comes twice in the listing`, {
    hint: 'It changed while it was read, so that something else may be missing: run the statement again',
  })
}
