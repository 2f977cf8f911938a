import type { Method } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import { children, type ColumnReference, type Expression } from '../../sql/expression.ts'
import type { ClauseName, Query } from '../../sql/query.ts'
import { spanOf } from '../names.ts'
import { columnText, jsonPath, literal, quote, type Splices } from '../splice.ts'
import { aliasApart, type BoundColumn, type BoundCore, type Relation } from './bound.ts'
import {
  fieldPath,
  impliedPath,
  insteadOf,
  isMergedName,
  isAskedItself,
  lookup,
  mergedColumns,
  same,
  UNKNOWN,
  type Found,
} from './scope.ts'

/** Functions whose result is one of their arguments, from the index given on. */
const PASSING: Readonly<Record<string, number>> = {
  coalesce: 0,
  ifnull: 0,
  nullif: 0,
  iif: 1,
  if: 1,
  min: 0,
  max: 0,
}
const ROW_IDS: ReadonlySet<string> = new Set(['rowid', 'oid', '_rowid_'])
const CONDITIONS: ReadonlySet<Clause> = new Set(['where', 'on', 'having'])

export type Clause = ClauseName | 'order'

/** What is done with the value of an expression. */
interface Use {
  readonly clause: Clause
  /** It is compared with a scalar, so that an object there can only mean one of its fields. */
  readonly compared: boolean
  /** It is a side of `=` or the left side of IN; the other side of `=`, if there is one. */
  readonly equated?: { readonly other: Expression | undefined }
  /** Part of a condition: rows depend on it. */
  readonly condition: boolean
}

/** Resolves the columns in expressions; holds what it finds. */
export class ExpressionBinder {
  readonly #splices: Splices
  /** Methods of a change, whose own parameters say what a column means in its WHERE. */
  readonly #changing: readonly Method[]
  readonly #columns = new Map<Expression, BoundColumn>()
  /** Names that are no known column; of the name of a result column, the core that has it. */
  readonly #unresolved = new Map<Expression, BoundCore | undefined>()
  readonly #compared = new Set<Query>()
  /** Columns that rows depend on, with where they are written. */
  readonly tested: BoundColumn[] = []

  constructor(splices: Splices, changing: readonly Method[]) {
    this.#splices = splices
    this.#changing = changing
  }

  /** The column that an expression is, if it is one and nothing else. */
  columnOf(e: Expression): BoundColumn | undefined {
    return this.#columns.get(e)
  }

  /** Whether an expression is a name that stands for no known column. */
  isUnresolved(e: Expression): boolean {
    return this.#unresolved.has(e)
  }

  /** The core whose result column a name is that is computed. */
  aliasCore(e: Expression): BoundCore | undefined {
    return this.#unresolved.get(e)
  }

  /** All columns that were bound. */
  columns(): Iterable<BoundColumn> {
    return this.#columns.values()
  }

  /** Binds the columns of an expression; subqueries in it are left to the caller. */
  bind(core: BoundCore, e: Expression, clause: Clause): void {
    const condition = CONDITIONS.has(clause)
    this.#visit(core, e, { clause, compared: false, condition })
  }

  /** Binds a result column, which may be what a query around it compares. */
  bindOutput(core: BoundCore, e: Expression, query: Query): void {
    const compared = this.#compared.has(query)
    this.#visit(core, e, { clause: 'select', compared, condition: compared })
  }

