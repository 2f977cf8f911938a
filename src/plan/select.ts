import type { Method, Shape } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isOp, isWord, nameOf } from '../sql/lexer.ts'
import type { Range, SelectItem, Source } from '../sql/query.ts'
import { readQuery } from '../sql/skeleton.ts'
import { Binder } from './bind.ts'
import { refsOf, type BoundQuery, type Output, type Ref } from './bound.ts'
import { checkComparisons } from './comparisons.ts'
import type { Judgement, PlanContext, TableShape } from './context.ts'
import { fullName, spanOf } from './names.ts'
import type { PlanColumn, QueryPlan, Scan } from './plan.ts'
import { explainRefusal } from './problems.ts'
import { combinesRows } from './grouping.ts'
import { ScanPlanner } from './scans.ts'
import { originOf } from './scope.ts'
import { checkSecrets } from './secrets.ts'

/** Functions whose result is JSON text (sqlite.org/json1.html). */
const JSON_FUNCTIONS = [
  'JSON',
  'JSON_ARRAY',
  'JSON_OBJECT',
  'JSON_GROUP_ARRAY',
  'JSON_GROUP_OBJECT',
  'JSON_PATCH',
  'JSON_SET',
  'JSON_INSERT',
  'JSON_REPLACE',
  'JSON_REMOVE',
  'JSON_QUOTE',
]

/** A query that has been checked, before its scans are planned. */
export interface Checked {
  readonly binder: Binder
  readonly root: BoundQuery
  readonly sql: string
  readonly judgement: Judgement
  /** It gives the rows of a change. */
  readonly isChange: boolean
}

/**
 * Plans a query: binds its names, lets SQLite judge the spliced text over empty
 * tables, then chooses the calls.
 * @throws ConfluentqlError for a wrong name, a wrong syntax, or a required parameter that nothing gives, each with its position
 */
export function planQuery(
  source: Source,
  range: Range,
  context: PlanContext,
  changing?: readonly Method[],
): QueryPlan {
  const checked = checkQuery(source, range, context, undefined, changing)
  return finishQuery(checked, source, range, context)
}

/** Binds the names of a query and has SQLite judge it: what of `planQuery` needs no choice of calls. @throws ConfluentqlError with the position */
export function checkQuery(
  source: Source,
  range: Range,
  context: PlanContext,
  prefix?: string,
  changing?: readonly Method[],
): Checked {
  const binder = new Binder(context, prefix, changing)
  const root = binder.query(readQuery(source, range))
  const tables = binder.refs.map(refTable)
  const sql = binder.splices.render(source, range)
  const judgement = context.judge.check(sql, tables)
  if (judgement.error !== undefined)
    throw explainRefusal({ message: judgement.error, source, range, binder, root, context, tables })
  if (!judgement.reader) {
    throw new ConfluentqlError('UNSUPPORTED', 'a statement within a query can only read', {
      span: spanOf(source, { from: range.from, to: range.from + 1 }),
    })
  }
  checkComparisons(binder, source, range, context.judge)
  return { binder, root, sql, judgement, isChange: changing !== undefined }
}

function refTable(ref: {
  table: string
  resource: { columns: readonly { name: string; type: PlanColumn['type'] }[] }
}): TableShape {
  return {
    name: ref.table,
    columns: ref.resource.columns.map(c => ({
      name: c.name,
      shape: c as TableShape['columns'][number]['shape'],
    })),
  }
}

/** Chooses the calls of a checked query. @throws ConfluentqlError MISSING_PARAMETER */
export function planScans({ binder, root, isChange }: Checked, context: PlanContext): Scan[] {
  checkSecrets(binder, root, context, isChange)
  const scans = new ScanPlanner(binder, context, root).plan(refsOf(root))
  for (const scan of scans) checkEchoes(binder, scan)
  return scans
}

/** Names of the `:name` parameters in a range of tokens. */
export function paramsIn(source: Source, range: Range): string[] {
  return [
    ...new Set(
      source.tokens
        .slice(range.from, range.to)
        .filter(t => t.kind === 'param')
        .map(t => t.value),
    ),
  ]
}

/** Plans what has been checked. @throws ConfluentqlError MISSING_PARAMETER */
export function finishQuery(checked: Checked, source: Source, range: Range, context: PlanContext): QueryPlan {
  const { binder, root, sql, judgement } = checked
  const scans = planScans(checked, context)
  const columns = resultColumns(checked, source)
  const params = paramsIn(source, range)
  const stream = streamed(binder, root, source, range, context)
  const limited = scans.map(s => limitScan(s, stream))
  return {
    kind: 'query',
    scans: limited,
    sql,
    columns,
    params,
    ...(stream && scans.length === 1 && judgement.columns.length > 0 && { stream }),
  }
}

