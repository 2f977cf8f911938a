import type { BodyField, Method, Param, Resource } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { conjuncts, readPredicate, type Predicate } from '../sql/predicate.ts'
import type { Range, Source } from '../sql/query.ts'
import { readQuery } from '../sql/skeleton.ts'
import type { SetItem, Statement } from '../sql/statement.ts'
import { Binder } from './bind.ts'
import { compose } from './compose.ts'
import type { PlanContext } from './context.ts'
import { both, ANYTHING, type Alternatives, type Operand } from './alternatives.ts'
import { FilterReader } from './filters.ts'
import { neededParams } from './hosts.ts'
import { suppliers } from './missing.ts'
import { fullName, spanOf } from './names.ts'
import type { CallsPlan, CallTarget, QueryPlan } from './plan.ts'
import { takeOptions, type Option } from './options.ts'
import { withoutRowValues, type Parts } from './rowvalues.ts'
import { planQuery } from './select.ts'
import { quote, valueText } from './splice.ts'
import { methodsFor, notSettable, targetOf } from './targets.ts'
import { planReturning, targetResource } from './write.ts'

type Change = Extract<Statement, { kind: 'update' | 'replace' | 'delete' }>

/** What WHERE says of the rows to change. */
interface Keys {
  readonly known: Alternatives
  /** WHERE says nothing but values of keys: no row need be read. */
  readonly whole: boolean
  readonly constant: boolean
  readonly alias: string
}

/** UPDATE, REPLACE and DELETE: a call for each row that WHERE picks, by the keys of the method. */
export function planChange(s: Change, source: Source, context: PlanContext): CallsPlan {
  const resource = targetResource(s.target, source, context)
  const verb = s.kind
  const methods = methodsFor(resource, verb, spanOf(source, s.target.range))
  const set = s.kind === 'delete' ? [] : s.set
  const wrong = set.find(i => methods.every(m => !targetOf(m, i.path)))
  if (wrong) throw notSettable(resource, methods, wrong.path, spanOf(source, wrong.range), context)
  const { options, rest: conditions } = takeOptions(
    s.where,
    resource,
    methods,
    s.alias ?? resource.name,
    source,
  )
  const rest = conditions.flatMap((c, i) => [...(i > 0 ? [' AND '] : []), ...withoutRowValues(source, c)])
  const keys = readKeys(s, rest, set, resource, source, context)
  const method = pick(
    s,
    resource,
    methods,
    [...set, ...options.map(o => settingOf(o))],
    keys,
    source,
    context,
  )
  const usable = method.params.filter(
    p => p.column !== undefined && !set.some(i => setsOnly(method, i, p.name)),
  )
  const known = usable.filter(p => keys.known.every(a => a.has(p.column!)))
  const kept = unset(method, set).filter(f => keys.known.every(a => a.has(f.path)))
  const direct =
    keys.whole
    && keys.constant
    && keys.known.every(a =>
      [...a.keys()].every(k => known.some(p => p.column === k) || kept.some(f => f.path === k)),
    )
  // A row that was read is named by all that the method takes, or the call could mean others too.
  const params = direct ? known : usable.filter(p => known.includes(p) || isData(resource, p.column!))
  const targets: CallTarget[] = [
    ...params.map(p => ({ kind: 'param' as const, name: p.name, shape: p })),
    ...kept.map(f => ({ kind: 'body' as const, name: f.path, shape: f })),
    ...set.map(i => withoutParams(targetOf(method, i.path)!, params)),
    ...options.map(o => ({
      kind: 'param' as const,
      name: o.name,
      shape: method.params.find(p => p.name === o.name)!,
    })),
  ]
  const columns = [...params.map(p => p.column!), ...kept.map(f => f.path)]
  const values = [...set.map(i => i.expr), ...options.map(o => o.expr)]
  const each = direct
    ? planDirect(keys.known, columns, values, source, context)
    : planRead(s, rest, resource, columns, values, source, context)
  return {
    kind: 'calls',
    verb: verb.toUpperCase() as CallsPlan['verb'],
    resource,
    method,
    each,
    targets,
    ...planReturning(s.returning, resource, method, source, context, s.alias),
  }
}

/** Whether a column, or the one that a path goes into, is in the answer. */
function isData(resource: Resource, path: string): boolean {
  return resource.columns.some(c => !c.echo && c.name === path.split('.')[0])
}

/** An option as an assignment: what must fit the method in the same way. */
function settingOf({ name, expr }: Option): SetItem {
  return { path: [name], range: expr, expr }
}

/** Whether an assignment sets a parameter, and no field of the body that has its name. */
function setsOnly(method: Method, item: SetItem, param: string): boolean {
  const target = targetOf(method, item.path)
  return target?.kind === 'param' && target.name === param
}

/** A field of the body alone, where WHERE says what the parameter of its name is. */
function withoutParams(target: CallTarget, params: readonly Param[]): CallTarget {
  if (target.param === undefined || !params.some(p => p.name === target.param)) return target
  const { kind, name, shape } = target
  return { kind, name, shape }
}

