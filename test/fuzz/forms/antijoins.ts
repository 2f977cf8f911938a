import type { Relation, ColumnRef } from '../scope.ts'
import { fixed, group, list, predicate, value, type Node } from '../tree.ts'
import { comparisonOf } from './comparisons.ts'
import {
  hasKeyColumns,
  needsKey,
  on,
  scalars,
  where,
  type FormBuilder,
  type FormStatement,
  type TableRef,
} from './form-builder.ts'

/** The nullable side of an outer join. */
interface NullableSide {
  readonly node: Node
  readonly relations: readonly Relation[]
  readonly on: readonly Node[]
}

/** An outer join with a condition that keeps the rows without a match. */
export function antiJoin(builder: FormBuilder): FormStatement {
  const r = builder.random
  const preserved = builder.table(t => hasKeyColumns(t) || r.chance(0.2))
  const mine = scalars(preserved.relation)
  const side = r.weighted<(builder: FormBuilder, preserved: TableRef) => NullableSide>([
    [3, singleTable],
    [5, parenthesizedJoin],
    [2, nestedJoin],
    [2, derivedTable],
    [2, existsInOn],
  ])(builder, preserved)
  const before = builder.keys(preserved)
  const equal = list([...side.on, ...(r.chance(0.1) ? [predicate('TRUE')] : [])], ' AND ', 1, ' ON ')
  const isLeftJoin = side.relations.length > 0 && r.chance(0.8)
  const join = isLeftJoin
    ? fixed(preserved.node, r.pick([' LEFT JOIN ', ' LEFT OUTER JOIN ']), side.node, equal)
    : fixed(side.node, ' RIGHT JOIN ', preserved.node, equal)
  const theirs = scalars(...side.relations)
  const chained = isLeftJoin && r.chance(0.25) ? chainedJoin(builder, side) : undefined
  const from = chained ? fixed(join, chained.node) : join
  const all = chained ? [...theirs, ...scalars(...chained.relations)] : theirs
  const conditions = [...before, nullCondition(builder, r.pick(all), mine)]
  if (r.chance(0.3)) conditions.push(notExistsCondition(builder, r.pick(all), theirs))
  if (r.chance(0.2)) conditions.push(predicate(builder.column(r.pick(mine)), ' IS NOT NULL'))
  if (r.chance(0.15)) conditions.push(comparisonOf(builder, preserved.relation))
  const relations = [preserved.relation, ...side.relations, ...(chained?.relations ?? [])]
  return { tree: wrapped(builder, relations, from, r.sample(conditions, conditions.length)) }
}

/** The query itself, or within an aggregate, a derived table or a CTE. */
function wrapped(
  builder: FormBuilder,
  relations: readonly Relation[],
  from: Node,
  conditions: readonly Node[],
): Node {
  const r = builder.random
  const query = builder.select(relations, ' FROM ', from, where(conditions))
  return r.weighted([
    [6, group('query', query)],
    [1, group('query', 'SELECT count(*) FROM (', query, ') AS q')],
    [1, group('query', 'SELECT q.c1 FROM (', query, ') AS q WHERE q.c1 IS NOT NULL OR q.c1 IS NULL')],
    [1, group('query', 'WITH q AS (', query, ') SELECT * FROM q')],
  ])
}

function singleTable(builder: FormBuilder, preserved: TableRef): NullableSide {
  const b = builder.joinable(scalars(preserved.relation), () => true)
  return { node: b.node, relations: [b.relation], on: joinConditions(builder, preserved, b) }
}

/** Conditions that bind the keys of the right table, or another equality. */
function joinConditions(builder: FormBuilder, left: TableRef, right: TableRef): Node[] {
  const keys = builder.keys(right, scalars(left.relation))
  const equal = builder.equality(scalars(left.relation), scalars(right.relation))
  return equal && (keys.length === 0 || builder.random.chance(0.2)) ? [...keys, equal] : keys
}

/** A parenthesized join, in which one table binds the key of the other. */
function parenthesizedJoin(builder: FormBuilder, preserved: TableRef): NullableSide {
  const r = builder.random
  const b = builder.joinable(scalars(preserved.relation), hasKeyColumns)
  const k = builder.joinable(scalars(b.relation), needsKey)
  const inner = on(joinConditions(builder, b, k))
  const equal = builder.equality(scalars(preserved.relation), scalars(b.relation)) ?? predicate('TRUE')
  const node = r.weighted([
    [5, fixed('(', b.node, ' JOIN ', k.node, inner, ')')],
    [2, fixed('(', k.node, ' JOIN ', b.node, inner, ')')],
    [2, fixed('(', b.node, ' LEFT JOIN ', k.node, inner, ')')],
    [1, fixed('((', b.node, ' JOIN ', k.node, inner, '))')],
  ])
  return { node, relations: [b.relation, k.relation], on: [equal] }
}

function nestedJoin(builder: FormBuilder, preserved: TableRef): NullableSide {
  const r = builder.random
  const b = builder.joinable(scalars(preserved.relation))
  const c = builder.joinable(scalars(b.relation), hasKeyColumns)
  const k = builder.joinable(scalars(c.relation), needsKey)
  const keyed = fixed(
    '(',
    c.node,
    r.pick([' JOIN ', ' LEFT JOIN ']),
    k.node,
    on(joinConditions(builder, c, k)),
    ')',
  )
  const equal = builder.equality(scalars(b.relation), scalars(c.relation)) ?? predicate('TRUE')
  const node = fixed('(', b.node, r.pick([' JOIN ', ' LEFT JOIN ']), keyed, on([equal]), ')')
  return {
    node,
    relations: [b.relation, c.relation, k.relation],
    on: [builder.equality(scalars(preserved.relation), scalars(b.relation)) ?? predicate('TRUE')],
  }
}

