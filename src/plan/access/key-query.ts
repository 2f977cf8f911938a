import type { Expression } from '../../sql/expression.ts'
import { leaves } from '../../sql/query.ts'
import type { Binder } from '../binding/binder.ts'
import {
  queryOf,
  aliasApart,
  coresOf,
  enclosingQueries,
  refsOf,
  relationRefs,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Relation,
  type TableRef,
} from '../binding/bound.ts'
import { columnText, quote } from '../splice.ts'
import type { Conditions } from './conditions.ts'
import { mustHold, type Place } from './must-hold.ts'
import { outerConditions, type OuterConditions } from './outer-conditions.ts'

/** A query over loaded tables that gives parameter values, and the tables that it reads. */
export interface KeyQuery {
  readonly sql: string
  readonly refs: readonly TableRef[]
}

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
  /** Whether all tables that a query reads are loaded before. */
  readonly isLoaded: (query: BoundQuery) => boolean
}

/**
 * The distinct values of expressions over relations of a core: `SELECT DISTINCT … FROM relations WHERE …`, with each
 * condition of the core and of the queries around it that is over these relations alone and that every row which needs
 * the table to be loaded meets.
 */
export function keyQuery(conditions: Conditions, parts: KeyQueryParts): KeyQuery {
  const { binder, analysis } = conditions
  const { core, expressions, relations, place, isLoaded } = parts
  const own = conditions.conjunctsOf(core).flatMap(c => {
    const queries = analysis.queriesOver(c.condition, relations)
    const isUsable = queries?.every(isLoaded) === true && mustHold(binder, core, c, relations, place)
    return isUsable ? [{ condition: c.condition, queries }] : []
  })
  const isNamed = namesApart(core)
  const outer = outerConditions(conditions, core, relations, place, q => isLoaded(q) && isNamed(q))
  const queries = [...own.flatMap(c => c.queries), ...outer.flatMap(level => level.queries)]
  const tests = [
    ...expressions.map(sql => `${sql} IS NOT NULL`),
    ...parts.tests,
    ...own.map(c => test(binder, c.condition)),
  ]
  const from = leaves(core.core.from)
    .map(leaf => core.relationOf.get(leaf)!)
    .filter(r => relations.includes(r))
    .map(r => fromText(binder, core, r))
  const keys = expressions.map((sql, i) => `${sql} AS ${KEY(i)}`)
  let sql = `SELECT DISTINCT ${[...keys, ...columnTexts(outer[0])].join(', ')} FROM ${from.join(', ')} WHERE ${tests.join(' AND ')}`
  outer.forEach(({ reader, conditions: around }, i) => {
    const columns = [...expressions.map((_, k) => KEY(k)), ...columnTexts(outer[i + 1])]
    const where = around.map(condition => test(binder, condition))
    sql = `SELECT DISTINCT ${columns.join(', ')} FROM (${sql}) AS ${quote(aliasApart(reader))}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`
  })
  const read = [...relations, ...queries.flatMap(q => coresOf(q).flatMap(c => c.relations))]
  return {
    sql: withText(binder, [core.parent, ...outer.map(level => level.reader.core.parent)], read) + sql,
    refs: [...new Set([...relations.flatMap(r => relationRefs(r)), ...queries.flatMap(q => refsOf(q))])],
  }
}

const KEY = (i: number): string => `"key~${i}"`

function test(binder: Binder, { source, range }: Expression): string {
  return `(${binder.splices.renderApart(source, range)})`
}

/** The columns that the conditions of a level need, as result columns of the query below it. */
function columnTexts(level: OuterConditions | undefined): string[] {
  return [...(level?.columns ?? [])].map(
    ([name, { relation, column, path }]) =>
      `${columnText(aliasApart(relation), column, path)} AS ${quote(name)}`,
  )
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

/**
 * Whether the CTEs that a query around `core` reads can be defined in the same WITH as those of `core` and of the queries
 * asked for before: not if a name there means something else.
 */
function namesApart(core: BoundCore): (query: BoundQuery) => boolean {
  const meanings = new Map<string, BoundCte | undefined>()
  for (const query of enclosingQueries(core.parent))
    for (const [name, cte] of query.ctes) meanings.set(name, cte)
  for (const relation of coresOf(core.parent).flatMap(c => c.relations))
    if (relation.kind === 'local') meanings.set(relation.table.toLowerCase(), undefined)
  return query => {
    const ctes = ctesOf(coresOf(query).flatMap(c => c.relations))
    const isApart = [...ctes].every(cte => {
      const name = cte.name.toLowerCase()
      return !meanings.has(name) || meanings.get(name) === cte
    })
    if (isApart) for (const cte of ctes) meanings.set(cte.name.toLowerCase(), cte)
    return isApart
  }
}

/** The WITH clause that defines the CTEs which relations read, for texts taken out of some queries. */
export function withText(
  binder: Binder,
  from: readonly BoundQuery[],
  relations: readonly Relation[],
): string {
  const needed = ctesOf(relations)
  const queries = [...new Set(from.flatMap(enclosingQueries))]
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

function ctesOf(relations: readonly Relation[]): Set<BoundCte> {
  const needed = new Set<BoundCte>()
  for (const relation of relations) addCtes(relation, needed)
  return needed
}

function addCtes(relation: Relation, needed: Set<BoundCte>): void {
  if (relation.kind === 'cte' && needed.has(relation.cte)) return
  if (relation.kind === 'cte') needed.add(relation.cte)
  const query = queryOf(relation)
  if (!query) return
  for (const core of coresOf(query))
    for (const inner of core.relations) if (inner !== relation) addCtes(inner, needed)
}
