import type { Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { Bind, GivenKey, Scan } from '../../plan/plan.ts'
import { columnText, literal, quote } from '../../plan/splice.ts'
import { kindOfRows, singular } from '../calls/parents.ts'
import type { Row } from '../result.ts'
import type { ScanContext } from './scan-calls.ts'
import { keptCalls, type KeptCalls } from './sharing.ts'

/**
 * For tables without rows, looks up whether the statement gives the name of a parent where its id belongs.
 *
 * @param hasRows whether the API answered with rows for a scan
 * @param kept the answers that the statement has read of the tables to look it up in
 * @throws ConfluentqlError VALUE if a text is the name of one parent, and the id of none
 */
export async function checkGivenNames(
  scans: readonly Scan[],
  hasRows: (scan: Scan) => boolean,
  context: ScanContext,
  kept: KeptCalls,
): Promise<void> {
  const known = new Map<string, Promise<readonly Row[] | undefined>>()
  // the answer to the statement itself does not depend on it
  const lookup = (sql: string): Promise<readonly Row[] | undefined> => {
    const rows =
      known.get(sql) ?? context.lookup?.(sql, kept).catch(() => undefined) ?? Promise.resolve(undefined)
    known.set(sql, rows)
    return rows
  }
  for (const scan of scans) {
    if (!scan.given || !isRequested(scan) || hasRows(scan)) continue
    for (const given of scan.given) {
      const values = given.values.filter(value => !isLoaded(value, given, scans, context.store))
      if (values.length > 0) await check(scan.resource, { ...given, values }, lookup, context.onNotice)
    }
  }
}

/**
 * The same for calls of a change that the API answered with 404 or 403.
 * @param given the keys that were sent
 * @returns the error if one is the name of a parent, and no id
 */
export async function nameSent(
  resource: Resource,
  given: readonly GivenKey[],
  { lookup, catalog, onNotice }: ScanContext,
): Promise<ConfluentqlError | undefined> {
  const kept = keptCalls(given, catalog)
  if (!lookup || !kept) return undefined
  try {
    for (const key of given)
      await check(resource, key, sql => lookup(sql, kept).catch(() => undefined), onNotice)
  } catch (error) {
    if (error instanceof ConfluentqlError) return error
    throw error
  }
  return undefined
}

/** Whether the conditions leave a value for each parameter, and the statement needs rows. */
function isRequested({ sets, rowLimit }: Scan): boolean {
  const hasValues = (b: Bind): boolean => b.kind === 'query' || b.rows.length > 0
  return rowLimit !== 0 && sets.some(set => set.every(hasValues))
}

/** Whether the statement itself has read a row with the id. */
function isLoaded(
  value: string,
  { table, id }: GivenKey,
  scans: readonly Scan[],
  { db }: ScanContext['store'],
): boolean {
  const [column = '', ...path] = id.split('.')
  return scans
    .filter(({ resource, columns }) => fullName(resource) === table && columns.includes(column))
    .some(({ into }) => {
      const sql = `SELECT EXISTS (SELECT 1 FROM temp.${quote(into)} AS t WHERE ${columnText('t', column, path)} = ?)`
      return Number(db.prepare(sql).pluck().get(value)) === 1
    })
}

async function check(
  resource: Resource,
  given: GivenKey,
  lookup: (sql: string) => Promise<readonly Row[] | undefined>,
  onNotice: ScanContext['onNotice'],
): Promise<void> {
  const path = (dotted: string): string => dotted.split('.').map(quote).join('.')
  const sql = `SELECT DISTINCT ${path(given.id)}, ${path(given.name)} FROM ${path(given.table)}`
  const rows = await lookup(sql)
  if (!rows) return
  const { key, stated } = given
  const place = `${key} of ${fullName(resource)}`
  for (const value of given.values) {
    if (rows.some(([id]) => id === value)) continue
    const ids = rows.flatMap(([id, name]) => (name === value && typeof id === 'string' ? [id] : []))
    if (ids.length === 1)
      throw new ConfluentqlError(
        'VALUE',
        `${literal(value)} is the name of ${ids[0]!}, and ${place} takes the id`,
        { hint: `write ${stated} = ${literal(ids[0]!)}` },
      )
    const many = kindOfRows(given.table)
    onNotice?.(
      ids.length > 1
        ? `${literal(value)} is the name of ${ids.length} ${many}, and ${stated} takes one id: ${ids.slice(0, 5).join(', ')}`
        : `no ${singular(many)} has the id ${literal(value)} (${place})`,
    )
  }
}
