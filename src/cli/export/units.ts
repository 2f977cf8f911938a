import { PROFILE } from '../../catalog/profiles.ts'
import type { Value } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Session } from '../../index.ts'
import { keysOf } from '../../plan/key-sources.ts'
import { fullName } from '../../plan/names.ts'
import type { PlanColumn, QueryPlan, Scan } from '../../plan/plan.ts'
import { quote, valueText } from '../../plan/splice.ts'
import { textOf } from '../../render/values.ts'
import type { Level, TableParent } from './levels.ts'

/** What is exported: a query, and the parents of its table if it is `SELECT *` of a table with such. */
export interface Export {
  readonly sql: string
  readonly columns: readonly PlanColumn[]
  readonly parents: readonly TableParent[]
}

/** A statement whose rows succeed or fail together. */
export interface Unit {
  readonly sql: string
  /** The values of the levels that do not come from its rows, by the name of the level; undefined is NULL. */
  readonly fixed: ReadonlyMap<string, string | undefined>
}

/** The units of an export, and whether a parent could not be asked for some of them. */
export interface Units {
  readonly units: readonly Unit[]
  readonly isIncomplete: boolean
  /** Keys of parents that are empty, so that nothing can be asked for. */
  readonly unaddressed: readonly string[]
}

const TABLE = /^(?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))*$/

/** The statement of an operand. */
export function sqlOf(operand: string): string {
  return TABLE.test(operand) ? `SELECT * FROM ${operand}` : operand
}

/**
 * Plans a table or a query.
 * @throws ConfluentqlError with the position in the text; USAGE if it is no query
 */
export async function planExport(operand: string, session: Session): Promise<Export> {
  const sql = sqlOf(operand)
  const plan = await session.plan(sql)
  if (plan.kind !== 'query')
    throw new ConfluentqlError('USAGE', 'export takes a table or a SELECT, and this is neither')
  const scan = TABLE.test(operand) ? scanOf(operand, plan) : undefined
  const parents: TableParent[] = []
  for (const source of scan?.parents ?? []) parents.push(await parentOf(source.keys, scan!, session))
  return { sql, columns: plan.columns, parents: parents.filter(p => Object.keys(p.keys).length > 0) }
}

/** The scan of a provider's table; undefined for a view. */
function scanOf(name: string, { scans }: QueryPlan): Scan | undefined {
  const [scan, ...others] = scans.filter(s => s.feeds === undefined)
  const full = scan && fullName(scan.resource).toLowerCase()
  const written = name.replaceAll('"', '').toLowerCase()
  return others.length === 0 && (full === written || full?.endsWith(`.${written}`)) ? scan : undefined
}

async function parentOf(keys: readonly string[], { resource }: Scan, session: Session): Promise<TableParent> {
  const parent = resource.parents!.find(p => keysOf(p).some(key => keys.includes(key)))!
  if ('key' in parent)
    return parent.key === PROFILE
      ? { table: undefined, values: [], keys: {}, columns: [] }
      : { table: undefined, values: parent.values, keys: { [parent.key]: parent.key }, columns: [] }
  const wanted = Object.entries(parent.keys).filter(([key]) => keys.includes(key) && key !== PROFILE)
  const plan = await session.plan(`SELECT * FROM ${dotted(parent.table)}`)
  const columns = 'columns' in plan ? plan.columns.filter(c => c.name !== PROFILE) : []
  return { table: parent.table, values: [], keys: Object.fromEntries(wanted), columns }
}

/**
 * The units: one for each combination of values that parents give to levels, else one. The rows of the parents are read here.
 * `profile` is the value of the level of that name.
 */
