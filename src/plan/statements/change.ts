import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Source } from '../../sql/query.ts'
import { readAlone, readQuery } from '../../sql/read-query.ts'
import { readStatement } from '../../sql/read-statement.ts'
import { split } from '../../sql/split.ts'
import type { SetItem } from '../../sql/statement.ts'
import { ExpressionAnalysis } from '../predicates/analysis.ts'
import { splitAnd } from '../predicates/conjuncts.ts'
import { both, UNCONSTRAINED, type Disjunction, type Operand } from '../predicates/constraints.ts'
import { checkAssigned, readAssignments } from './assignments.ts'
import { Binder } from '../binding/binder.ts'
import { allOf, bracketed, checkBrackets, compose, type Part } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { ConstraintReader } from '../predicates/constraint-reader.ts'
import { NamedValues } from '../predicates/named-values.ts'
import { givenBy } from '../predicates/needed.ts'
import { spanOf, targetResource } from '../names.ts'
import { isText, valueFor } from './sent-values.ts'
import {
  chooseMethod,
  hasOr,
  isDirect,
  isKnown,
  rejectKeyless,
  unchangedFields,
  type Change,
  type ChangeParts,
  type Keys,
} from './keys.ts'
import { splitOptions, type Option } from './options.ts'
import type { CallsPlan, CallTarget } from '../plan.ts'
import { checkConditions, keysOnly, rowsRead } from './rows.ts'
import { quote } from '../splice.ts'
import { withStoredKeys } from './stored-keys.ts'
import { methodsFor, settable } from './targets.ts'
import { deleteOfViewRows } from './view-rows.ts'
import { byStoredKeys, isData } from './whole-keys.ts'
import { rejectWildcards } from './wildcards.ts'
import { planReturning } from './write.ts'

/** Plans UPDATE, REPLACE and DELETE: a call for each row that WHERE selects, by the keys of the method. */
export function planChange(s: Change, source: Source, context: PlanContext): CallsPlan {
  const resource = changedResource(s, source, context)
  const { change, where } = readChange(s, resource, source, context)
  const { set, conditions, options, keys } = change
  const alias = s.alias ?? resource.name
  const method = chosenMethod(change, where, source, context)
  const usable = method.params.filter(p => p.column !== undefined)
  const known = usable.filter(p => isKnown(keys, p.column))
  const unchanged = unchangedFields({ ...change, method })
  const direct = isDirect({ ...change, method })
  // Rows may have to be read only for the values of SET: WHERE then still selects them by keys alone.
  if (!direct && !isDirect({ ...change, method, keys: { ...keys, isConstant: true } }))
    rejectKeyless(change, method, source)
  // Rows that are read give every key that the method takes, since fewer keys could select further rows.
  const params = direct ? known : usable.filter(p => known.includes(p) || isData(resource, p.column!))
  const assigned = set.map(i => settable(method, i.path)!)
  const targets: CallTarget[] = [
    ...params.map(p => ({ kind: 'param' as const, name: p.name, shape: p })),
    ...unchanged.map(f => ({ kind: 'body' as const, name: f.path, shape: f })),
    ...assigned,
    ...options.map(o => optionTarget(method, o)),
  ]
  const values = set.map(item => readAlone(source, item.expr, context.parse))
  const isBoolean = (path: string): boolean => isBooleanColumn(resource, alias, path)
  const rows = {
    statement: s,
    resource,
    where,
    columns: [...params.map(p => p.column!), ...unchanged.map(f => f.path)],
    values: [
      ...set.map((item, i) => {
        const value = values[i]!
        checkAssigned(value, item, assigned[i]!.shape)
        return valueFor(value, assigned[i]!.shape, isBoolean)
      }),
      ...options.map(o => bracketed(o.expr)),
    ],
    isText: (column: number) => isText(targets[column]?.shape),
  }
  if (direct) rejectWildcards({ ...change, method }, source, context)
  const planRows = () =>
    direct ? keysOnly(keys.known, rows, source, context) : rowsRead(rows, source, context)
  const each = withStoredKeys(planRows, conditions, values, source, context)
  return {
    kind: 'calls',
    verb: s.kind.toUpperCase() as CallsPlan['verb'],
    resource,
    method,
    each,
    targets,
    ...(direct && hasCandidates(keys) && { skipsMissing: true }),
    ...planReturning(s.returning, resource, method, source, context, s.alias),
  }
}

/** The resource of a change. The error for a view has the DELETE of the rows that are meant, if there is one. */
function changedResource(s: Change, source: Source, context: PlanContext): Resource {
  try {
    return targetResource(s.target, source, context)
  } catch (error) {
    if (!(error instanceof ConfluentqlError) || s.kind !== 'delete') throw error
    const sql = deleteInstead(s, source, context)
    if (sql === undefined) throw error
    const { code, message, span, hint } = error
    throw new ConfluentqlError(code, message, {
      ...(span && { span }),
      hint: `${hint}; delete its rows by their keys: ${sql}`,
      cause: error,
    })
  }
}

/** The DELETE of the rows that a DELETE from a view means, or the statements that store their keys first; undefined if it cannot be planned. */
function deleteInstead(
  of: Extract<Change, { kind: 'delete' }>,
  original: Source,
  context: PlanContext,
): string | undefined {
  try {
    const sql = deleteOfViewRows(of, original, context)
    const [piece] = sql === undefined ? [] : split(sql)
    if (!piece) return undefined
    const { statement, source } = readStatement(sql!, piece)
    const s = statement as typeof of
    const { change } = readChange(s, targetResource(s.target, source, context), source, context)
    const stored = byStoredKeys({ ...change, method: change.methods[0]! }, source, context)
    if (stored === undefined) planChange(s, source, context)
    return stored ?? sql
  } catch (error) {
    if (error instanceof ConfluentqlError) return undefined
    throw error
  }
}

