import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import {
  pathOf,
  type BoundColumn,
  type BoundCore,
  type BoundQuery,
  type ColumnPath,
  type TableRef,
  type ValueKind,
  type ValueType,
} from './bound.ts'
import { textsOfIif } from './iif.ts'
import { kindsOfRows, literalType } from './literal-types.ts'
import { onlyOrigin } from './origins.ts'
import { localKind } from './declared-kinds.ts'
import { isTimeText } from './outputs.ts'
import { columnAt } from './columns.ts'

/** Looks up what names and subqueries are bound to. */
interface Names {
  columnOf(e: Expression): BoundColumn | undefined
  aliased(e: Expression): Expression | undefined
  boundQuery(query: Query): BoundQuery
}

type Kinds = Map<Expression, ValueKind | undefined>

/** Functions whose result is JSON text (sqlite.org/json1.html). */
export const JSON_FUNCTIONS =
  /^(?:json|json_(?:array|object|group_array|group_object|patch|set|insert|replace|remove|quote))$/

/** Functions by the type of their values. */
const RETURNS: ReadonlyMap<string, ValueKind> = new Map(
  (
    [
      [
        'integer',
        'count length octet_length instr unicode json_array_length row_number rank dense_rank ntile exact_integer',
      ],
      ['number', 'avg total julianday unixepoch round percent_rank cume_dist exact_number'],
      [
        'string',
        'lower upper trim ltrim rtrim substr substring replace printf format hex quote time group_concat string_agg char typeof concat concat_ws json_type',
      ],
      ['day', 'date'],
      ['datetime', 'datetime'],
    ] as const
  ).flatMap(([type, names]) => names.split(' ').map(name => [name, type] as const)),
)

/** Functions that return one of their arguments: which of them. */
const RETURNS_ARGUMENT: Readonly<Record<string, (args: readonly Expression[]) => readonly Expression[]>> = {
  coalesce: args => args,
  ifnull: args => args,
  min: args => args,
  max: args => args,
  iif: args => args.slice(1),
  if: args => args.slice(1),
  nullif: args => args.slice(0, 1),
  lag: args => args.filter((_, i) => i !== 1),
  lead: args => args.filter((_, i) => i !== 1),
  first_value: args => args.slice(0, 1),
  last_value: args => args.slice(0, 1),
  nth_value: args => args.slice(0, 1),
}

/** The type of the values of an expression, apart from NULL; undefined if it is not known. */
export function valueType(e: Expression, names: Names): ValueType | undefined {
  return typeOfKind(kindOf(e, names))
}

const typeOfKind = (kind: ValueKind | undefined): ValueType | undefined =>
  kind === 'day' || kind === 'datetime' ? 'string' : kind

/** What the values of an expression are, apart from NULL; undefined if it is not known. `known`: kinds in it, which are asked for several times. */
export function kindOf(e: Expression, names: Names, known: Kinds = new Map()): ValueKind | undefined {
  if (e.kind === 'literal') return literalType(e)
  const of = (x: Expression): ValueKind | undefined => {
    if (!known.has(x)) known.set(x, kindOf(x, names, known))
    return known.get(x)
  }
  const column = names.columnOf(e)
  if (column) return column.merged ? undefined : oneKind(kindsOfPath(pathOf(column)))
  switch (e.kind) {
    case 'column': {
      const computed = names.aliased(e)
      return computed && of(computed)
    }
    case 'cast':
      return castType(e.type)
    case 'unary':
      return e.operator === '~' ? 'integer' : e.operator === '+' ? of(e.operand) : numeric([of(e.operand)])
    case 'collate':
      return of(e.operand)
    case 'binary':
      return binaryType(e.operator, of(e.left), of(e.right))
    case 'case':
      return common(alternativesOf(e), of)
    case 'call':
      return callType(e, of)
    case 'subquery':
      return onlyKind(kindsOfOutput(names.boundQuery(e.query), 0))
    case 'comparison':
    case 'is':
    case 'and':
    case 'or':
    case 'not':
    case 'in list':
    case 'in query':
    case 'between':
    case 'match':
    case 'exists':
      return 'boolean'
    default:
      return undefined
  }
}

