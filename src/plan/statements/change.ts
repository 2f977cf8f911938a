import { shapeAt } from '../../catalog/shapes.ts'
import type { Resource } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Source } from '../../sql/query.ts'
import { readAlone, readQuery } from '../../sql/read-query.ts'
import type { SetItem } from '../../sql/statement.ts'
import { ExpressionAnalysis } from '../predicates/analysis.ts'
import { splitAnd } from '../predicates/conjuncts.ts'
import { both, UNCONSTRAINED, type Disjunction } from '../predicates/constraints.ts'
import { takeAssignments } from './assignments.ts'
import { Binder } from '../binding/binder.ts'
import { allOf, bracketed, checkBrackets, compose, type Part } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { ConstraintReader } from '../predicates/constraint-reader.ts'
import { spanOf } from '../names.ts'
import { valueFor } from './booleans.ts'
import {
  chooseMethod,
  isKeysOnly,
  isKnown,
  keptFields,
  refuseKeyless,
  type Change,
  type Keys,
} from './keys.ts'
import { takeOptions, type Option } from './options.ts'
import type { CallsPlan, CallTarget } from '../plan.ts'
import { keysOnly, operandText, rowsRead } from './rows.ts'
import { quote } from '../splice.ts'
import { methodsFor, settable } from './targets.ts'
import { isData } from './whole-keys.ts'
import { refuseWildcards } from './wildcards.ts'
import { planReturning, targetResource } from './write.ts'

/** UPDATE, REPLACE and DELETE: a call for each row that WHERE picks, by the keys of the method. */
export function planChange(s: Change, source: Source, context: PlanContext): CallsPlan {
  const resource = targetResource(s.target, source, context)
  if (s.where) checkBrackets(source, s.where)
  const methods = methodsFor(resource, s.kind, spanOf(source, s.target.range))
  const alias = s.alias ?? resource.name
  const set = s.kind === 'delete' ? [] : takeAssignments(s, resource, methods, source, context)
  const all = s.where ? splitAnd(readAlone(source, s.where, context.parse)) : []
  const { options, rest: conditions } = takeOptions(all, resource, methods, alias)
  const where = allOf(conditions.map(c => [c.range]))
  const keys = readKeys(s, where, set, resource, source, context)
  const given = { statement: s, resource, methods, set, conditions, options, keys }
  const method = chooseMethod(given, source, context)
  const usable = method.params.filter(p => p.column !== undefined)
  const known = usable.filter(p => isKnown(keys, p.column))
  const kept = keptFields({ ...given, method })
  const direct = isKeysOnly({ ...given, method })
  // values of SET may need rows, which WHERE then picks by nothing but keys
  if (!direct && !isKeysOnly({ ...given, method, keys: { ...keys, constant: true } }))
    refuseKeyless(given, method, source)
  // A row that was read is named by all that the method takes, or the call could mean others too.
  const params = direct ? known : usable.filter(p => known.includes(p) || isData(resource, p.column!))
  const assigned = set.map(i => settable(method, i.path)!)
  const targets: CallTarget[] = [
    ...params.map(p => ({ kind: 'param' as const, name: p.name, shape: p })),
    ...kept.map(f => ({ kind: 'body' as const, name: f.path, shape: f })),
    ...assigned,
    ...options.map(o => optionTarget(method, o)),
  ]
  const isBoolean = (path: string): boolean => isBooleanColumn(resource, alias, path)
  const wanted = {
    statement: s,
    resource,
    where,
    columns: [...params.map(p => p.column!), ...kept.map(f => f.path)],
    values: [
      ...set.map((item, i) =>
        valueFor(readAlone(source, item.expr, context.parse), assigned[i]!.shape, isBoolean),
      ),
      ...options.map(o => bracketed(o.expr)),
    ],
  }
  if (direct) refuseWildcards({ ...given, method }, source, context)
  const each = direct ? keysOnly(keys.known, wanted, source, context) : rowsRead(wanted, source, context)
  return {
    kind: 'calls',
    verb: s.kind.toUpperCase() as CallsPlan['verb'],
    resource,
    method,
    each,
    targets,
    ...(s.kind === 'delete' && direct && isList(keys) && { isListed: true }),
    ...planReturning(s.returning, resource, method, source, context, s.alias),
  }
}

/** Whether the statement lists several values of a key. */
function isList({ known }: Keys): boolean {
  const operands = known.flatMap(a => [...a.values()].flat())
  return (
    known.length > 1
    || operands.some(o => (o.kind === 'values' ? o.values.length > 1 : /^VALUES\b/i.test(operandText(o))))
  )
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
    ` FROM ${table} AS ${quote(alias)}`,
    ...(where.length > 0 ? [' WHERE ', ...where] : []),
  ])
  return text.run(() => {
    const own = resource.methods.filter(m => m.verb === s.kind)
    const binder = new Binder(context, undefined, own)
    const root = binder.bind(readQuery(text.source, text.range, context.parse))
    const core = root.cores[0]!
    const relation = core.relations[0]!
    const { validator } = context
    const reader = new ConstraintReader(binder, new ExpressionAnalysis(binder, validator), validator)
    const constant = core.core.items.slice(1).every(i => binder.columnsIn(i.expr).length === 0)
    if (!core.core.where) return { known: UNCONSTRAINED, whole: true, constant, alias }
    const read = (e: Expression): Disjunction => reader.condition(e, relation)
    const conditions = splitAnd(core.core.where)
    const each = conditions.map(read)
    const whole = conditions.every((e, i) => isExact(e, read) && each[i]!.length <= 1)
    return { known: each.reduce(both, UNCONSTRAINED), whole: whole && noKeyTwice(each), constant, alias }
  })
}

function noKeyTwice(each: readonly Disjunction[]): boolean {
  const keys = each.flatMap(a => a.flatMap(m => [...m.keys()]))
  return new Set(keys).size === keys.length
}

/** Whether what was read says all that a condition says: equalities and INs with values, and ORs of them. */
function isExact(e: Expression, read: (e: Expression) => Disjunction): boolean {
  if (e.kind === 'or') return e.operands.every(x => isExact(x, read))
  if (e.kind !== 'comparison' && e.kind !== 'in list' && e.kind !== 'in query') return false
  const width = e.left.kind === 'row' ? e.left.items.length : 1
  // of = (SELECT …) it is the first row alone that counts
  const isOfFirstRow = e.kind === 'comparison' && width > 1 && e.right.kind !== 'row'
  const found = read(e)
  return !isOfFirstRow && found.length <= 1 && found.every(a => a.size === width)
}