/** What a change says, before its method is chosen. */
function readChange(
  s: Change,
  resource: Resource,
  source: Source,
  context: PlanContext,
): { readonly change: ChangeParts; readonly where: readonly Part[] } {
  if (s.where) checkBrackets(source, s.where)
  const methods = methodsFor(resource, s.kind, spanOf(source, s.target.range))
  const set = s.kind === 'delete' ? [] : readAssignments(s, resource, methods, source, context)
  const all = s.where ? splitAnd(readAlone(source, s.where, context.parse)) : []
  const { options, rest: conditions } = splitOptions(all, resource, methods, s.alias ?? resource.name)
  const where = allOf(conditions.map(c => [c.range]))
  const keys = readKeys(s, where, set, resource, source, context)
  return { change: { statement: s, resource, methods, set, conditions, options, keys }, where }
}

/** The method of a change. If keys are missing, what is hardly meant in its conditions comes first: it may be why. */
function chosenMethod(
  change: ChangeParts,
  where: readonly Part[],
  source: Source,
  context: PlanContext,
): CallsPlan['method'] {
  try {
    return chooseMethod(change, source, context)
  } catch (error) {
    if (!(error instanceof ConfluentqlError) || error.code !== 'MISSING_PARAMETER') throw error
    const { code, message, span, hint = '' } = error
    const notices = checkConditions(change, where, source, context)
    const hints = [...(hasOr(change) ? notices : []), hint]
    throw new ConfluentqlError(code, message, { ...(span && { span }), hint: hints.join('; '), cause: error })
  }
}

/** Whether WHERE gives several candidates for the keys of a row: one that does not exist is no row, as in a SELECT. */
function hasCandidates({ known }: Keys): boolean {
  return known.length > 1 || known.some(keys => [...keys.values()].some(([first]) => !isOneConstant(first!)))
}

function isOneConstant(o: Operand): boolean {
  return o.kind === 'values' && o.values.length === 1
}

function isBooleanColumn(resource: Resource, alias: string, written: string): boolean {
  const [first = '', ...rest] = written.toLowerCase().split('.')
  const names = first === alias.toLowerCase() && rest.length > 0 ? rest : [first, ...rest]
  const column = resource.columns.find(c => c.name.toLowerCase() === names[0])
  const shape = column && shapeAt(resource.columns, [column.name, ...names.slice(1)].join('.'))
  return shape !== undefined && shape !== 'open' && shape.type === 'boolean'
}

function optionTarget(method: CallsPlan['method'], { name }: Option): CallTarget {
  return { kind: 'param', name, shape: method.params.find(p => p.name === name)! }
}

/** What WHERE says about the keys of the rows to change. */
function readKeys(
  s: Change,
  where: readonly Part[],
  set: readonly SetItem[],
  resource: Resource,
  source: Source,
  context: PlanContext,
): Keys {
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  const alias = s.alias ?? resource.name
  const values = set.flatMap(i => [', ', ...bracketed(i.expr)])
  const text = compose(source, [
    'SELECT 1',
    ...values,
    ` FROM ${table}${s.alias ? ` AS ${quote(s.alias)}` : ''}`,
    ...(where.length > 0 ? [' WHERE ', ...where] : []),
  ])
  return text.run(() => {
    const changing = resource.methods.filter(m => m.verb === s.kind)
    const binder = new Binder(context, undefined, changing)
    const root = binder.bind(readQuery(text.source, text.range, context.parse))
    const core = root.cores[0]!
    const relation = core.relations[0]!
    const reader = new ConstraintReader(new ExpressionAnalysis(binder, context.validator))
    const named = new NamedValues(reader)
    const given = (known: Disjunction) => givenBy(known, o => named.ofOperand(o))
    const isConstant = core.core.items.slice(1).every(i => binder.columnsIn(i.expr).length === 0)
    if (!core.core.where)
      return { known: UNCONSTRAINED, given: given(UNCONSTRAINED), isKeysOnly: true, isConstant, alias }
    const read = (e: Expression): Disjunction => reader.condition(e, relation)
    const conditions = splitAnd(core.core.where)
    const each = conditions.map(read)
    const isKeysOnly = conditions.every((e, i) => isKeyCondition(e, read) && each[i]!.length <= 1)
    const known = each.reduce(both, UNCONSTRAINED)
    return { known, given: given(known), isKeysOnly: isKeysOnly && noKeyTwice(each), isConstant, alias }
  })
}

/** Whether no key is in two conjuncts, so that each operand alone decides its key. */
function noKeyTwice(each: readonly Disjunction[]): boolean {
  const keys = each.flatMap(a => a.flatMap(m => [...m.keys()]))
  return new Set(keys).size === keys.length
}

/** Whether the constraints express the whole condition: `=` and IN on keys, and ORs of them. */
function isKeyCondition(e: Expression, read: (e: Expression) => Disjunction): boolean {
  if (e.kind === 'or') return e.operands.every(x => isKeyCondition(x, read))
  if (e.kind !== 'comparison' && e.kind !== 'in list' && e.kind !== 'in query') return false
  const width = e.left.kind === 'row' ? e.left.items.length : 1
  // `(a, b) = (SELECT …)` compares with the first row only.
  const comparesFirstRow = e.kind === 'comparison' && width > 1 && e.right.kind !== 'row'
  const constraints = read(e)
  return !comparesFirstRow && constraints.length <= 1 && constraints.every(a => a.size === width)
}
