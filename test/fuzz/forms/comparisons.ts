import { columnNode, impliedNode, isBinaryScalar, type Relation, type ColumnRef } from '../scope.ts'
import { group, list, predicate, value, type Node } from '../tree.ts'
import {
  isListable,
  scalars,
  refsOf,
  where,
  type FormBuilder,
  type FormStatement,
  type TableRef,
} from './form-builder.ts'

/** A column, or an object that stands for one of its fields, compared with constants through expressions that preserve its value. */
export function comparison(builder: FormBuilder): FormStatement {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.4))
  const conditions = [...builder.keys(t), comparisonOf(builder, t.relation)]
  if (r.chance(0.3)) conditions.push(comparisonOf(builder, t.relation))
  return { tree: inClause(builder, t, conditions) }
}

/** The conditions in WHERE, ON, HAVING, FILTER, the select list, or a CTE. */
function inClause(builder: FormBuilder, t: TableRef, conditions: readonly Node[]): Node {
  const r = builder.random
  const keys = conditions.slice(0, -1)
  const last = conditions.at(-1)!
  const shown = builder.column(r.pick(scalars(t.relation)))
  const query = (...rest: (string | Node)[]): Node => group('query', ...rest)
  switch (r.int(0, 9)) {
    case 0:
      return query('SELECT count(*) FILTER (WHERE ', last, ') AS c1 FROM ', t.node, where(keys))
    case 1:
      return query('SELECT ', shown, ' AS c1, (', last, ') AS c2 FROM ', t.node, where(keys))
    case 2:
      return query(
        'SELECT max(',
        shown,
        ') AS c1, min(',
        shown,
        ') AS c2 FROM ',
        t.node,
        where(keys),
        ' HAVING count(CASE WHEN ',
        last,
        ' THEN 1 END) > 0',
      )
    case 3: {
      const o = builder.joinable(scalars(t.relation))
      const equal = builder.equality(scalars(o.relation), scalars(t.relation)) ?? predicate('TRUE')
      const all = list([equal, ...r.sample(conditions, conditions.length)], ' AND ', 1, ' ON ')
      return builder.select(
        [o.relation, t.relation],
        ' FROM ',
        o.node,
        r.pick([' JOIN ', ' LEFT JOIN ']),
        t.node,
        all,
      )
    }
    case 4:
      return query(
        'WITH c AS MATERIALIZED (',
        builder.select([t.relation], ' FROM ', t.node, where(conditions)),
        ') SELECT * FROM c',
      )
    default:
      return builder.select([t.relation], ' FROM ', t.node, where(r.sample(conditions, conditions.length)))
  }
}

/** A condition that is usually true for some row. */
export function comparisonOf(builder: FormBuilder, relation: Relation): Node {
  const r = builder.random
  const implied = refsOf(relation).filter(u => u.col.implied)
  if (implied.length > 0 && r.chance(0.35)) {
    const ref = r.pick(implied)
    const path = [...ref.col.path, ...ref.col.implied!]
    const field = {
      relation,
      col: relation.cols.find(c => c.name === ref.col.name && c.path.join() === path.join())!,
    }
    return condition(
      builder,
      relation,
      field,
      impliedNode(ref, { relations: [relation], outer: undefined, merged: [] }, r),
    )
  }
  const ref = r.pick(scalars(relation))
  return condition(
    builder,
    relation,
    ref,
    columnNode(ref, { relations: [relation], outer: undefined, merged: [] }, r),
  )
}

