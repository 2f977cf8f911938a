import type { ColumnReference, Exists, Expression, InQuery } from '../../sql/expression.ts'
import type { Binder } from '../binding/binder.ts'
import { pathOf, type BoundColumn, type BoundCore, type BoundQuery, type Relation } from '../binding/bound.ts'
import { same } from '../binding/columns.ts'
import { joinsOf } from '../binding/joins.ts'
import { lookup, type ResolvedColumn } from '../binding/scope.ts'
import { columnsBelow, nodesOf, operationsIn, ownNodes } from '../binding/traverse.ts'
import { writtenText } from '../names.ts'
import { quote } from '../splice.ts'
import { comparisons } from './comparisons.ts'
import { conjunctsOf } from './conjuncts.ts'
import type { Mistakes } from './mistakes.ts'
import { textOf as shown } from './null-comparisons.ts'

/** A name in a subquery that is probably meant as a column of another query than SQL takes it for. */
interface Captured {
  readonly node: Expression
  readonly text: string
}

/**
 * Notes names without a table in subqueries that SQL resolves to another query than is probably meant. The subquery then selects all
 * rows or none:
 * - `email IN (SELECT email FROM keys)`, where only the outer query has a column email: each row has its own value;
 * - `EXISTS (SELECT 1 FROM keys k WHERE k.owner = id)`, where both queries have a column id: no row of the outer query is compared.
 *   So it is in `EXISTS (SELECT 1 FROM keys k WHERE k.state = 'old')`.
 *
 * A name with its table is always accepted.
 */
export function noteCapturedNames(mistakes: Mistakes): void {
  const { binder, root } = mistakes
  for (const node of operationsIn(nodesOf(root.query))) {
    if (node.kind !== 'subquery' && node.kind !== 'exists' && node.kind !== 'in query') continue
    const query = binder.boundQuery(node.query)
    if (query.query.form === 'table') continue
    const captured = [
      ...query.cores.flatMap(core => outerNames(binder, core, node.kind === 'exists')),
      ...innerNames(binder, query, node),
    ]
    for (const { node: name, text } of captured) mistakes.addAbout(name, text, false)
    if (captured.length === 0 && node.kind === 'exists') noteUnrelated(mistakes, node, query)
  }
}

/** Notes a condition EXISTS with no column of the outer query, unless a condition there gives the values of a column. */
function noteUnrelated(mistakes: Mistakes, node: Exists, query: BoundQuery): void {
  const { analysis, binder } = mistakes
  const { outer, clause } = query
  if (!outer || outer.relations.length === 0 || (clause !== 'where' && clause !== 'on')) return
  if (query.cores.some(({ core }) => !core.from) || analysis.isCorrelated(query)) return
  const isGiven = (e: Expression): boolean =>
    comparisons(e).some(
      ({ left, right, operator }) =>
        operator === '=' && binder.columnOf(left)?.relation.core === outer && analysis.isConstant(right),
    )
  if (conjunctsOf(outer).some(({ condition: e }) => !('negated' in e && e.negated) && isGiven(e))) return
  mistakes.add(
    node,
    binder.refs[0],
    `no condition of ${shown(node)} has a column of the outer query, so it is the same for every row: add one, or write (SELECT count(*) FROM …) > 0 if that is meant`,
    false,
  )
}

/** Names of the outer query in operands of conditions, and in result columns, that have no column of the subquery. */
function outerNames(binder: Binder, core: BoundCore, isExists: boolean): Captured[] {
  if (!core.core.from) return []
  const results = isExists ? [] : core.core.items.filter(i => !i.star).map(i => i.expr)
  return [...conditionsOf(core), ...results].flatMap(e => {
    if (binder.columnsIn(e).some(c => c.relation.core === core) || countsRows(e)) return []
    const column = columnsBelow(ownNodes(e), binder).find(isUnqualified)
    if (!column) return []
    const name = textOf(column)
    return {
      node: column.node,
      text: `no table of the subquery has a column ${name}, so it is that of the outer query: ${writeColumn(column.relation, column.node, core)} if that is meant`,
    }
  })
}

/** Whether an expression is about the rows of the subquery, although it names none of its columns. */
function countsRows(e: Expression): boolean {
  return ownNodes(e).some(node => node.kind === 'call' && (node.star || node.over !== undefined))
}

