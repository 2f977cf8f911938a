import { keyPart } from '../../catalog/keys.ts'
import type { Method } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Range, Source } from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import { Binder } from '../binding/binder.ts'
import { coresOf, refsOf, type BoundQuery } from '../binding/bound.ts'
import { isNamed, placeOf, unsentInput, type TestedInput } from '../binding/inputs.ts'
import { strayNatural } from '../binding/joins.ts'
import { nearValuesOf } from '../predicates/near-values.ts'
import { nullListsOf } from '../predicates/null-lists.ts'
import { applyChanges } from '../predicates/changes.ts'
import { fieldTextChanges } from '../predicates/field-texts.ts'
import { instantChanges } from '../predicates/instants.ts'
import { jsonValueChanges } from '../predicates/json-values.ts'
import { lookupsOf, type Lookups } from '../predicates/lookups.ts'
import { ExpressionAnalysis } from '../predicates/analysis.ts'
import { checkObjects } from '../predicates/object-checks.ts'
import { checkExpressions } from '../predicates/checks.ts'
import { textValueChanges } from '../predicates/text-values.ts'
import { NestedFields } from '../predicates/nested-fields.ts'
import { TextGuards } from '../predicates/texts-beside-numbers.ts'
import { singleRowChanges } from '../predicates/single-rows.ts'
import type { Validation, PlanContext } from '../context.ts'
import { fullName, spanOf } from '../names.ts'
import type { QueryPlan, Scan, TextUse } from '../plan.ts'
import { explainRefusal } from '../refusals/refusal.ts'
import { combinesRows } from '../predicates/grouping.ts'
import { withRowLimits } from '../access/row-limits.ts'
import { ScanPlanner } from '../access/scan-planner.ts'
import { computedPaths } from './computed.ts'
import { errorInView } from './own-views.ts'
import { refTable } from './ref-tables.ts'
import { resultColumns, resultNames } from './result-columns.ts'
import { checkSecrets } from '../secrets/checks.ts'

/** A validated query, before its scans are planned. */
export interface CheckedQuery {
  readonly binder: Binder
  readonly root: BoundQuery
  readonly analysis: ExpressionAnalysis
  readonly sql: string
  readonly validation: Validation
  /** Names of the result columns. */
  readonly names: readonly string[]
  readonly lookups: Lookups['of']
  /** Notices about none of its tables. */
  readonly notes: readonly string[]
  readonly textUses: readonly TextUse[]
  /** It selects the rows of a change. */
  readonly isChange: boolean
}

/** What a query is planned for. */
export interface QueryUse {
  /** Of the names of the tables that it is loaded into. */
  readonly prefix?: string
  /** The methods of a change whose rows it selects. */
  readonly changing?: readonly Method[]
  /** Its rows are sent: it gives those of INSERT, or the arguments of EXEC. */
  readonly isSent?: boolean
  /** It selects the rows of a change of a table of the session. */
  readonly isLocalChange?: boolean
  /** Whether a result column is sent or stored as a text. */
  readonly isText?: (column: number) => boolean
}

/**
 * Plans a query: binds its names, lets SQLite validate the spliced text over empty tables, then chooses the calls.
 * @throws ConfluentqlError with the position of an unknown name, a syntax error, or a table without a required parameter
 */
export function planQuery(source: Source, range: Range, context: PlanContext, use?: QueryUse): QueryPlan {
  const checked = checkQuery(source, range, context, use)
  return finishQuery(checked, source, range, context)
}

/** Plans a statement that is a query. Columns that it only shows may have values of another type than documented. */
export function planSelect(source: Source, range: Range, context: PlanContext): QueryPlan {
  const checked = checkQuery(source, range, context)
  const plan = finishQuery(checked, source, range, context)
  const computed = computedPaths(checked)
  const scans = plan.scans.map(scan => {
    const computes = computed.get(scan.id)
    return computes ? { ...scan, computes } : scan
  })
  return { ...plan, scans }
}

/** The first half of `planQuery`: binds the names of a query and lets SQLite validate it. @throws ConfluentqlError with the position */
export function checkQuery(
  source: Source,
  range: Range,
  context: PlanContext,
  use: QueryUse = {},
): CheckedQuery {
  const binder = new Binder(context, use.prefix, use.changing)
  try {
    return checkBound(binder, source, range, context, use)
  } catch (error) {
    throw errorInView(error, binder, context, checkQuery)
  }
}

