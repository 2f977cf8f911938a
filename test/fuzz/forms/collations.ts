import type { ColumnRef } from '../scope.ts'
import { fixed, group, list, predicate, value, type Node } from '../tree.ts'
import { textColumn } from './calls.ts'
import {
  hasKeyColumns,
  isListable,
  isRequired,
  needsKey,
  scalars,
  where,
  type FormBuilder,
  type FormStatement,
  type TableRef,
} from './form-builder.ts'

/** COLLATE on either side of IN and =, in the columns of subqueries, in ORDER BY and GROUP BY. */
export function collation(builder: FormBuilder): FormStatement {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.3))
  const ref = textColumn(builder, t)
  const o = builder.joinable([ref])
  const same = scalars(o.relation).filter(u => u.col.of === ref.col.of)
  const other = same.length > 0 ? r.pick(same) : textColumn(builder, o)
  const keys = builder.keys(t)
  const c = builder.column(ref)
  if (r.chance(0.2)) return collatedKey(builder)
  switch (r.int(0, 5)) {
    case 0:
      return {
        tree: group(
          'query',
          'SELECT lower(',
          c,
          ') AS c1, count(*) AS c2 FROM ',
          t.node,
          where(keys),
          ' GROUP BY ',
          c,
          collate(builder),
        ),
      }
    case 1:
      return {
        tree: group('query', 'SELECT ', c, ' AS c1, ', c, ' AS c2 FROM ', t.node, where(keys)),
        tail: fixed(' ORDER BY c1 COLLATE NOCASE', r.pick(['', ' DESC'])),
        order: [{ column: 0, nocase: true }],
      }
    case 2:
      return {
        tree: group(
          'query',
          'SELECT count(*) AS c1 FROM (SELECT DISTINCT ',
          c,
          collate(builder),
          ' AS x FROM ',
          t.node,
          where(keys),
          ') AS q',
        ),
      }
    case 3:
      return collationThroughQuery(builder, t, ref, keys)
    default:
      return {
        tree: builder.select(
          [t.relation],
          ' FROM ',
          t.node,
          where(r.sample([...keys, collatedComparison(builder, ref, o, other)], 9)),
        ),
      }
  }
}

/** A key in a comparison with COLLATE, which may not be usable as a parameter. */
function collatedKey(builder: FormBuilder): FormStatement {
  const r = builder.random
  const o = builder.table(hasKeyColumns)
  const k = builder.joinable(scalars(o.relation), needsKey)
  const key = scalars(k.relation).find(u => isRequired(k, u))!
  const same = scalars(o.relation).filter(u => u.col.of === key.col.of)
  const x = builder.column(same.length > 0 ? r.pick(same) : r.pick(scalars(o.relation)))
  const c = builder.column(key)
  const given = r.pick([
    predicate(c, ' IN (SELECT ', x, collate(builder), ' FROM ', o.node, ')'),
    predicate(c, collate(builder), ' IN (SELECT ', x, ' FROM ', o.node, ')'),
    predicate(c, ' IN (SELECT q.y FROM (SELECT ', x, collate(builder), ' AS y FROM ', o.node, ') AS q)'),
    predicate(c, ' = (SELECT max(', x, collate(builder), ') FROM ', o.node, ')'),
    predicate(c, ' = ', builder.literal(key), collate(builder)),
    predicate(c, collate(builder), ' IN (', builder.literal(key), ', ', builder.literal(key), ')'),
    predicate('EXISTS (SELECT 1 FROM ', o.node, ' WHERE ', x, collate(builder), ' = ', c, ')'),
  ])
  const conditions = [given, ...builder.otherKeys(k, key)]
  if (r.chance(0.4)) conditions.push(builder.allKeys(key, k.id))
  return {
    answerable: false,
    tree: builder.select([k.relation], ' FROM ', k.node, where(r.sample(conditions, 9))),
  }
}

