import { children, type Expression } from '../../sql/expression.ts'
import { coresOf, type BoundCore, type BoundQuery } from '../binding/bound.ts'
import { joinsOf } from '../binding/joins.ts'
import { coreNodes, nodesBelow, subqueriesIn } from '../binding/traverse.ts'
import type { ExpressionAnalysis } from './analysis.ts'
import { splitAnd } from './conjuncts.ts'

/** Conditions of which one that may be an error is evaluated only for rows that the others do not decide. */
interface Group {
  /** `rows`: a row is selected if all are true. Otherwise the operands of AND or OR inside another expression. */
  readonly kind: 'rows' | 'and' | 'or'
  readonly conditions: readonly Expression[]
}

/** The two halves of a change of the text: what is read of it before other changes, and what is written after them. */
interface Guard {
  readonly read: () => void
  readonly write: () => void
}

/**
 * The changes of the text by which a condition that may be an error is not evaluated for rows that other conditions exclude: SQLite
 * evaluates the operands of AND and the conditions of joins in an order of its own. A condition that may be an error itself excludes no row:
 * its value would not be known.
 *
 * @param mayFail whether an expression, apart from those in it, may be an error
 */
export function guardsOf(
  root: BoundQuery,
  analysis: ExpressionAnalysis,
  mayFail: (e: Expression) => boolean,
): readonly Guard[] {
  const fails = (e: Expression): boolean => nodesBelow(e).some(mayFail)
  return coresOf(root).flatMap(core =>
    groupsOf(core).flatMap(({ kind, conditions }) =>
      conditions.flatMap(e => {
        if (!fails(e)) return []
        const others = conditions.filter(o => !fails(o) && !isOfTime(o))
        // keys are read by queries of some tables, with the conditions on these
        const isApart = (o: Expression): boolean => isOverSame(o, e, analysis)
        return [
          kind === 'rows' ? others.flatMap(o => withoutPropagation(o, analysis)) : [],
          guard(kind, e, others.filter(isApart), false, analysis),
          guard(
            kind,
            e,
            others.filter(o => !isApart(o)),
            true,
            analysis,
          ),
        ].flat()
      }),
    ),
  )
}

function groupsOf(bound: BoundCore): readonly Group[] {
  const { core } = bound
  const ons = joinsOf(core.from).map(({ on, type }) => ({ type, conditions: on ? splitAnd(on) : [] }))
  const where = core.where ? splitAnd(core.where) : []
  const isInner = ons.every(({ type }) => type === 'inner')
  const rows = isInner
    ? [[...ons.flatMap(on => on.conditions), ...where]]
    : [where, ...ons.map(on => on.conditions)]
  if (core.having) rows.push(splitAnd(core.having))
  const chains = new Set(
    [core.where, core.having, ...joinsOf(core.from).map(j => j.on)].flatMap(e => (e ? chainOf(e) : [])),
  )
  const inside = coreNodes(core).flatMap((e): Group[] => {
    if ((e.kind !== 'and' && e.kind !== 'or') || chains.has(e)) return []
    for (const inner of chainOf(e).slice(1)) chains.add(inner)
    return [{ kind: e.kind, conditions: e.kind === 'and' ? splitAnd(e) : e.operands }]
  })
  return [...rows.map(conditions => ({ kind: 'rows' as const, conditions })), ...inside]
}

/** An AND with those that are its operands. */
function chainOf(e: Expression): readonly Expression[] {
  return e.kind === 'and' ? [e, ...children(e).flatMap(chainOf)] : []
}

function guard(
  kind: Group['kind'],
  { source, range }: Expression,
  others: readonly Expression[],
  isOfQuery: boolean,
  { binder: { splices } }: ExpressionAnalysis,
): readonly Guard[] {
  if (others.length === 0) return []
  let [before, after] = ['', '']
  return [
    {
      read: () => {
        const texts = others.map(o => `(${splices.render(o.source, o.range, false)})`)
        if (kind === 'or')
          [before, after] = [`CASE WHEN (${texts.join(' OR ')}) IS TRUE THEN 1 ELSE `, ' END']
        else if (kind === 'and')
          [before, after] = [`CASE WHEN (${texts.join(' AND ')}) IS FALSE THEN 0 ELSE `, ' END']
        else [before, after] = [`CASE WHEN ${texts.join(' AND ')} THEN `, ' END']
      },
      write: () => {
        if (isOfQuery) splices.wrapWhole(source, range, () => before, after)
        else splices.wrap(source, range, before, after)
      },
    },
  ]
}

/**
 * Where a column equals a constant, SQLite replaces the column by that in all other conditions of the clause (https://sqlite.org/optoverview.html#constant_propagation),
 * so that none of them excludes a row by it.
 */
function withoutPropagation(
  { kind, source, range }: Expression,
  { binder: { splices } }: ExpressionAnalysis,
): readonly Guard[] {
  if (kind !== 'comparison' && kind !== 'in list') return []
  return [{ read: () => undefined, write: () => splices.wrap(source, range, '((', ') IS TRUE)') }]
}

/** Whether a condition has columns of no other relations than another one, and no subquery. */
function isOverSame(o: Expression, e: Expression, analysis: ExpressionAnalysis): boolean {
  const relations = new Set(analysis.columnsIn(e).map(c => c.relation))
  return subqueriesIn(o).length === 0 && analysis.columnsIn(o).every(c => relations.has(c.relation))
}

/** Whether a condition depends on the time, which is fixed later, when calls are chosen. */
function isOfTime(e: Expression): boolean {
  return nodesBelow(e).some(
    n =>
      n.kind === 'literal'
      && (n.type === 'time' || (n.type === 'string' && /^now$/i.test(n.source.tokens[n.at]!.value))),
  )
}
