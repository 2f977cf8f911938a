import type { Method } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { ColumnReference, Expression } from '../../sql/expression.ts'
import { jsonField } from '../../sql/json-path.ts'
import type { Query, Source } from '../../sql/query.ts'
import { spanOf } from '../names.ts'
import { columnText, fieldText, quote, type Splices } from '../splice.ts'
import { aliasApart, type BoundColumn, type BoundCore, type Relation } from './bound.ts'
import {
  checkOuter,
  fieldPath,
  impliedPath,
  inputColumnFor,
  isInputTested,
  resolve,
  typedField,
  UNKNOWN,
} from './fields.ts'
import { noteAnswered, noteUnknown } from './notes.ts'
import { isShadowed, tablesBeside, useAll, usedHidden } from './hidden.ts'
import { unsentInput } from './inputs.ts'
import { isMergedName, mergedColumns } from './joins.ts'
import type { ResolvedAlias, ResolvedColumn } from './scope.ts'
import { visitUses, type Clause, type Use } from './uses.ts'
import { same } from './columns.ts'

const ROW_IDS: ReadonlySet<string> = new Set(['rowid', 'oid', '_rowid_'])
const CONDITION_CLAUSES: ReadonlySet<Clause> = new Set(['where', 'on', 'having'])

/** Resolves the columns in expressions and keeps the result. */
export class ExpressionBinder {
  readonly #splices: Splices
  /** Methods of a change: in its WHERE, a column means what their parameters select by. */
  readonly #changing: readonly Method[]
  readonly #columns: Map<Expression, BoundColumn>
  /** Names that are no known column; if a name is a computed result column, with the core that has it. */
  readonly #unresolved = new Map<Expression, BoundCore | undefined>()
  /** Subqueries whose result column is compared, and how. */
  readonly #compared = new Map<Query, Use>()
  /** Columns that conditions test. */
  readonly tested: BoundColumn[] = []

  /** @param columns gets the column of each column reference */
  constructor(splices: Splices, changing: readonly Method[], columns: Map<Expression, BoundColumn>) {
    this.#splices = splices
    this.#changing = changing
    this.#columns = columns
  }

  /** Whether an expression is a name that stands for no known column. */
  isUnresolved(e: Expression): boolean {
    return this.#unresolved.has(e)
  }

  /** The core that has the computed result column which a name stands for. */
  aliasCore(e: Expression): BoundCore | undefined {
    return this.#unresolved.get(e)
  }

  /** Binds the columns of an expression; subqueries in it are left to the caller. */
  bind(core: BoundCore, e: Expression, clause: Clause): void {
    const isFilter = clause === 'where' || clause === 'on'
    const condition = CONDITION_CLAUSES.has(clause)
    this.#visit(core, e, { clause, compared: false, condition, ...(isFilter && { required: 'any' }) })
  }

  /** Whether the result columns of a query are compared. */
  isCompared(query: Query): boolean {
    return this.#compared.has(query)
  }

  /** Binds a result column, which a query around it may compare. */
  bindOutput(core: BoundCore, e: Expression, query: Query): void {
    const use = this.#compared.get(query)
    const compared = use !== undefined
    const returned = use?.returned && { returned: true as const }
    this.#visit(core, e, { clause: 'select', compared, condition: compared, ...returned })
  }