function derivedTable(builder: FormBuilder, preserved: TableRef): NullableSide {
  const r = builder.random
  const b = builder.joinable(scalars(preserved.relation), hasKeyColumns)
  const k = builder.joinable(scalars(b.relation), needsKey)
  const refs = [r.pick(scalars(b.relation)), r.pick(scalars(b.relation)), r.pick(scalars(k.relation))]
  const alias = builder.name('d')
  const cols = refs.map((u, i) => ({ name: `y${i}`, path: [], of: u.col.of }))
  const node = fixed(
    '(SELECT ',
    list(
      refs.map((u, i) => fixed(builder.column(u), ` AS y${i}`)),
      ', ',
      refs.length,
    ),
    ' FROM ',
    b.node,
    ' JOIN ',
    k.node,
    on(joinConditions(builder, b, k)),
    `) AS ${alias}`,
  )
  const relation = { alias, cols }
  return {
    node,
    relations: [relation],
    on: [builder.equality(scalars(preserved.relation), scalars(relation)) ?? predicate('TRUE')],
  }
}

/** An EXISTS in ON over a table whose key the nullable side binds. */
function existsInOn(builder: FormBuilder, preserved: TableRef): NullableSide {
  const b = builder.joinable(scalars(preserved.relation), hasKeyColumns)
  const k = builder.joinable(scalars(b.relation), needsKey)
  const not = builder.random.chance(0.3) ? 'NOT ' : ''
  const inner = predicate(not, 'EXISTS (SELECT 1 FROM ', k.node, where(joinConditions(builder, b, k)), ')')
  return {
    node: b.node,
    relations: [b.relation],
    on: [builder.equality(scalars(preserved.relation), scalars(b.relation)) ?? predicate('TRUE'), inner],
  }
}

/** Another outer join, whose key the nullable side binds. */
function chainedJoin(builder: FormBuilder, side: NullableSide): Pick<NullableSide, 'node' | 'relations'> {
  const k = builder.joinable(scalars(...side.relations), needsKey)
  const keys = on(builder.keys(k, scalars(...side.relations)))
  return { node: fixed(' LEFT JOIN ', k.node, keys), relations: [k.relation] }
}

/** A condition that is true if the column is NULL. */
function nullCondition(builder: FormBuilder, ref: ColumnRef, preserved: readonly ColumnRef[]): Node {
  const r = builder.random
  const n = builder.column(ref)
  const literal = builder.literal(ref)
  return r.pick([
    predicate(n, r.pick([' IS NULL', ' ISNULL'])),
    predicate('coalesce(', n, ', ', literal, ') = ', literal),
    predicate('ifnull(', n, ', ', builder.literal(ref), ') IN (', literal, ', ', builder.literal(ref), ')'),
    predicate(n, ' IS NOT ', literal),
    predicate(n, ' IS DISTINCT FROM ', literal),
    predicate('NOT (', n, ' IS NOT NULL)'),
    predicate('NOT (', n, ' NOTNULL)'),
    predicate('(', n, ' IS NULL OR ', n, ' = ', literal, ')'),
    predicate('(', n, ' = ', literal, ' OR ', n, ' IS NULL)'),
    predicate('(', n, ' = ', literal, ') IS NOT TRUE'),
    predicate('(', n, ' IS NOT NULL) = 0'),
    predicate('(', n, ' IS NULL) <> FALSE'),
    predicate('CASE WHEN ', n, ' IS NULL THEN 1 ELSE ', n, ' = ', literal, ' END'),
    predicate('iif(', n, ' IS NULL, 1, 0)'),
    predicate('NOT coalesce(', n, ' = ', literal, ', 0)'),
    predicate('typeof(', n, ") = 'null'"),
    predicate('(', n, ', 1) IS (NULL, 1)'),
    predicate('(', n, ' IN (', literal, ')) IS NULL'),
    predicate(n, ' IS NULL AND ', builder.column(r.pick(preserved)), ' IS NOT NULL'),
    predicate('nullif(', n, ', ', literal, ') IS NULL'),
    predicate('(', n, ' > ', literal, ' OR ', n, ' <= ', literal, ') IS NULL'),
    predicate('quote(', n, ") = 'NULL'"),
    predicate('+', n, ' IS NULL'),
    predicate(n, ' IS (SELECT NULL)'),
  ])
}

/** A condition with a subquery that returns no row for NULL. */
function notExistsCondition(builder: FormBuilder, ref: ColumnRef, theirs: readonly ColumnRef[]): Node {
  const r = builder.random
  const k = builder.joinable(theirs, needsKey)
  const keys = where(builder.keys(k, theirs))
  return r.pick([
    predicate('NOT EXISTS (SELECT 1 FROM ', k.node, keys, ')'),
    predicate('(SELECT count(*) FROM ', k.node, keys, ') = 0'),
    predicate(
      'coalesce((SELECT max(',
      builder.column(r.pick(scalars(k.relation))),
      ') FROM ',
      k.node,
      keys,
      '), ',
      value("''"),
      ") = ''",
    ),
    predicate('(', builder.column(ref), ' IS NULL OR NOT EXISTS (SELECT 1 FROM ', k.node, keys, '))'),
  ])
}
