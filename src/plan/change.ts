import { shapeAt } from '../catalog/shapes.ts'
import type { Resource } from '../catalog/types.ts'
import { conjuncts, readPredicate, type Predicate } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { readQuery } from '../sql/skeleton.ts'
import type { SetItem } from '../sql/statement.ts'
import { both, ANYTHING, type Alternatives } from './alternatives.ts'
import { takeAssignments } from './assignments.ts'
import { Binder } from './bind.ts'
import { valueFor } from './booleans.ts'
import { allOf, bracketed, checkBrackets, compose } from './compose.ts'
import type { PlanContext } from './context.ts'
import { FilterReader } from './filters.ts'
import { chooseMethod, isKnown, keptFields, refuseKeyless, type Change, type Keys } from './keys.ts'
import { spanOf } from './names.ts'
import { takeOptions, type Option } from './options.ts'
import type { CallsPlan, CallTarget } from './plan.ts'
import { keysOnly, operandText, rowsRead } from './rows.ts'
import { readRowTest, withoutRowValues, type Parts } from './rowvalues.ts'
import { quote } from './splice.ts'
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
  const { options, rest: conditions } = takeOptions(s.where, resource, methods, alias, source)
  const where = allOf(conditions.map(c => withoutRowValues(source, c)))
  const keys = readKeys(s, where, set, resource, source, context)
  const given = { statement: s, resource, methods, set, conditions, options, keys }
  const method = chooseMethod(given, source, context)
  const usable = method.params.filter(p => p.column !== undefined)
  const known = usable.filter(p => isKnown(keys, p.column))
  const kept = keptFields(method, set, keys)
  const named = new Set([...known.map(p => p.column!), ...kept.map(f => f.path)])
  const isKeysOnly = keys.whole && keys.known.every(a => [...a.keys()].every(k => named.has(k)))
  const direct = isKeysOnly && keys.constant
  if (!isKeysOnly) refuseKeyless(given, method, source)
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
      ...set.map((item, i) => valueFor(source, item.expr, assigned[i]!.shape, isBoolean)),
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
  where: Parts,
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
    const binder = new Binder(
      context,
      undefined,
      resource.methods.filter(m => m.verb === s.kind),
    )
    const root = binder.query(readQuery(text.source, text.range))
    const core = root.cores[0]!
    const item = core.items[0]!
    const reader = new FilterReader(binder, context)
    const constant = core.core.items.slice(1).every(i => binder.chainsIn(text.source, i.expr).length === 0)
    if (!core.core.where) return { known: ANYTHING, whole: true, constant, alias }
    const ranges = conjuncts(text.source, core.core.where)
    const parts = ranges.map(r => readPredicate(text.source, r, context.parse))
    const each = ranges.map((range, i) =>
      reader.conjunct({ source: text.source, range, predicate: parts[i] }, item),
    )
    const whole = parts.every(
      (p, i) =>
        isRowQuery(text.source, ranges[i]!, each[i]!)
        || (p !== undefined
          && isExact(p, x => reader.predicate(text.source, x, item))
          && each[i]!.length <= 1),
    )
    return { known: each.reduce(both, ANYTHING), whole: whole && noKeyTwice(each), constant, alias }
  })
}

/** `(a, b) IN (SELECT …)` of which each column is a key: its rows are all that it says. */
function isRowQuery(source: Source, range: Range, alternatives: Alternatives): boolean {
  const test = readRowTest(source, range)
  return (
    test?.query !== undefined && alternatives.length === 1 && alternatives[0]!.size === test.columns.length
  )
}

function noKeyTwice(each: readonly Alternatives[]): boolean {
  const keys = each.flatMap(a => a.flatMap(m => [...m.keys()]))
  return new Set(keys).size === keys.length
}

/** Whether the alternatives say all that a predicate says: equalities and INs with values, and ORs of them. */
function isExact(p: Predicate, read: (p: Predicate) => Alternatives): boolean {
  if (p.kind === 'or') return p.args.every(a => isExact(a, read))
  const found = read(p)
  return (
    p.kind !== 'and'
    && p.kind !== 'other'
    && p.kind !== 'operand'
    && found.length <= 1
    && found.every(a => a.size === 1)
  )
}