function checkBound(
  binder: Binder,
  source: Source,
  range: Range,
  context: PlanContext,
  { changing, isSent = false, isLocalChange = false, isText }: QueryUse,
): CheckedQuery {
  const query = readQuery(source, range, context.parse)
  const root = binder.bind(query)
  const tables = binder.refs.map(refTable)
  const validation = context.validator.check(binder.splices.render(source, range), tables)
  if (validation.error !== undefined)
    throw explainRefusal({ message: validation.error, source, range, binder, root, context, tables })
  checkNatural(root)
  if (!validation.isQuery) {
    throw new ConfluentqlError('UNSUPPORTED', 'a statement within a query can only read', {
      span: spanOf(source, { from: range.from, to: range.from + 1 }),
    })
  }
  const analysis = new ExpressionAnalysis(binder, context.validator)
  const isChange = changing !== undefined
  const isStrict = isSent || isChange || isLocalChange
  const notes = checkExpressions(root, source, analysis, isStrict)
  const names = resultNames(binder, root, validation.columns, source)
  const guards = new TextGuards(analysis, isStrict)
  const nested = new NestedFields(analysis, isStrict, guards.uses)
  applyChanges(binder, root, [
    ...fieldTextChanges(root, analysis, nested),
    ...(isText ? textValueChanges(root, analysis, isText, nested) : []),
    ...guards.inArithmetic(root),
    ...instantChanges(root, analysis), // last, since it names changed result columns of compound queries
    ...(isSent || isChange ? jsonValueChanges(root, analysis, nested) : []),
    ...guards.besideNumbers(root),
    ...singleRowChanges(root, analysis),
  ])
  const lookups = lookupsOf(root, analysis)
  applyChanges(binder, root, lookups.changes)
  return {
    binder,
    root,
    analysis,
    sql: binder.splices.render(source, range),
    validation,
    names,
    lookups: lookups.of,
    notes,
    textUses: guards.uses,
    isChange,
  }
}

/** Refuses a NATURAL JOIN that SQLite would make by hidden columns, which the statement uses. */
function checkNatural(root: BoundQuery): void {
  for (const core of coresOf(root)) {
    const [name] = strayNatural(core)
    if (name === undefined) continue
    throw new ConfluentqlError('UNSUPPORTED', `NATURAL JOIN does not join by "${name}", a hidden column`, {
      hint: 'name the columns instead: JOIN … USING (…), or JOIN … ON …',
    })
  }
}

/** Chooses the calls of a checked query. @throws ConfluentqlError MISSING_PARAMETER */
export function planScans(
  { binder, root, analysis, isChange, lookups }: CheckedQuery,
  context: PlanContext,
): Scan[] {
  checkSecrets(binder, root, context, isChange)
  checkObjects(binder, root)
  const scans = new ScanPlanner(analysis, context, root).plan(refsOf(root))
  for (const scan of scans) checkInputs(binder, scan)
  const found = new Map([...lookups].map(([ref, of]) => [ref.table, of]))
  return scans.map(scan => (found.has(scan.into) ? { ...scan, lookups: found.get(scan.into)! } : scan))
}

/** Names of the `:name` parameters in a range of tokens. */
export function paramsIn(source: Source, range: Range): string[] {
  const names = new Set<string>()
  for (const { kind, value } of source.tokens.slice(range.from, range.to))
    if (kind === 'param') names.add(value)
  return [...names]
}

/** The second half of `planQuery`: chooses the calls. @throws ConfluentqlError MISSING_PARAMETER */
export function finishQuery(
  checked: CheckedQuery,
  source: Source,
  range: Range,
  context: PlanContext,
): QueryPlan {
  const { binder, root, analysis, validation } = checked
  const scans = planScans(checked, context)
  // choosing the calls has fixed the bounds that depend on the time
  const sql = binder.splices.render(source, range)
  const columns = resultColumns(checked)
  const params = paramsIn(source, range)
  const stream = streamOf(binder, root, source, range, context)
  const nullLists = nullListsOf(root, analysis)
  const nearValues = nearValuesOf(root, analysis)
  const limited = withRowLimits(scans, binder, root, analysis).map(s => limitScan(s, stream))
  return {
    kind: 'query',
    scans: limited,
    sql,
    columns,
    params,
    ...(checked.notes.length > 0 && { warnings: checked.notes }),
    ...(nullLists.length > 0 && { nullLists }),
    ...(nearValues.length > 0 && { nearValues }),
    ...(checked.textUses.length > 0 && { textUses: checked.textUses }),
    ...(stream && scans.length === 1 && validation.columns.length > 0 && { stream }),
  }
}