/** Names of a subquery in comparisons of two columns of one table, if the outer query has them too and is compared with nothing. */
function innerNames(binder: Binder, query: BoundQuery, node: Expression): Captured[] {
  const nodes = nodesOf(query.query)
  const outside = outerCores(query)
  if (nodes.some(e => binder.isUnresolved(e) || outside.has(binder.columnOf(e)?.relation.core as BoundCore)))
    return []
  return query.cores.flatMap(core => {
    const itself = node.kind === 'in query' ? ownRelation(binder, node, core) : undefined
    return conditionsOf(core).flatMap(condition =>
      comparisons(condition).flatMap(({ left, right }) => {
        const [a, b] = [binder.columnOf(left), binder.columnOf(right)]
        if (!a || !b || a.relation !== b.relation || a.relation.core !== core || a.relation === itself)
          return []
        // both names without a table may be meant, unless EXISTS is to look at the row around it
        if (node.kind !== 'exists' && isWithoutTable(a) && isWithoutTable(b)) return []
        const column = [a, b].filter(isUnqualified).find(c => outerColumn(query, c))
        if (!column) return []
        const outer = outerColumn(query, column)!
        const own = qualified(column.relation, column.node, core)
        return {
          node: column.node,
          text: `${textOf(column)} is a column of the subquery, which is the same for each row of the outer query: ${writeColumn(outer.relation, column.node, core)} for the column of the outer query${own === undefined ? '' : `, or ${own} if that of the subquery is meant`}`,
        }
      }),
    )
  })
}

/**
 * The table of a subquery that IN compares with the same columns of the same table outside: `id IN (SELECT t.id FROM users t WHERE …)`.
 * Both rows are the same one, so its names mean the same in either query.
 */
function ownRelation(binder: Binder, { left }: InQuery, { outputs }: BoundCore): Relation | undefined {
  const relation = outputs?.[0]?.from?.relation
  const columns = left.kind === 'row' ? left.items : [left]
  const isSame = columns.every((e, i) => {
    const [a, b] = [binder.columnOf(e), outputs?.[i]?.from]
    if (!a || !b || b.relation !== relation || !isSameTable(a.relation, b.relation)) return false
    const { path } = pathOf(a)
    return same(a.column, b.column) && path.join('\0') === b.path.join('\0')
  })
  return isSame ? relation : undefined
}

function isSameTable(a: Relation, b: Relation): boolean {
  if (a.kind === 'ref') return b.kind === 'ref' && a.ref.resource === b.ref.resource
  if (a.kind === 'local') return b.kind === 'local' && a.table === b.table && a.schema === b.schema
  if (a.kind === 'cte') return b.kind === 'cte' && a.cte === b.cte
  return a.kind === 'derived' && b.kind === 'derived' && a.view !== undefined && a.view === b.view
}

/** The operands of AND, OR and NOT in the conditions of a core. */
function conditionsOf({ core }: BoundCore): Expression[] {
  return [core.where, core.having, ...joinsOf(core.from).map(j => j.on)].flatMap(e =>
    e ? operandsOf(e) : [],
  )
}

function operandsOf(e: Expression): Expression[] {
  if (e.kind === 'and' || e.kind === 'or') return e.operands.flatMap(operandsOf)
  return e.kind === 'not' ? operandsOf(e.operand) : [e]
}

/** What the name of a column means in the query around a subquery. */
function outerColumn({ outer }: BoundQuery, { node }: BoundColumn): ResolvedColumn | undefined {
  const found = lookup(outer!, node.parts, 'where')
  return found?.kind === 'column' && !found.isHidden ? found : undefined
}

/** Whether a column is written without its table, and not as a field in SQLite's spelling. */
const isUnqualified = (column: BoundColumn): boolean => !column.isJson && isWithoutTable(column)

function isWithoutTable({ core, node, isAlias }: BoundColumn): boolean {
  if (isAlias) return false
  const found = lookup(core, node.parts, 'where')
  return found?.kind === 'column' && found.qualifier === 0
}

/** The name with its table, if that means the column in a core. */
function qualified(
  relation: Relation,
  { parts, source, range }: ColumnReference,
  core: BoundCore,
): string | undefined {
  const { alias } = relation
  if (alias === '') return undefined
  const found = lookup(core, [alias, ...parts], 'where')
  if (found?.kind !== 'column' || found.relation !== relation) return undefined
  return `${/^[a-z_]\w*$/i.test(alias) ? alias : quote(alias)}.${writtenText(source, range)}`
}

function writeColumn(relation: Relation, column: ColumnReference, core: BoundCore): string {
  const name = qualified(relation, column, core)
  return name === undefined
    ? `give the table an alias, and write it before ${writtenText(column.source, column.range)},`
    : `write ${name}`
}

const textOf = ({ node }: BoundColumn): string => writtenText(node.source, node.range)

function outerCores({ outer }: BoundQuery): ReadonlySet<BoundCore> {
  const cores = new Set<BoundCore>()
  for (let core = outer; core; core = core.parent.outer) cores.add(core)
  return cores
}