const collate = (builder: FormBuilder): string =>
  builder.random.pick([' COLLATE NOCASE', ' COLLATE nocase', ' COLLATE RTRIM', ' COLLATE BINARY'])

/** A comparison with COLLATE. */
function collatedComparison(builder: FormBuilder, ref: ColumnRef, o: TableRef, other: ColumnRef): Node {
  const r = builder.random
  const c = builder.column(ref)
  const x = builder.column(other)
  const not = r.chance(0.25) ? ' NOT' : ''
  const filled = r.chance(0.7) ? fixed(' WHERE ', x, ' IS NOT NULL') : fixed('')
  const uncollated = fixed('SELECT ', x, ' FROM ', o.node, filled)
  const collated = fixed('SELECT ', x, collate(builder), ' FROM ', o.node, filled)
  const named = fixed(
    'SELECT q.y FROM (SELECT ',
    x,
    collate(builder),
    ' AS y FROM ',
    o.node,
    filled,
    ') AS q',
  )
  return r.pick([
    predicate(c, `${not} IN (`, collated, ')'),
    predicate(c, collate(builder), `${not} IN (`, uncollated, ')'),
    predicate('(', c, collate(builder), `)${not} IN (`, uncollated, ')'),
    predicate(c, `${not} IN (`, named, ')'),
    predicate(c, collate(builder), `${not} IN (`, collated, ')'),
    predicate('lower(', c, ')', collate(builder), `${not} IN (`, uncollated, ')'),
    predicate('(', c, ', 1)', `${not} IN (SELECT `, x, collate(builder), ', 1 FROM ', o.node, filled, ')'),
    predicate(c, `${not} IN (`, collated, ' UNION ', uncollated, ')'),
    predicate('EXISTS (SELECT 1 FROM ', o.node, ' WHERE ', x, collate(builder), ' = ', c, ')'),
    predicate(
      'EXISTS (SELECT 1 FROM (SELECT ',
      x,
      collate(builder),
      ' AS y FROM ',
      o.node,
      ') AS q WHERE q.y = ',
      c,
      ')',
    ),
    predicate(c, ' = (SELECT max(', x, ')', collate(builder), ' FROM ', o.node, ')'),
    predicate(c, collate(builder), ' = (SELECT max(', x, ') FROM ', o.node, ')'),
    predicate(c, collate(builder), ' BETWEEN ', builder.literal(ref), ' AND ', builder.literal(ref)),
    predicate(
      c,
      `${not} IN (`,
      list(
        [value('upper(', builder.literal(ref), ')'), value(builder.literal(ref), collate(builder))],
        ', ',
        2,
      ),
      ')',
    ),
  ])
}

/** A column that inherits its collation from a subquery, a CTE or a set operation. */
function collationThroughQuery(
  builder: FormBuilder,
  t: TableRef,
  ref: ColumnRef,
  keys: readonly Node[],
): FormStatement {
  const r = builder.random
  const inner = fixed('SELECT ', builder.column(ref), collate(builder), ' AS y FROM ', t.node, where(keys))
  const found = r.pick([
    predicate('q.y = ', builder.literal(ref)),
    predicate('q.y IN (', builder.literal(ref), ', ', builder.literal(ref), ')'),
    predicate('upper(q.y) = q.y'),
    predicate('q.y <> ', builder.literal(ref)),
    predicate('q.y = (SELECT max(p.y) FROM (', inner, ') AS p)'),
  ])
  return {
    tree: r.pick([
      group('query', 'SELECT q.y AS c1 FROM (', inner, ') AS q WHERE ', found),
      group('query', 'WITH q AS (', inner, ') SELECT q.y AS c1 FROM q WHERE ', found),
      group('query', 'WITH q AS (', inner, ') SELECT count(*) AS c1 FROM q GROUP BY q.y HAVING ', found),
      group(
        'query',
        'SELECT count(DISTINCT q.y) AS c1 FROM (',
        inner,
        ' UNION ALL ',
        inner,
        ') AS q WHERE ',
        found,
      ),
    ]),
  }
}