/** Shapes of columns whose values a query computes, by types that compare with texts otherwise than they are meant. */
const COMPUTED: Readonly<Partial<Record<ValueType, Shape>>> = {
  timestamp: { type: 'timestamp' },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  number: { type: 'number' },
}

/** Whether a shape is that of a computed column. */
export const isComputedShape = (shape: Shape): boolean => COMPUTED[shape.type] === shape

/** A column, with its type if a query computes its values. */
export function typed(column: BoundColumn | undefined, names: Names): BoundColumn | undefined {
  if (!column || column.merged || onlyOrigin(column) !== undefined) return column
  const type = valueType(column.node, names)
  const shape = type && COMPUTED[type]
  return shape ? { ...column, shape } : column
}

function castType(type: string): ValueType | undefined {
  if (isTimeText(type)) return 'timestamp'
  if (/INT/.test(type)) return 'integer'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'string'
  return type === '' || /BLOB/.test(type) ? undefined : 'number'
}

function binaryType(
  operator: string,
  left: ValueKind | undefined,
  right: ValueKind | undefined,
): ValueKind | undefined {
  if (operator === '||') return 'string'
  if (operator === '->') return 'json'
  if (['&', '|', '<<', '>>'].includes(operator)) return 'integer'
  return operator === '->>' ? undefined : numeric([left, right])
}

/** Arithmetic of integers gives integers, also a division. */
function numeric(types: readonly (ValueKind | undefined)[]): ValueKind | undefined {
  if (types.every(t => t === 'integer' || t === 'boolean')) return 'integer'
  return types.every(t => t === 'integer' || t === 'boolean' || t === 'number') ? 'number' : undefined
}

function callType(
  { name, args }: Extract<Expression, { kind: 'call' }>,
  of: (e: Expression) => ValueKind | undefined,
): ValueKind | undefined {
  if (JSON_FUNCTIONS.test(name)) return 'json'
  if (name === 'strftime') return formattedKind(args[0])
  if (name === 'abs' || name === 'sum') return numeric([common(args, of)])
  const returned = RETURNS_ARGUMENT[name]
  if (!returned) return RETURNS.get(name)
  return common(name === 'iif' || name === 'if' ? textsOfIif(args, of) : returned(args), of)
}

/** The expressions of which a call or CASE returns one; none if it computes a value. */
export function alternativesOf(e: Expression): readonly Expression[] {
  if (e.kind === 'case') return [...e.branches.map(b => b.result), ...(e.fallback ? [e.fallback] : [])]
  return e.kind === 'call' ? (RETURNS_ARGUMENT[e.name]?.(e.args) ?? []) : []
}

/** What strftime() writes. */
function formattedKind(format: Expression | undefined): ValueKind {
  const text = format?.kind === 'literal' ? format.source.tokens[format.at]!.value : ''
  if (/^(?:%Y-(?:%m|01)-(?:%d|01)|%F)$/.test(text)) return 'day'
  if (/^(?:%Y-%m-%d|%F)T(?:%H:(?:%M|00):(?:%S|00)|%T)Z$/.test(text)) return 'timestamp'
  return /^(?:%Y-%m-%d|%F) (?:%H:%M|%R|%T)/.test(text) ? 'datetime' : 'string'
}

/** What all are that are not NULL; a literal that is a day or a time is a time beside others. */
function common(
  all: readonly Expression[],
  of: (e: Expression) => ValueKind | undefined,
): ValueKind | undefined {
  const values = all.filter(e => e.kind !== 'literal' || e.type !== 'null')
  const others = values.filter(e => !isMoment(e)).map(of)
  const kinds = onlyKind(others) === 'timestamp' ? others : values.map(of)
  return oneKind(kinds)
}

