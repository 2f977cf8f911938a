import { rejectsNull } from '../../sql/properties.ts'
import { leaves, type ClauseName } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  aliasApart,
  coresOf,
  enclosingQueries,
  relationRefs,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Relation,
  type TableRef,
} from '../binding/bound.ts'
import { queryOf, type ExpressionAnalysis } from '../predicates/analysis.ts'
import { isNullable, isUnder, nulledWith, onFilters, type Conjunct } from '../predicates/conjuncts.ts'
import { quote } from '../splice.ts'

/** A query over loaded tables that gives parameter values, and the tables that it reads. */
export interface KeyQuery {
  readonly sql: string
  readonly refs: readonly TableRef[]
}

/** Where the table to be loaded stands in a core: in one of its relations, or in a subquery of a clause. */
export type Place =
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'subquery'; readonly clause: ClauseName }
  | { readonly kind: 'unknown' }

/** What a key query is made of. */
interface KeyQueryParts {
  readonly core: BoundCore
  /** SQL of the result columns. */
  readonly expressions: readonly string[]
  /** Further conditions, as SQL. */
  readonly tests: readonly string[]
  /** The relations that the expressions read. */
  readonly relations: readonly Relation[]
  readonly place: Place
  /** Conditions of the core. */
  readonly conjuncts: readonly Conjunct[]
}

/**
 * The distinct values of expressions over relations of a core: `SELECT DISTINCT … FROM relations WHERE …`, with each
 * condition of the core that is over these relations alone and that every row which needs the table to be loaded meets.
 */
export function keyQuery(binder: Binder, analysis: ExpressionAnalysis, parts: KeyQueryParts): KeyQuery {
  const { core, expressions, relations, conjuncts, place } = parts
  const usable = conjuncts.filter(
    c => analysis.isOver(c.condition, relations) && mustHold(binder, core, c, relations, place),
  )
  const tests = [
    ...expressions.map(sql => `${sql} IS NOT NULL`),
    ...parts.tests,
    ...usable.map(c => `(${binder.splices.renderApart(c.condition.source, c.condition.range)})`),
  ]
  const from = leaves(core.core.from)
    .map(leaf => core.relationOf.get(leaf)!)
    .filter(r => relations.includes(r))
    .map(r => fromText(binder, core, r))
  const columns = expressions.map((sql, i) => `${sql} AS p${i}`)
  const ctes = withText(binder, core.parent, relations)
  return {
    sql: `${ctes}SELECT DISTINCT ${columns.join(', ')} FROM ${from.join(', ')} WHERE ${tests.join(' AND ')}`,
    refs: [...new Set(relations.flatMap(r => relationRefs(r)))],
  }
}

/**
 * Whether every row of the relations that needs the table to be loaded meets the condition. A condition that is true
 * where relations are NULL can also be met by a row that an outer join adds only because the table's rows are not loaded,
 * so there it must reject NULL.
 */
function mustHold(
  binder: Binder,
  core: BoundCore,
  c: Conjunct,
  relations: readonly Relation[],
  place: Place,
): boolean {
  const target = place.kind === 'relation' ? place.relation : undefined
  if (!decidesRows(core, c, relations, target)) return false
  const isBehindJoins = place.kind === 'subquery' && place.clause !== 'on'
  const nulled = target
    ? nulledWith(core, target, relations, c.join)
    : isBehindJoins
      ? []
      : relations.filter(r => isNullable(core, r)).map(r => [r])
  return nulled.every(missing =>
    rejectsNull(c.condition, e => {
      const column = binder.columnOf(e)
      return column !== undefined && missing.includes(column.relation)
    }),
  )
}

/** Whether a condition removes rows of the relations: the ON of an outer join keeps the rows of its preserved side. */
function decidesRows(
  core: BoundCore,
  { join }: Conjunct,
  relations: readonly Relation[],
  target: Relation | undefined,
): boolean {
  if (!join || join.type === 'inner') return true
  if (join.type === 'full') return false
  if (target && onFilters(core, join, target)) return true
  const nullable = join.type === 'left' ? join.right : join.left
  return relations.some(r => isUnder(core, nullable, r))
}

/** A relation as it stands in FROM of a key query. */
function fromText(binder: Binder, core: BoundCore, relation: Relation): string {
  const { source } = core.parent.query
  const alias = quote(aliasApart(relation))
  if (relation.kind === 'ref') return `${quote(relation.ref.table)} AS ${alias}`
  if (relation.kind === 'cte') return `${quote(relation.cte.name)} AS ${alias}`
  if (relation.kind === 'local') return `${relation.schema}.${quote(relation.table)} AS ${alias}`
  if (relation.kind === 'function')
    return `${relation.node.name}(${binder.splices.renderApart(source, relation.node.inside)}) AS ${alias}`
  return `(${binder.splices.render(relation.query.query.source, relation.query.query.range)}) AS ${alias}`
}

/** The WITH clause that defines the CTEs which relations read, for a text taken out of `query`. */
export function withText(binder: Binder, query: BoundQuery, relations: readonly Relation[]): string {
  const needed = new Set<BoundCte>()
  for (const relation of relations) addCtes(relation, needed)
  const queries = enclosingQueries(query)
  const ctes = queries
    .flatMap(q => q.query.ctes.map(cte => ({ cte, bound: q.ctes.get(cte.name.toLowerCase())! })))
    .filter(c => needed.has(c.bound))
  if (ctes.length === 0) return ''
  const texts = ctes.map(({ cte }) => {
    const columns = cte.columns ? `(${cte.columns.map(quote).join(', ')})` : ''
    return `${quote(cte.name)}${columns} AS (${binder.splices.render(cte.query.source, cte.query.range)})`
  })
  return `WITH ${queries.some(q => q.query.recursive) ? 'RECURSIVE ' : ''}${texts.join(', ')} `
}

function addCtes(relation: Relation, needed: Set<BoundCte>): void {
  if (relation.kind === 'cte' && needed.has(relation.cte)) return
  if (relation.kind === 'cte') needed.add(relation.cte)
  const query = queryOf(relation)
  if (!query) return
  for (const core of coresOf(query))
    for (const inner of core.relations) if (inner !== relation) addCtes(inner, needed)
}
