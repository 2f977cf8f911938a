import type { Method, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import type { Page } from '../http/types.ts'
import { literal } from '../plan/splice.ts'
import type { Store } from './store.ts'

/**
 * A check for the pages of one listing: no page may have a row twice, or one that the page before it had. One that does tells that the
 * listing moved while it was read, so that another may have been left out. Only where things have keys, by which one of
 * them can be read, so that no two rows are alike; rows with the same key that differ otherwise are no repeats (quotas
 * have one id for many environments).
 */
export function createRepeats(store: Store, resource: Resource, method: Method): ((page: Page, parsed: Buffer) => void) | undefined {
  const keys = keysOf(resource, method)
  const { rows } = method
  if (keys.length === 0 || rows === undefined || method.paging === undefined) return undefined
  const path = (key: string): string => `value ->> ${literal(`$.${JSON.stringify(key)}`)}`
  const at = literal(rows.at)
  const key = `json_array(${keys.map(path).join(', ')})`
  const readKeys = store.db.prepare(`SELECT json_group_array(${keys.length === 1 ? path(keys[0]!) : `${key} || ''`}) FROM jsonb_each(?, ${at})`).pluck()
  const each = (page: string): string => `SELECT value FROM jsonb_each(${page}, ${at})`
  let before: { readonly page: Buffer | null; readonly keys: ReadonlySet<string | number | null> } = { page: null, keys: new Set() }
  return (page, parsed) => {
    const own = JSON.parse(readKeys.get(parsed) as string) as (string | number | null)[]
    const now = { page: parsed, keys: new Set(own) }
    // most listings have keys that do not come again at all; only for others the rows themselves are looked at
    if (now.keys.size < own.length || own.some(k => before.keys.has(k))) {
      const find = store.db.prepare(`SELECT ${key} FROM (${each('@page')} UNION ALL ${each('@before')}) GROUP BY value HAVING count(*) > 1 LIMIT 1`).pluck()
      const repeat = find.get({ page: parsed, before: before.page }) as string | undefined
      if (repeat !== undefined) throw repeated(page, keys, repeat)
    }
    before = now
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