/** A parameter that is no column of the answer can be tested only where it is also sent. */
function checkEchoes(binder: Binder, scan: Scan): void {
  const ref = binder.refs.find(r => r.id === scan.id)!
  for (const [name, range] of ref.tested) {
    const column = scan.resource.columns.find(c => c.name.toLowerCase() === name)
    if (!column?.echo || scan.sets.length === 0) continue
    const param = scan.method.params.find(p => p.column === column.name)?.name
    const isBound = scan.sets.every(set => set.some(b => param !== undefined && b.params.includes(param)))
    if (isBound) continue
    throw unsent(ref, scan, column.name, param ?? column.name, range)
  }
}

function unsent(ref: Ref, scan: Scan, column: string, param: string, range: Range): ConfluentqlError {
  const written = nameOf(ref.source.tokens[range.to - 1]!)
  const isOwn = written.toLowerCase() === column.toLowerCase()
  const asks = isOwn ? 'is' : `beside = or IN asks for "${column}", which is`
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `"${isOwn ? column : written}" of ${fullName(scan.resource)} ${asks} a parameter of the request, not data: the condition cannot be told from its rows`,
    {
      span: ref.site ? spanOf(ref.site.source, ref.site.name) : spanOf(ref.source, range),
      hint: `give it by itself: AND ${isOwn ? column : param} = '…'${isOwn ? '' : `; for what the rows say write ${written} LIKE '…', or give ${column} too`}`,
    },
  )
}

/** Names as typed, types where a result column is a column or a part of one. */
export function resultColumns(checked: Checked, source: Source): PlanColumn[] {
  const { root, judgement, binder } = checked
  const shapes = outputShapes(checked)
  const items = itemsOf(root, judgement.columns.length)
  return judgement.columns.map((c, i) => {
    const item = items[i]
    const isText = item !== undefined && c.name === binder.splices.render(source, item.expr, false)
    const name = isText
      ? binder.splices.original(source, item.expr)
      : binder.splices.restore(source, c.name, item?.expr)
    return { name, type: shapes[i]?.type ?? (item && isJson(source, item.expr) ? 'json' : 'any') }
  })
}

/** What each result column was written as; undefined for those of `*`, and for all where there is more than one `*`. */
function itemsOf(root: BoundQuery, columns: number): readonly (SelectItem | undefined)[] {
  const { items } = root.cores[0]!.core
  const stars = items.filter(i => i.star).length
  if (stars > 1 || (stars === 0 && items.length !== columns)) return []
  return items.flatMap(i =>
    i.star ? Array.from({ length: Math.max(0, columns - items.length + 1) }, () => undefined) : [i],
  )
}

/** The shapes of the result columns that are columns of a resource, or parts of one. */
export function outputShapes({ root, judgement }: Checked): readonly (Shape | undefined)[] {
  const outputs = root.cores.length === 1 ? root.cores[0]!.outputs : undefined
  return outputs?.length === judgement.columns.length ? outputs.map(shapeOf) : []
}

function shapeOf({ from, shape }: Output): Shape | undefined {
  const origin = from && originOf(from.item, from.column, from.path)
  return origin?.item.kind === 'ref' || origin?.item.kind === 'local' ? shape : undefined
}

function isJson(source: Source, expr: Range): boolean {
  const [first, second] = [source.tokens[expr.from], source.tokens[expr.from + 1]]
  return isWord(first, ...JSON_FUNCTIONS) && isOp(second, '(')
}

/** Whether rows of the one scan can pass through SQLite by themselves, and the text that does it. */
function streamed(
  binder: Binder,
  root: BoundQuery,
  source: Source,
  range: Range,
  context: PlanContext,
): QueryPlan['stream'] | undefined {
  const [core] = root.cores
  const { query } = root
  const simple =
    root.cores.length === 1
    && root.ctes.size === 0
    && core!.items.length === 1
    && core!.items[0]!.kind === 'ref'
    && core!.subqueries.length === 0
    && !core!.core.distinct
    && !query.orderBy
    && !combinesRows(core!)
    && query.subqueries.length === 0
  if (!simple) return undefined
  if (!query.limit) return { sql: binder.splices.render(source, range), limit: undefined, offset: 0 }
  const { limit } = query
  if (source.tokens.slice(limit.range.from, limit.range.to).some(t => t.kind === 'param')) return undefined
  const expressions = [limit.count, ...(limit.offset ? [limit.offset] : [])].map(r =>
    binder.splices.original(source, r),
  )
  const [count, offset = 0n] = context.judge.values(expressions)
  if (typeof count !== 'bigint' || typeof offset !== 'bigint') return undefined
  const sql = binder.splices.render(source, { from: range.from, to: limit.range.from })
  return { sql, limit: count < 0n ? undefined : Number(count), offset: Math.max(0, Number(offset)) }
}

/** LIMIT reaches the request only if the server's rows are exactly the statement's rows. */
function limitScan(scan: Scan, stream: QueryPlan['stream'] | undefined): Scan {
  if (stream?.limit === undefined || scan.local.length > 0 || scan.pushed.some(p => p.support !== 'exact'))
    return scan
  return { ...scan, limit: stream.limit + stream.offset }
}