  #visit(core: BoundCore, e: Expression, use: Use): void {
    const plain: Use = { clause: use.clause, compared: false, condition: use.condition }
    const compared: Use = { clause: use.clause, compared: true, condition: true }
    switch (e.kind) {
      case 'column':
        this.#column(core, e, use)
        return
      case 'subquery':
        if (use.compared) this.#compared.add(e.query)
        return
      case 'collate':
        this.#visit(core, e.operand, use)
        return
      case 'unary':
        this.#visit(core, e.operand, e.operator === '+' ? use : plain)
        return
      case 'row':
        for (const item of e.items) this.#visit(core, item, use)
        return
      case 'comparison':
        this.#pair(core, e.left, e.right, compared, e.operator === '=')
        return
      case 'is':
        this.#visit(core, e.left, e.right ? compared : { ...plain, condition: true })
        if (e.right) this.#visit(core, e.right, compared)
        return
      case 'in list':
        this.#visit(core, e.left, { ...compared, equated: { other: undefined } })
        for (const item of e.list) this.#visit(core, item, compared)
        this.#castParameters(e.left, e.list)
        return
      case 'in query':
        this.#visit(core, e.left, { ...compared, equated: { other: undefined } })
        this.#compared.add(e.query)
        return
      case 'between':
        for (const x of [e.operand, e.low, e.high]) this.#visit(core, x, compared)
        this.#castParameters(e.operand, [e.low, e.high])
        return
      case 'match':
        for (const x of children(e)) this.#visit(core, x, compared)
        return
      case 'case':
        if (e.base) this.#visit(core, e.base, compared)
        for (const { when, result } of e.branches) {
          this.#visit(core, when, e.base ? compared : { ...plain, condition: true })
          this.#visit(core, result, { ...use, ...(use.equated && { equated: { other: undefined } }) })
        }
        if (e.fallback) this.#visit(core, e.fallback, use)
        return
      case 'call': {
        const from = PASSING[e.name] ?? Infinity
        e.args.forEach((arg, i) => {
          this.#visit(core, arg, e.name === 'nullif' ? compared : i >= from ? use : plain)
        })
        for (const x of children(e).slice(e.args.length))
          this.#visit(core, x, x === e.filter ? { ...plain, condition: true } : plain)
        return
      }
      default:
        for (const child of children(e)) this.#visit(core, child, plain)
    }
  }

  /** Both sides of a comparison; those of row values one by one. */
  #pair(core: BoundCore, left: Expression, right: Expression, use: Use, equal: boolean): void {
    if (left.kind === 'row' && right.kind === 'row' && left.items.length === right.items.length) {
      left.items.forEach((item, i) => {
        this.#pair(core, item, right.items[i]!, use, equal)
      })
      return
    }
    this.#visit(core, left, equal ? { ...use, equated: { other: right } } : use)
    this.#visit(core, right, equal ? { ...use, equated: { other: left } } : use)
    this.#castParameters(left, [right])
    this.#castParameters(right, [left])
  }

  /** A `:name` beside a text inside an object is compared as a text, as it would be beside a column of texts: neither has an affinity of its own. */
  #castParameters(side: Expression, others: readonly Expression[]): void {
    const column = this.columnOf(side)
    if (!column || column.path.length === 0 || column.shape === UNKNOWN) return
    if (column.shape.type !== 'string' && column.shape.type !== 'timestamp') return
    for (const other of others) {
      if (other.kind !== 'parameter') continue
      const { text } = column.source.tokens[other.at]!
      this.#splices.add(column.source, { from: other.at, to: other.at + 1 }, `CAST(${text} AS TEXT)`)
    }
  }

  #column(core: BoundCore, node: ColumnReference, use: Use): void {
    // a name inside an expression of ORDER BY is a column first
    const found = lookup(core, node.parts, use.clause)
    if (found?.kind === 'column') this.#bindColumn(core, node, found, use)
    else if (found) this.#bindAlias(core, node, found, use)
    else this.#noColumn(core, node)
  }

  #bindColumn(
    core: BoundCore,
    node: ColumnReference,
    found: Extract<Found, { kind: 'column' }>,
    use: Use,
  ): void {
    const { source } = core.parent.query
    const { relation, rest, qualifier, column } = found
    const instead = use.equated && this.#instead(node, found, use)
    if (instead !== undefined) {
      const { shape, affinity } = relation.columns!.find(c => c.name === instead)!
      this.#remember({ ...plainColumn(core, node), relation, column: instead, shape, affinity }, true)
      const name = qualifier === 0 ? quote(instead) : `${quote(relation.alias)}.${quote(instead)}`
      this.#splices.add(source, node.name, name)
      return
    }
    const of = relation.alias === '' ? column : `${relation.alias}.${column}`
    const { path, shape } = fieldPath(found.shape, rest, spanOf(source, node.name), of)
    const implied = use.compared ? impliedPath({ relation, column, path }, shape) : { path: [], shape }
    const bound: BoundColumn = {
      ...plainColumn(core, node),
      relation,
      column,
      path,
      shape,
      implied: implied.path,
      affinity: path.length + implied.path.length > 0 ? 'none' : found.affinity,
      merged: qualifier === 0 && mergedColumns(core, column),
    }
    this.#remember(bound, use.condition)
    this.#splice(bound, qualifier)
  }

  /** The input column that is meant instead of a column; none where the conditions name it themselves. */
  #instead(
    node: ColumnReference,
    { relation, column, rest }: Extract<Found, { kind: 'column' }>,
    { clause, equated }: Use,
  ): string | undefined {
    if (clause !== 'where' && clause !== 'on') return undefined
    const other = equated!.other
    if (other?.kind === 'column' && same(other.parts.at(-1)!, node.parts.at(-1)!)) return undefined
    const changing = relation.kind === 'ref' && relation.ref.id === 1 ? this.#changing : []
    const input = insteadOf(relation, column, rest, changing)
    return input !== undefined && !isAskedItself(relation.core, relation, input) ? input : undefined
  }

  /** The name of a result column is the column that this is, if it is one; in a condition of its own query its text stands for it. */
  #bindAlias(
    core: BoundCore,
    node: ColumnReference,
    { core: of, index }: Extract<Found, { kind: 'alias' }>,
    use: Use,
  ): void {
    const { expr } = of.core.items[index]!
    const column = this.columnOf(expr)
    if (!column) {
      this.#unresolved.set(node, of)
      return
    }
    const implied = use.compared ? impliedPath(column, column.shape) : { path: [], shape: column.shape }
    const isField = implied.path.length > 0 && column.implied.length === 0
    const { source } = core.parent.query
    const isOwn = of === core && (use.clause === 'where' || use.clause === 'on')
    const bound: BoundColumn = {
      ...column,
      node,
      core,
      source,
      isAlias: !isOwn,
      ...(isField && { implied: implied.path, affinity: 'none' as const }),
    }
    this.#remember(bound, use.condition)
    const text = () =>
      isOwn ? `(${this.#splices.render(source, expr.range)})` : this.#splices.original(source, node.name)
    if (isField)
      this.#splices.add(source, node.name, () => `(${text()} ->> ${literal(jsonPath(implied.path))})`)
    else if (isOwn) this.#splices.add(source, node.name, text)
  }

  /** @throws ConfluentqlError for SQLite's own number of a row, which a table of the API does not have */
  #noColumn(core: BoundCore, node: ColumnReference): void {
    this.#unresolved.set(node, undefined)
    const name = node.parts.at(-1)!
    if (node.parts.length > 2 || !ROW_IDS.has(name.toLowerCase())) return
    const isOf = (relation: Relation): boolean =>
      node.parts.length === 1 || same(relation.alias, node.parts[0]!)
    for (let scope: BoundCore | undefined = core; scope; scope = scope.parent.outer) {
      const relations = scope.relations.filter(isOf)
      if (relations.some(i => i.kind === 'local')) return
      if (!relations.some(i => i.kind === 'ref')) continue
      throw new ConfluentqlError('UNKNOWN_NAME', `no column "${name}": rows of the API have no number`, {
        span: spanOf(core.parent.query.source, node.name),
        hint: 'number them with row_number() OVER (ORDER BY …)',
      })
    }
  }

  #remember(column: BoundColumn, isCondition: boolean): void {
    this.#columns.set(column.node, column)
    const { relation } = column
    if (relation.kind === 'ref') relation.ref.used.add(column.column.toLowerCase())
    if (isCondition) this.tested.push(column)
  }

  #splice(column: BoundColumn, qualifier: number): void {
    const { source, node } = column
    const below = [...column.path, ...column.implied]
    const { relation } = column
    // where a join with USING is taken apart, both sides have the name
    if (qualifier === 0 && isMergedName(relation.core, column.column))
      this.#splices.addApart(source, node.name, columnText(aliasApart(relation), column.column, below))
    if (below.length === 0 && qualifier < 2) return
    const { from } = node.name
    const written = this.#splices.original(source, { from, to: from + qualifier * 2 + 1 })
    const name = qualifier >= 2 ? `${quote(column.relation.alias)}.${quote(column.column)}` : written
    const text = below.length === 0 ? name : `(${name} ->> ${literal(jsonPath(below))})`
    this.#splices.add(source, node.name, text)
  }
}

/** What a column has that is bound without a path. */
function plainColumn(core: BoundCore, node: ColumnReference) {
  const { source } = core.parent.query
  return { core, node, source, path: [], implied: [], merged: false, isAlias: false }
}
