import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Query, Source } from '../../sql/query.ts'
import {
  pathOf,
  type BoundColumn,
  type BoundQuery,
  type ColumnPath,
  type Output,
  type ValueType,
} from './bound.ts'
import { onlyOrigin } from './origins.ts'
import { isTimeText } from './outputs.ts'
import { same } from './scope.ts'

/** Looks up what names and subqueries are bound to. */
interface Names {
  columnOf(e: Expression): BoundColumn | undefined
  boundQuery(query: Query): BoundQuery
}

/** Functions whose result is JSON text (sqlite.org/json1.html). */
export const JSON_FUNCTIONS =
  /^(?:json|json_(?:array|object|group_array|group_object|patch|set|insert|replace|remove|quote))$/

/** Functions by the type of their values. */
const RETURNS: ReadonlyMap<string, ValueType> = new Map(
  (
    [
      [
        'integer',
        'count length octet_length instr unicode json_array_length row_number rank dense_rank ntile',
      ],
      ['number', 'avg total julianday round percent_rank cume_dist'],
      [
        'string',
        'lower upper trim ltrim rtrim substr substring replace printf format hex quote strftime date time datetime group_concat string_agg char typeof concat concat_ws json_type',
      ],
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
  nullif: args => args.slice(0, 1),
  lag: args => args.slice(0, 1),
  lead: args => args.slice(0, 1),
  first_value: args => args.slice(0, 1),
  last_value: args => args.slice(0, 1),
  nth_value: args => args.slice(0, 1),
  abs: args => args,
  sum: args => args,
}

/** The type of the values of an expression, apart from NULL; undefined if it is not known. */
export function valueType(e: Expression, names: Names): ValueType | undefined {
  const of = (x: Expression): ValueType | undefined => valueType(x, names)
  const column = names.columnOf(e)
  if (column) return column.merged ? undefined : typeOfPath(pathOf(column))
  switch (e.kind) {
    case 'literal':
      return literalType(e)
    case 'cast':
      return castType(e.type)
    case 'unary':
      return e.operator === '~' ? 'integer' : e.operator === '+' ? of(e.operand) : numeric([of(e.operand)])
    case 'collate':
      return of(e.operand)
    case 'binary':
      return binaryType(e.operator, of(e.left), of(e.right))
    case 'case':
      return common([...e.branches.map(b => b.result), ...(e.fallback ? [e.fallback] : [])], of)
    case 'call':
      return callType(e, of)
    case 'subquery':
      return typeOfOutput(names.boundQuery(e.query), 0)
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

/** Whether a column has times that a query computes, such as max(created_at), or a CAST to TIMESTAMP TEXT in a view. */
export function isComputedTime(column: BoundColumn, names: Names): boolean {
  return !column.merged && onlyOrigin(column) === undefined && valueType(column.node, names) === 'timestamp'
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

function literalType({ type, source, at }: Extract<Expression, { kind: 'literal' }>): ValueType | undefined {
  if (type === 'string') return 'string'
  if (type === 'boolean') return 'boolean'
  return type === 'number' ? (/^\d{1,18}$/.test(textAt(source, at)) ? 'integer' : 'number') : undefined
}

const textAt = ({ text, tokens }: Source, at: number): string =>
  text.slice(tokens[at]!.start, tokens[at]!.end)

function castType(type: string): ValueType | undefined {
  if (isTimeText(type)) return 'timestamp'
  if (/INT/.test(type)) return 'integer'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'string'
  return type === '' || /BLOB/.test(type) ? undefined : 'number'
}

function binaryType(
  operator: string,
  left: ValueType | undefined,
  right: ValueType | undefined,
): ValueType | undefined {
  if (operator === '||') return 'string'
  if (operator === '->') return 'json'
  if (['&', '|', '<<', '>>'].includes(operator)) return 'integer'
  return operator === '->>' ? undefined : numeric([left, right])
}

/** Arithmetic of integers gives integers, also a division. */
function numeric(types: readonly (ValueType | undefined)[]): ValueType | undefined {
  if (types.every(t => t === 'integer' || t === 'boolean')) return 'integer'
  return types.every(t => t === 'integer' || t === 'boolean' || t === 'number') ? 'number' : undefined
}

function callType(
  { name, args }: Extract<Expression, { kind: 'call' }>,
  of: (e: Expression) => ValueType | undefined,
): ValueType | undefined {
  if (JSON_FUNCTIONS.test(name)) return 'json'
  const returned = RETURNS_ARGUMENT[name]
  if (!returned) return RETURNS.get(name)
  const type = common(returned(args), of)
  return name === 'abs' || name === 'sum' ? numeric([type]) : type
}

/** The type that all have that are not NULL. */
function common(
  all: readonly Expression[],
  of: (e: Expression) => ValueType | undefined,
): ValueType | undefined {
  const types = new Set(all.filter(e => e.kind !== 'literal' || e.type !== 'null').map(of))
  if (types.size === 1) return [...types][0]
  return types.has(undefined) ? undefined : numeric([...types])
}

/** The type of a result column, if every part of the query gives the same. */
export function typeOfOutput({ cores }: BoundQuery, at: number): ValueType | undefined {
  const types = new Set(cores.map(core => typeOf(core.outputs?.[at])))
  return types.size === 1 ? [...types][0] : undefined
}

function typeOf(output: Output | undefined): ValueType | undefined {
  return output?.from ? typeOfPath(output.from) : output?.computed
}

function typeOfPath({ relation, column, path }: ColumnPath): ValueType | undefined {
  const at = relation.columns?.findIndex(c => same(c.name, column)) ?? -1
  if (at < 0) return undefined
  const { shape: whole, declared } = relation.columns![at]!
  const type = path.reduce<Shape | undefined>((shape, field) => shape?.fields?.[field], whole)?.type
  if (relation.kind === 'ref') return type
  // other columns of the session's tables may hold values of any type
  if (relation.kind === 'local')
    return type === 'boolean' && (path.length > 0 || /^bool/i.test(declared ?? '')) ? type : undefined
  const query =
    relation.kind === 'derived' ? relation.query : relation.kind === 'cte' ? relation.cte.query : undefined
  if (!query || (relation.kind === 'cte' && relation.cte.recursive)) return undefined
  const types = new Set(
    query.cores.map(core => {
      const output = core.outputs?.[at]
      if (output?.from) return typeOfPath({ ...output.from, path: [...output.from.path, ...path] })
      return path.length === 0 ? output?.computed : undefined
    }),
  )
  return types.size === 1 ? [...types][0] : undefined
}