/** What values of several kinds are; of integers and other numbers, numbers. */
function oneKind(kinds: readonly (ValueKind | undefined)[]): ValueKind | undefined {
  return onlyKind(kinds) ?? (kinds.includes(undefined) ? undefined : numeric(kinds))
}

/** Whether an expression is a literal day or time as APIs write it, or the beginning of one. */
export const isMoment = (e: Expression): boolean =>
  e.kind === 'literal'
  && e.type === 'string'
  && /^\d{4}(?:-\d\d(?:-\d\d(?:T[\d:.]+Z)?)?)?$/.test(e.source.tokens[e.at]!.value)

/** Whether a result column has results of datetime() in every part of the query. */
export const isDatetime = (query: BoundQuery, at: number): boolean =>
  onlyKind(kindsOfOutput(query, at)) === 'datetime'

/** The type of a result column, if every part of the query gives the same. */
export function typeOfOutput(query: BoundQuery, at: number): ValueType | undefined {
  return typeOfKind(onlyKind(kindsOfOutput(query, at)))
}

/** What a result column is in the parts of a compound query; undefined for a part where that is not known. */
function kindsOfOutput({ cores }: BoundQuery, at: number): readonly (ValueKind | undefined)[] {
  return cores.flatMap(core => kindsOf(core, at, [], []))
}

/** What all values are; of texts of several kinds only that they are texts. */
function onlyKind(kinds: readonly (ValueKind | undefined)[]): ValueKind | undefined {
  const [first] = kinds
  if (kinds.every(k => k === first)) return first
  const type = typeOfKind(first)
  return kinds.every(k => typeOfKind(k) === type) ? type : undefined
}

/** The result columns, by query and position, whose values are being looked at. */
type Seen = readonly (readonly [query: BoundQuery, at: number])[]

function kindsOf(
  { core, outputs }: BoundCore,
  at: number,
  path: readonly string[],
  seen: Seen,
): readonly (ValueKind | undefined)[] {
  if (core.kind === 'values') return path.length === 0 ? kindsOfRows(core.values, at) : [undefined]
  const output = outputs?.[at]
  if (output?.from) return kindsOfPath({ ...output.from, path: [...output.from.path, ...path] }, seen)
  return [path.length === 0 ? output?.computed : undefined]
}

/**
 * What a column is in the parts of the query that gives it; undefined for a part where that is not known. The part of a
 * recursive CTE that only passes on a column of the CTE adds nothing.
 */
export function kindsOfPath(
  { relation, column, path }: ColumnPath,
  seen: Seen = [],
): readonly (ValueKind | undefined)[] {
  const at = columnAt(relation, column)
  if (at < 0) return [undefined]
  if (relation.kind === 'derived' || relation.kind === 'cte') {
    const query = relation.kind === 'derived' ? relation.query : relation.cte.query
    if (!query) return [undefined]
    if (seen.some(([q, i]) => q === query && i === at)) return []
    const around: Seen = [...seen, [query, at]]
    return query.cores.flatMap(core => kindsOf(core, at, path, around))
  }
  const { shape: whole, declared } = relation.columns![at]!
  const shape = path.reduce<Shape | undefined>((s, field) => s?.fields?.[field], whole)
  if (relation.kind === 'ref') return [shape && (timeKind(relation.ref, column, path, shape) ?? shape.type)]
  if (relation.kind !== 'local' || !shape) return [undefined]
  return [path.length > 0 ? (shape.isDate ? 'day' : shape.type) : localKind(declared ?? '')]
}

/** Whether the texts of a column are days or times; also one that bounds the range of a request. */
function timeKind(
  { resource }: TableRef,
  column: string,
  path: readonly string[],
  shape: Shape,
): 'day' | 'timestamp' | undefined {
  if (shape.isDate) return 'day'
  const range = path.length === 0 ? resource.methods.find(m => m.range?.column === column)?.range : undefined
  return range && (range.unit === 'day' ? 'day' : 'timestamp')
}