function condition(builder: FormBuilder, relation: Relation, ref: ColumnRef, column: Node): Node {
  const r = builder.random
  const c = wrapColumn(builder, ref, column)
  const literal = (): Node => constant(builder, builder.literal(ref))
  const [low, high] = [builder.literal(ref), builder.literal(ref)]
  const other = r.pick(scalars(relation))
  const [mine, theirs] = builder.row([ref, other]) as [Node, Node]
  const pair = (): Node => value('(', list(builder.row([ref, other]), ', ', 2), ')')
  const both = value('(', c, ', ', wrapColumn(builder, other, builder.column(other)), ')')
  const same = scalars(relation).filter(u => u.col.of === ref.col.of)
  return r.pick([
    predicate(c, r.pick([' = ', ' == ', ' IS ', ' IS NOT DISTINCT FROM ']), literal()),
    predicate(literal(), r.pick([' = ', ' IS ']), c),
    predicate(c, ' IN (', list([literal(), literal(), literal()], ', '), ')'),
    predicate(literal(), ' IN (', list([c, ...r.sample(same, 2).map(u => builder.column(u))], ', '), ')'),
    predicate(
      c,
      r.pick([' BETWEEN ', ' NOT BETWEEN ']),
      'min(',
      low,
      ', ',
      high,
      ') AND max(',
      low,
      ', ',
      high,
      ')',
    ),
    predicate(c, ' BETWEEN ', low, ' AND ', low),
    predicate(low, ' BETWEEN ', c, ' AND ', c),
    predicate(both, r.pick([' = ', ' IS ']), '(', mine, ', ', theirs, ')'),
    predicate('(', mine, ', ', theirs, ') = ', both),
    predicate(both, ' IN (VALUES ', list([pair(), pair(), pair()], ', '), ')'),
    predicate('(', list([mine, theirs], ', ', 2), ') IN (VALUES ', both, ')'),
    predicate(c, ' = (SELECT ', literal(), ')'),
    predicate('(SELECT ', literal(), ') = ', c),
    predicate(c, ' IN (SELECT ', literal(), ' UNION ALL SELECT ', literal(), ')'),
    predicate(c, r.pick([' <> ', ' < ', ' >= ', ' IS NOT ']), literal()),
    predicate('(', c, ' = ', literal(), ' OR ', literal(), ' = ', c, ')'),
    predicate('NOT (', c, ' <> ', literal(), ')'),
    predicate('CASE ', c, ' WHEN ', literal(), ' THEN 1 WHEN ', literal(), ' THEN 1 ELSE 0 END'),
    subqueryComparison(builder, ref, c),
  ])
}

/** The column compared with a subquery over a resource. */
function subqueryComparison(builder: FormBuilder, ref: ColumnRef, c: Node): Node {
  const r = builder.random
  const o = builder.joinable([ref])
  const found = scalars(o.relation).filter(u => u.col.of === ref.col.of)
  const x = builder.column(found.length > 0 ? r.pick(found) : r.pick(scalars(o.relation)))
  return r.pick([
    predicate(c, ' = (SELECT ', r.pick(['max', 'min']), '(', x, ') FROM ', o.node, ')'),
    predicate(c, ' IN (SELECT ', x, ' FROM ', o.node, ')'),
    predicate('(', c, ', 1) IN (SELECT ', x, ', 1 FROM ', o.node, ')'),
    predicate('EXISTS (SELECT 1 FROM ', o.node, ' WHERE ', x, ' = ', c, ')'),
    predicate('EXISTS (SELECT ', x, ' INTERSECT SELECT ', c, ' FROM ', o.node, ')'),
  ])
}

/** The column in an expression that usually returns its value. */
function wrapColumn(builder: FormBuilder, ref: ColumnRef, c: Node): Node {
  const r = builder.random
  const literal = builder.literal(ref)
  if (r.chance(0.2)) return c
  const made = r.pick([
    value('(', c, ')'),
    value('((', c, '))'),
    value('+', c),
    value('CASE WHEN 1 THEN ', c, ' END'),
    value('CASE WHEN ', c, ' = ', literal, ' THEN ', c, ' ELSE ', literal, ' END'),
    value('coalesce(', c, ', ', literal, ')'),
    value('coalesce(NULL, ', c, ')'),
    value('nullif(', c, ', ', literal, ')'),
    value('ifnull(', c, ', ', c, ')'),
    value('iif(1, ', c, ', NULL)'),
    value('(SELECT ', c, ')'),
    value('(', c, ' COLLATE BINARY)'),
    value('+(', c, ')'),
    value('(+', c, ')'),
  ])
  return r.chance(0.15) && isBinaryScalar(ref) ? value('(', made, ')') : made
}

function constant(builder: FormBuilder, literal: Node): Node {
  return builder.random.weighted([
    [6, literal],
    [1, value('(', literal, ')')],
    [1, value('+', literal)],
    [1, value('coalesce(NULL, ', literal, ')')],
    [1, value('(SELECT ', literal, ')')],
    [1, value('CASE WHEN TRUE THEN ', literal, ' END')],
    [1, value('nullif(', literal, ", 'no such value')")],
  ])
}