export async function unitsOf(
  { sql, parents }: Export,
  levels: readonly Level[],
  profile: string | undefined,
  session: Session,
  signal: AbortSignal,
): Promise<Units> {
  const constant = levels.flatMap(({ name, source }) =>
    source.kind === 'profile' ? [[name, profile] as const] : [],
  )
  const ofParents = levels.flatMap(({ name, source }) => (source.kind === 'parent' ? [{ name, source }] : []))
  const used = parents.filter(parent => ofParents.some(l => l.source.parent === parent))
  if (used.length === 0)
    return { units: [{ sql, fixed: new Map(constant) }], isIncomplete: false, unaddressed: [] }
  const wanted = (parent: TableParent): string[] =>
    ofParents.flatMap(({ source }) => (source.parent === parent ? [source.path] : []))
  const { rows, isIncomplete } = await parentRows(used, wanted, session, signal)
  const unaddressed: string[] = []
  const groups = new Map<string, { fixed: Map<string, string | undefined>; conditions: string[] }>()
  for (const row of rows) {
    const tuple = used.flatMap(parent =>
      Object.entries(parent.keys).map(([key, path]) => [key, valueOf(row, parent, path)] as const),
    )
    const empty = tuple.filter(([, value]) => value === null || value === '')
    if (empty.length > 0) {
      const others = tuple
        .filter(pair => !empty.includes(pair))
        .map(([key, value]) => `${key} ${String(value)}`)
      unaddressed.push(`${empty.map(([key]) => key).join(' and ')} is empty: ${others.join(', ')}`)
      continue
    }
    const values = ofParents.map(({ source: { parent, path } }) =>
      textOf(valueOf(row, parent, path), parent.columns.find(c => c.name === path) ?? COMPUTED),
    )
    const id = JSON.stringify(values)
    const group = groups.get(id) ?? {
      fixed: new Map([...constant, ...ofParents.map(({ name }, i) => [name, values[i]] as const)]),
      conditions: [],
    }
    groups.set(id, group)
    group.conditions.push(tuple.map(([key, value]) => `${dotted(key)} = ${valueText(value)}`).join(' AND '))
  }
  const units = [...groups.values()].map(({ fixed, conditions }) => ({
    fixed,
    sql: `${sql} WHERE ${conditions.length === 1 ? conditions[0]! : conditions.map(c => `(${c})`).join(' OR ')}`,
  }))
  return { units, isIncomplete, unaddressed }
}

type ParentRow = ReadonlyMap<TableParent, ReadonlyMap<string, Value>>

const COMPUTED = { name: '', type: 'any' } as const

const valueOf = (row: ParentRow, parent: TableParent, path: string): Value =>
  row.get(parent)?.get(path) ?? null

/** All combinations of the rows of parents. */
async function parentRows(
  parents: readonly TableParent[],
  wanted: (parent: TableParent) => readonly string[],
  session: Session,
  signal: AbortSignal,
): Promise<{ rows: readonly ParentRow[]; isIncomplete: boolean }> {
  let rows: readonly ParentRow[] = [new Map()]
  let isIncomplete = false
  for (const parent of parents) {
    const found = await rowsOfParent(parent, wanted(parent), session, signal)
    isIncomplete ||= found.isIncomplete
    rows = rows.flatMap(row => found.rows.map(own => new Map([...row, [parent, own]])))
  }
  return { rows, isIncomplete }
}

async function rowsOfParent(
  { table, values, keys }: TableParent,
  wanted: readonly string[],
  session: Session,
  signal: AbortSignal,
): Promise<{ rows: readonly ReadonlyMap<string, Value>[]; isIncomplete: boolean }> {
  if (table === undefined) {
    const [key] = Object.values(keys) as [string]
    return { rows: values.map(value => new Map([[key, value]])), isIncomplete: false }
  }
  const paths = [...new Set([...Object.values(keys), ...wanted])]
  const sql = `SELECT DISTINCT ${paths.map(path => `p.${dotted(path)}`).join(', ')} FROM ${dotted(table)} AS p`
  const rows: ReadonlyMap<string, Value>[] = []
  const result = await session.runPiece(sql, session.statements(sql)[0]!, signal)
  for await (const row of result.rows) rows.push(new Map(paths.map((path, i) => [path, row[i] ?? null])))
  result.finish()
  return { rows, isIncomplete: (result.leftOut?.() ?? []).length > 0 }
}

function dotted(name: string): string {
  return name.split('.').map(quote).join('.')
}