/** Rejects conditions on input columns that are not sent as parameters: rows cannot verify them. */
function checkInputs(binder: Binder, scan: Scan): void {
  const ref = binder.refs.find(r => r.id === scan.id)!
  if (scan.sets.length === 0) return
  for (const column of scan.resource.columns) {
    const tested = column.isInput && !column.isAnswered && ref.tested.get(column.name.toLowerCase())
    if (!tested) continue
    const param = scan.method.params.find(p => p.column === keyPart(column.name))?.name
    if (param !== undefined && isGiven(scan, param, !isNamed(tested, column.name))) continue
    const input = { ref, column: column.name, param: param ?? column.name, at: tested }
    throw changesOnly(input) ?? unsentInput(input)
  }
}

/** Whether each call has a parameter. With `byCondition`, its value must come from a condition: that of a parent is compared with nothing. */
function isGiven({ sets, parents = [] }: Scan, param: string, byCondition: boolean): boolean {
  if (byCondition && parents.some(p => p.params.includes(param))) return false
  return sets.every(set => set.some(b => b.params.includes(param)))
}

/** The error for a condition on an input column that no SELECT takes. */
function changesOnly({ ref, column, at }: TestedInput): ConfluentqlError | undefined {
  const { resource } = ref
  const takers = resource.methods.filter(m => m.params.some(p => p.column === keyPart(column)))
  if (takers.length === 0 || takers.some(m => m.verb === 'select')) return undefined
  const verbs = [...new Set(takers.map(m => m.verb.toUpperCase()))].join(', ')
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `no SELECT of ${fullName(resource)} takes "${column}", which is a parameter of ${verbs}`,
    {
      span: placeOf(ref, at),
      hint: `select by other columns: SHOW EXTENDED METHODS IN ${fullName(resource)} lists the parameters`,
    },
  )
}

/** The text and LIMIT of a statement that can run page by page; undefined if it combines rows or tables. */
function streamOf(
  binder: Binder,
  root: BoundQuery,
  source: Source,
  range: Range,
  context: PlanContext,
): QueryPlan['stream'] | undefined {
  const [core] = root.cores
  const { query } = root
  const isSimple =
    root.cores.length === 1
    && root.ctes.size === 0
    && core!.relations.length === 1
    && core!.relations[0]!.kind === 'ref'
    && core!.subqueries.length === 0
    && !core!.core.distinct
    && !query.orderBy
    && !combinesRows(core!, context.validator.functions(), binder)
    && query.subqueries.length === 0
  if (!isSimple) return undefined
  const isWhole = !core!.core.where
  if (!query.limit) return { sql: binder.splices.render(source, range), limit: undefined, offset: 0, isWhole }
  const { limit } = query
  if (source.tokens.slice(limit.range.from, limit.range.to).some(t => t.kind === 'param')) return undefined
  const expressions = [limit.count, ...(limit.offset ? [limit.offset] : [])].map(e =>
    binder.splices.original(e.source, e.range),
  )
  const [count, offset = 0n] = context.validator.values(expressions)
  if (typeof count !== 'bigint' || typeof offset !== 'bigint') return undefined
  const sql = binder.splices.render(source, { from: range.from, to: limit.range.from })
  return { sql, limit: count < 0n ? undefined : Number(count), offset: Math.max(0, Number(offset)), isWhole }
}

/** Limits a scan to the rows of LIMIT if the API evaluates every condition exactly. */
function limitScan(scan: Scan, stream: QueryPlan['stream'] | undefined): Scan {
  if (
    stream?.limit === undefined
    || scan.feeds
    || !scan.pushdown
    || scan.pushdown.local.length > 0
    || scan.pushdown.pushed.some(p => p.support !== 'exact' && p.support !== 'asked')
  )
    return scan
  return { ...scan, limit: stream.limit + stream.offset }
}