  #visit(core: BoundCore, e: Expression, use: Use): void {
    visitUses(e, use, {
      column: (node, columnUse) => {
        this.#column(core, node, columnUse)
      },
      json: (node, jsonUse) => {
        this.#jsonField(node, jsonUse)
      },
      comparedQuery: (query, queryUse) => {
        this.#compared.set(query, queryUse)
      },
      comparison: (side, others) => {
        this.#castParameters(side, others)
      },
    })
  }

  /**
   * Binds a field that is written in SQLite's way, `spec ->> '$.cloud'`: it is the column path that `spec.cloud` is. A name
   * that is no known field is left to SQLite: this is the way to read one that is not documented.
   */
  #jsonField(e: Expression, use: Use): void {
    const { of, names } = jsonField(e) ?? {}
    const column = of && this.#columns.get(of)
    if (!column || !names || column.shape.type !== 'object' || column.implied.length > 0) return
    let { shape } = column
    for (const name of names) {
      const known = Object.keys(shape.fields ?? {})
      if (known.length > 0 && !known.includes(name)) {
        noteUnknown(column, name, known)
        return
      }
      shape = shape.fields?.[name] ?? UNKNOWN
    }
    const node = { ...column.node, range: e.range, name: e.range, parts: [...column.node.parts, ...names] }
    const path = [...column.path, ...names]
    const bound: BoundColumn = { ...column, node, path, shape, affinity: 'none', isJson: true }
    this.#columns.set(e, bound)
    if (use.condition) this.tested.push(bound)
  }

  /** Casts a `:name` that is compared with a text field of an object: unlike a text column, the field has no affinity that would make it a text. */
  #castParameters(side: Expression, others: readonly Expression[]): void {
    const column = this.#columns.get(side)
    if (!column || column.path.length === 0 || column.shape === UNKNOWN) return
    if (column.shape.type !== 'string' && column.shape.type !== 'timestamp') return
    for (const other of others) {
      if (other.kind !== 'parameter') continue
      const { text } = column.source.tokens[other.at]!
      this.#splices.add(column.source, { from: other.at, to: other.at + 1 }, `CAST(${text} AS TEXT)`)
    }
  }

  #column(core: BoundCore, node: ColumnReference, use: Use): void {
    const { parts } = node
    const { clause } = use
    const name = resolve(core, parts, clause)
    checkOuter(core, node, name)
    if (name?.kind === 'column') this.#bindColumn(core, node, name, use)
    else if (name) this.#bindAlias(core, node, name, use)
    else this.#bindNone(core, node)
  }

  #bindColumn(core: BoundCore, node: ColumnReference, name: ResolvedColumn, use: Use): void {
    const { source } = core.parent.query
    const { relation, rest, qualifier, column } = name
    const input = use.equated && this.#inputColumn(node, name, { ...use, source })
    if (input !== undefined) {
      const { shape, affinity } = relation.columns!.find(c => c.name === input)!
      const given = { path: [], implied: [], merged: false, isAlias: false }
      this.#remember({ core, node, source, relation, column: input, shape, affinity, ...given }, true)
      const isQualified = qualifier > 0 || relation.core.relations.length > 1
      const text = isQualified ? `${quote(relation.alias)}.${quote(input)}` : quote(input)
      this.#splices.add(source, node.name, text)
      return
    }
    if (use.equated && relation.kind !== 'ref') noteAnswered({ relation, column, path: rest }, node, use)
    if (qualifier === 0 && name.isHidden) useAll(relation.core, column)
    const written = relation.alias === '' ? column : `${relation.alias}.${column}`
    const { path, shape } = fieldPath(name.shape, rest, node, written)
    const implied = use.compared ? impliedPath({ relation, column, path }, shape) : { path: [], shape }
    const bound: BoundColumn = {
      core,
      node,
      source,
      relation,
      column,
      path,
      shape,
      implied: implied.path,
      affinity: path.length + implied.path.length > 0 ? 'none' : name.affinity,
      merged: qualifier === 0 && mergedColumns(core, column),
      isAlias: false,
    }
    this.#remember(bound, use.condition)
    this.#splice(bound, qualifier, use)
    if (implied.path.length > 0 && use.clause === 'select') {
      const text = this.#splices.original(source, node.name)
      this.#splices.addExplicit(source, node.name, fieldText(text, implied.path))
    }
  }

  /**
   * The input column that an equated column means; undefined where the conditions name that input column themselves.
   * @throws ConfluentqlError if not every row must meet the condition, so that the parameter cannot be sent
   */
  #inputColumn(
    node: ColumnReference,
    { relation, column, rest }: ResolvedColumn,
    { source, clause, required, equated }: Use & { readonly source: Source },
  ): string | undefined {
    if (clause !== 'where' && clause !== 'on') return undefined
    const other = equated!.other
    if (other?.kind === 'column' && same(other.parts.at(-1)!, node.parts.at(-1)!)) return undefined
    const changing = relation.kind === 'ref' && relation.ref.id === 1 ? this.#changing : []
    const input = inputColumnFor(relation, column, rest, changing)
    if (input === undefined || isInputTested(relation.core, relation, input)) return undefined
    // rows that need not meet it would be compared with the value of the request, not with their own
    const isSent = required === 'any' || required?.has(node.parts.at(-1)!.toLowerCase())
    if (relation.kind !== 'ref' || isSent) return input
    const { isAnswered } = relation.ref.resource.columns.find(c => c.name === input)!
    if (!isAnswered)
      throw unsentInput({ ref: relation.ref, column: input, param: node.parts.at(-1)!, at: { node, source } })
    return input
  }

  /**
   * Binds the name of a result column: to the column that the result column is, if it is one. In WHERE and ON of its own
   * query SQLite puts the expression in place of the name, and so does the splice.
   */
  #bindAlias(core: BoundCore, node: ColumnReference, alias: ResolvedAlias, use: Use): void {
    const { expr } = alias.core.core.items[alias.index]!
    const column = this.#columns.get(expr)
    if (!column) {
      this.#unresolved.set(node, alias.core)
      return
    }
    if (use.equated) noteAnswered(column, node, use)
    const implied = use.compared ? impliedPath(column, column.shape) : { path: [], shape: column.shape }
    const isField = implied.path.length > 0 && column.implied.length === 0
    const { source } = core.parent.query
    const isReplaced = alias.core === core && (use.clause === 'where' || use.clause === 'on')
    const bound: BoundColumn = {
      ...column,
      node,
      core,
      source,
      isAlias: !isReplaced,
      ...(isField && { implied: implied.path, affinity: 'none' as const }),
    }
    this.#remember(bound, use.condition)
    const text = () =>
      isReplaced
        ? typedField(`(${this.#splices.render(source, expr.range)})`, column, use)
        : this.#splices.original(source, node.name)
    if (isField) this.#splices.add(source, node.name, () => fieldText(text(), implied.path))
    else if (isReplaced) this.#splices.add(source, node.name, text)
  }

  /** Leaves a name to SQLite. @throws ConfluentqlError for a rowid of a resource, which has none */
  #bindNone(core: BoundCore, node: ColumnReference): void {
    this.#unresolved.set(node, undefined)
    const name = node.parts.at(-1)!
    if (node.parts.length > 2 || !ROW_IDS.has(name.toLowerCase())) return
    const isQualifiedBy = (relation: Relation): boolean =>
      node.parts.length === 1 || same(relation.alias, node.parts[0]!)
    for (let scope: BoundCore | undefined = core; scope; scope = scope.parent.outer) {
      const relations = scope.relations.filter(isQualifiedBy)
      if (relations.some(r => r.kind === 'local')) return
      if (!relations.some(r => r.kind === 'ref')) continue
      throw new ConfluentqlError('UNKNOWN_NAME', `no column "${name}": rows of the API have no number`, {
        span: spanOf(core.parent.query.source, node.name),
        hint: 'number them with row_number() OVER (ORDER BY …)',
      })
    }
  }

  #remember(column: BoundColumn, isTested: boolean): void {
    this.#columns.set(column.node, column)
    const { relation } = column
    if (relation.kind === 'ref') relation.ref.used.add(column.column.toLowerCase())
    if (isTested) this.tested.push(column)
  }

  #splice(column: BoundColumn, qualifier: number, use: Use): void {
    const { source, node, relation } = column
    const below = [...column.path, ...column.implied]
    // In a query of its own there is no USING, so the name would be ambiguous.
    if (qualifier === 0 && isMergedName(relation.core, column.column))
      this.#splices.addApart(
        source,
        node.name,
        typedField(columnText(aliasApart(relation), column.column, below), column, use),
      )
    if (below.length === 0 && qualifier === 0 && isShadowed(column)) {
      const isAmbiguous = (): boolean =>
        tablesBeside(column).some(r => usedHidden(r).includes(column.column.toLowerCase()))
      const text = `${quote(relation.alias)}.${quote(column.column)}`
      this.#splices.add(source, node.name, () =>
        isAmbiguous() ? text : this.#splices.original(source, node.name),
      )
      return
    }
    const qualified = `${quote(column.relation.alias)}.${quote(column.column)}`
    const hasOtherName = !same(node.parts[qualifier]!, column.column)
    if (below.length === 0 && hasOtherName) {
      this.#splices.add(source, node.name, qualified)
      return
    }
    if (below.length === 0 && qualifier < 2) return
    const { from } = node.name
    const written = this.#splices.original(source, { from, to: from + qualifier * 2 + 1 })
    const name = qualifier >= 2 || hasOtherName ? qualified : written
    this.#splices.add(
      source,
      node.name,
      below.length === 0 ? name : typedField(fieldText(name, below), column, use),
    )
  }
}
