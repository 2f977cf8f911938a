import { columnNode, impliedNode, type Item, type Use } from '../scope.ts'
import { group, list, test, value, type Node } from '../tree.ts'
import { isFree, isScalar, scalars, usesOf, where, type Draft, type Made, type Placed } from './draft.ts'

/** A column, or an object that stands for a field of it, compared with constants through whatever keeps its meaning. */
export function comparison(d: Draft): Made {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.4))
  const conditions = [...d.keys(t), compared(d, t.item)]
  if (r.chance(0.3)) conditions.push(compared(d, t.item))
  return { tree: placedIn(d, t, conditions) }
}

/** The conditions in WHERE, ON, HAVING, FILTER, the select list, or a query around. */
function placedIn(d: Draft, t: Placed, conditions: readonly Node[]): Node {
  const r = d.random
  const keys = conditions.slice(0, -1)
  const last = conditions.at(-1)!
  const shown = d.column(r.pick(scalars(t.item)))
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
      const o = d.near(scalars(t.item))
      const equal = d.equality(scalars(o.item), scalars(t.item)) ?? test('TRUE')
      const all = list([equal, ...r.sample(conditions, conditions.length)], ' AND ', 1, ' ON ')
      return d.select([o.item, t.item], ' FROM ', o.node, r.pick([' JOIN ', ' LEFT JOIN ']), t.node, all)
    }
    case 4:
      return query(
        'WITH c AS MATERIALIZED (',
        d.select([t.item], ' FROM ', t.node, where(conditions)),
        ') SELECT * FROM c',
      )
    default:
      return d.select([t.item], ' FROM ', t.node, where(r.sample(conditions, conditions.length)))
  }
}

/** A condition that holds for some row, mostly. */
export function compared(d: Draft, item: Item): Node {
  const r = d.random
  const implied = usesOf(item).filter(u => u.col.implied)
  if (implied.length > 0 && r.chance(0.35)) {
    const use = r.pick(implied)
    const path = [...use.col.path, ...use.col.implied!]
    const field = {
      item,
      col: item.cols.find(c => c.name === use.col.name && c.path.join() === path.join())!,
    }
    return condition(d, item, field, impliedNode(use, { items: [item], outer: undefined, merged: [] }, r))
  }
  const use = r.pick(scalars(item))
  return condition(d, item, use, columnNode(use, { items: [item], outer: undefined, merged: [] }, r))
}

function condition(d: Draft, item: Item, use: Use, column: Node): Node {
  const r = d.random
  const c = wrapped(d, use, column)
  const literal = (): Node => constant(d, d.literal(use))
  const [low, high] = [d.literal(use), d.literal(use)]
  const other = r.pick(scalars(item))
  const [mine, theirs] = d.row([use, other]) as [Node, Node]
  const pair = (): Node => value('(', list(d.row([use, other]), ', ', 2), ')')
  const both = value('(', c, ', ', wrapped(d, other, d.column(other)), ')')
  const same = scalars(item).filter(u => u.col.of === use.col.of)
  return r.pick([
    test(c, r.pick([' = ', ' == ', ' IS ', ' IS NOT DISTINCT FROM ']), literal()),
    test(literal(), r.pick([' = ', ' IS ']), c),
    test(c, ' IN (', list([literal(), literal(), literal()], ', '), ')'),
    test(literal(), ' IN (', list([c, ...r.sample(same, 2).map(u => d.column(u))], ', '), ')'),
    test(
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
    test(c, ' BETWEEN ', low, ' AND ', low),
    test(low, ' BETWEEN ', c, ' AND ', c),
    test(both, r.pick([' = ', ' IS ']), '(', mine, ', ', theirs, ')'),
    test('(', mine, ', ', theirs, ') = ', both),
    test(both, ' IN (VALUES ', list([pair(), pair(), pair()], ', '), ')'),
    test('(', list([mine, theirs], ', ', 2), ') IN (VALUES ', both, ')'),
    test(c, ' = (SELECT ', literal(), ')'),
    test('(SELECT ', literal(), ') = ', c),
    test(c, ' IN (SELECT ', literal(), ' UNION ALL SELECT ', literal(), ')'),
    test(c, r.pick([' <> ', ' < ', ' >= ', ' IS NOT ']), literal()),
    test('(', c, ' = ', literal(), ' OR ', literal(), ' = ', c, ')'),
    test('NOT (', c, ' <> ', literal(), ')'),
    test('CASE ', c, ' WHEN ', literal(), ' THEN 1 WHEN ', literal(), ' THEN 1 ELSE 0 END'),
    fromAnother(d, use, c),
  ])
}

/** The column compared with what a subquery over a resource gives. */
function fromAnother(d: Draft, use: Use, c: Node): Node {
  const r = d.random
  const o = d.near([use])
  const found = scalars(o.item).filter(u => u.col.of === use.col.of)
  const x = d.column(found.length > 0 ? r.pick(found) : r.pick(scalars(o.item)))
  return r.pick([
    test(c, ' = (SELECT ', r.pick(['max', 'min']), '(', x, ') FROM ', o.node, ')'),
    test(c, ' IN (SELECT ', x, ' FROM ', o.node, ')'),
    test('(', c, ', 1) IN (SELECT ', x, ', 1 FROM ', o.node, ')'),
    test('EXISTS (SELECT 1 FROM ', o.node, ' WHERE ', x, ' = ', c, ')'),
    test('EXISTS (SELECT ', x, ' INTERSECT SELECT ', c, ' FROM ', o.node, ')'),
  ])
}

/** The column within what gives its value back. */
function wrapped(d: Draft, use: Use, c: Node): Node {
  const r = d.random
  const literal = d.literal(use)
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
  return r.chance(0.15) && isScalar(use) ? value('(', made, ')') : made
}

function constant(d: Draft, literal: Node): Node {
  return d.random.weighted([
    [6, literal],
    [1, value('(', literal, ')')],
    [1, value('+', literal)],
    [1, value('coalesce(NULL, ', literal, ')')],
    [1, value('(SELECT ', literal, ')')],
    [1, value('CASE WHEN TRUE THEN ', literal, ' END')],
    [1, value('nullif(', literal, ", 'no such value')")],
  ])
}