function pick(
  s: Change,
  resource: Resource,
  methods: readonly Method[],
  set: readonly SetItem[],
  keys: Keys,
  source: Source,
  context: PlanContext,
): Method {
  const fits = methods.filter(m => set.every(i => targetOf(m, i.path)))
  const missing = (m: Method): string[] =>
    neededParams(m, resource.provider, context)
      .filter(
        p =>
          !keys.known.every(a => p.column !== undefined && a.has(p.column))
          && !set.some(i => i.path.join('.').toLowerCase() === p.name),
      )
      .map(p => p.column ?? p.name)
  const found = fits.find(m => missing(m).length === 0)
  if (found) {
    const fields = unset(found, set).filter(f => !keys.known.every(a => a.has(f.path)))
    if (fields.length === 0) return found
    throw new ConfluentqlError(
      'MISSING_PARAMETER',
      `${s.kind.toUpperCase()} of ${fullName(resource)} must also set ${fields.map(f => `"${f.path}"`).join(' and ')}`,
      {
        span: spanOf(source, s.target.range),
        hint: `add it to SET; what it is already can be said in WHERE: AND ${fields.map(f => `${f.path} = …`).join(' AND ')}`,
      },
    )
  }
  const names = missing(fits[0] ?? methods[0]!)
  const verb = s.kind.toUpperCase()
  const own = resource.methods.some(
    m => m.verb === 'select' && m.params.every(p => !p.required || p.name !== names[0]),
  )
  const [supplier] = own ? [] : suppliers(context.catalog, resource, names[0]!)
  const column = supplier?.split('.').at(-1) ?? names[0]
  const table = supplier?.split('.').slice(0, -1).join('.') ?? fullName(resource)
  throw new ConfluentqlError(
    'MISSING_PARAMETER',
    `${verb} of ${fullName(resource)} needs ${names.map(n => `"${n}"`).join(' and ')}: nothing is sent without the keys of the rows`,
    {
      span: spanOf(source, s.target.range),
      hint: `add WHERE ${names.map(n => `${n} = '…'`).join(' AND ')}, or pick rows with WHERE ${names[0]} IN (SELECT ${column} FROM ${table} WHERE …)`,
    },
  )
}

/** Fields that the body must have and SET does not give; where WHERE says what one is, it stays that. */
function unset(method: Method, set: readonly SetItem[]): readonly BodyField[] {
  return (
    method.body?.fields.filter(
      f => f.required && !set.some(i => covers(i.path.join('.').toLowerCase(), f.path.toLowerCase())),
    ) ?? []
  )
}

const covers = (given: string, wanted: string): boolean =>
  given === wanted || wanted.startsWith(`${given}.`) || given.startsWith(`${wanted}.`)

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
  const values = set.flatMap(i => [', ', i.expr])
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
        p !== undefined && isExact(p, x => reader.predicate(text.source, x, item)) && each[i]!.length <= 1,
    )
    return { known: each.reduce(both, ANYTHING), whole: whole && noKeyTwice(each), constant, alias }
  })
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

/** The rows of keys as WHERE gives them, with the values of SET and of options: nothing is read. */
function planDirect(
  known: Alternatives,
  columns: readonly string[],
  values: readonly Range[],
  source: Source,
  context: PlanContext,
): QueryPlan {
  const parts: (string | Range)[] = []
  const row = (): void => {
    parts.push('SELECT DISTINCT ', columns.map((_, i) => `k${i}.v`).join(', '))
    values.forEach((expr, i) => parts.push(i + columns.length > 0 ? ', ' : '', '(', expr, ')'))
    if (columns.length + values.length === 0) parts.push('1')
  }
  const alternatives = known.filter(a => columns.every(c => a.has(c)))
  if (alternatives.length === 0) return planQuery(...empty(columns.length + values.length), context)
  alternatives.forEach((a, n) => {
    if (n > 0) parts.push(' UNION ')
    row()
    if (columns.length > 0)
      parts.push(
        ' FROM ',
        columns
          .map(
            (c, i) =>
              `(WITH "key~"(v) AS (${operandText(a.get(c)![0]!)}) SELECT v FROM "key~" WHERE v IS NOT NULL) AS k${i}`,
          )
          .join(', '),
      )
  })
  const text = compose(source, parts)
  return text.run(() => planQuery(text.source, text.range, context, []))
}

function empty(columns: number): [Source, Range] {
  const text = compose({ text: '', tokens: [] }, [
    `SELECT ${Array.from({ length: Math.max(1, columns) }, () => 'NULL').join(', ')} WHERE 0`,
  ])
  return [text.source, text.range]
}

function operandText(operand: Operand): string {
  if (operand.kind === 'values') return `VALUES ${operand.values.map(v => `(${valueText(v)})`).join(', ')}`
  return operand.kind === 'query' ? operand.original : 'SELECT NULL WHERE 0'
}

/** The rows are read first, as a SELECT with the same WHERE would; those with the same keys and values make one call. */
function planRead(
  s: Change,
  where: Parts,
  resource: Resource,
  columns: readonly string[],
  values: readonly Range[],
  source: Source,
  context: PlanContext,
): QueryPlan {
  if (!resource.methods.some(m => m.verb === 'select')) {
    throw new ConfluentqlError(
      'UNSUPPORTED',
      `${fullName(resource)} cannot be read, so only its keys can be given`,
      { span: spanOf(source, s.target.range), hint: `WHERE ${columns.join(' = … AND ')} = …` },
    )
  }
  const alias = s.alias ?? resource.name
  const path = (key: string): string => [alias, ...key.split('.')].map(quote).join('.')
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  const parts: (string | Range)[] = ['SELECT DISTINCT ', columns.map(path).join(', ')]
  values.forEach((expr, i) => parts.push(i + columns.length > 0 ? ', ' : '', '(', expr, ')'))
  if (columns.length + values.length === 0) parts.push('1')
  parts.push(` FROM ${table} AS ${quote(alias)}`, ...(where.length > 0 ? [' WHERE ', ...where] : []))
  const text = compose(source, parts)
  return text.run(() =>
    planQuery(
      text.source,
      text.range,
      context,
      resource.methods.filter(m => m.verb === s.kind),
    ),
  )
}
