import type { Use } from '../scope.ts'
import { fixed, group, list, test, value, type Node } from '../tree.ts'
import {
  feeds,
  isFree,
  isKeyed,
  isRequired,
  scalars,
  where,
  type Draft,
  type Made,
  type Placed,
} from './draft.ts'

const QUOTES = [
  ['"', '"'],
  ['[', ']'],
  ['`', '`'],
  ['', ''],
] as const

/** The name of a function in quotes, perhaps. */
function called(d: Draft, name: string): string {
  const [open, close] = d.random.pick(QUOTES)
  return open + (d.random.chance(0.2) ? name.toUpperCase() : name) + close
}

const isText = (u: Use): boolean => !['num', 'bool', 'shard'].includes(u.col.of as string)

/** A text column, mostly. */
function text(d: Draft, t: Placed): Use {
  const texts = scalars(t.item).filter(isText)
  return d.random.pick(texts.length > 0 ? texts : scalars(t.item))
}

/** Functions whose names are in quotes, over one row or many, with FILTER. */
export function quotedCall(d: Draft): Made {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.3))
  const one = (): Node => {
    const c = d.column(text(d, t))
    return r.pick([
      value(called(d, 'lower'), '(', c, ')'),
      value(called(d, 'coalesce'), '(', c, ", 'none')"),
      value(called(d, 'max'), '(', c, ", 'm')"),
      value(called(d, 'length'), ' (', c, ')'),
      value(called(d, 'nullif'), '(', c, ', ', d.literal(text(d, t)), ')'),
    ])
  }
  const conditions = [...d.keys(t)]
  if (r.chance(0.4)) conditions.push(test(one(), ' IS NOT ', d.literal(text(d, t))))
  const rest = where(conditions)
  switch (r.int(0, 5)) {
    case 0:
      return { tree: group('query', 'SELECT ', one(), ' AS c1 FROM ', t.node, rest) }
    case 1: {
      const key = d.column(text(d, t))
      return {
        tree: group(
          'query',
          'SELECT ',
          key,
          ' AS c1, ',
          aggregate(d, t),
          ' AS c2 FROM ',
          t.node,
          rest,
          ' GROUP BY 1',
        ),
      }
    }
    case 2: {
      const over = value(
        called(d, r.pick(['rank', 'dense_rank'])),
        '() OVER (ORDER BY ',
        d.column(text(d, t)),
        ')',
      )
      const key = d.column(text(d, t))
      return { tree: group('query', 'SELECT ', key, ' AS c1, ', over, ' AS c2 FROM ', t.node, rest) }
    }
    case 3: {
      const o = d.table()
      const inner = group('query', 'SELECT ', aggregate(d, t), ' FROM ', t.node, rest)
      return { tree: d.select([o.item], ' FROM ', o.node, ' WHERE (', inner, ') IS NOT NULL') }
    }
    case 4:
      return {
        tree: group(
          'query',
          'SELECT ',
          aggregate(d, t),
          ' AS c1, ',
          aggregate(d, t),
          ' AS c2 FROM ',
          t.node,
          rest,
          ` HAVING ${called(d, 'count')}(*) > 0`,
        ),
      }
    default:
      return {
        tree: group(
          'query',
          'SELECT ',
          aggregate(d, t),
          ' AS c1, ',
          aggregate(d, t),
          ' AS c2 FROM ',
          t.node,
          rest,
        ),
      }
  }
}

function aggregate(d: Draft, t: Placed): Node {
  const r = d.random
  const c = d.column(text(d, t))
  const call = r.pick([
    value(called(d, 'count'), '(*)'),
    value(called(d, 'count'), '(', r.pick(['', 'DISTINCT ']), c, ')'),
    value(called(d, r.pick(['max', 'min'])), '(', c, ')'),
    value(called(d, 'group_concat'), '(', c, ", '|' ORDER BY ", c, ')'),
    value(called(d, 'sum'), '(', c, ' IS NOT NULL)'),
  ])
  if (r.chance(0.5)) return call
  const use = text(d, t)
  const kept = r.pick([
    test(d.column(use), ' = ', d.literal(use)),
    test(d.column(use), ' IS NOT NULL'),
    test(d.column(use), ' COLLATE NOCASE IN (', d.literal(use), ', ', d.literal(use), ')'),
    test(called(d, 'lower'), '(', d.column(use), ') <> ', d.literal(use)),
  ])
  return value(call, r.pick([' FILTER (WHERE ', ' FILTER(WHERE ']), kept, ')')
}

/** COLLATE on either side of IN and =, in the columns of subqueries, in ORDER BY and GROUP BY. */
export function collation(d: Draft): Made {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.3))
  const use = text(d, t)
  const o = d.near([use])
  const same = scalars(o.item).filter(u => u.col.of === use.col.of)
  const other = same.length > 0 ? r.pick(same) : text(d, o)
  const keys = d.keys(t)
  const c = d.column(use)
  if (r.chance(0.2)) return collatedKey(d)
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
          collate(d),
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
          collate(d),
          ' AS x FROM ',
          t.node,
          where(keys),
          ') AS q',
        ),
      }
    case 3:
      return through(d, t, use, keys)
    default:
      return {
        tree: d.select([t.item], ' FROM ', t.node, where(r.sample([...keys, member(d, use, o, other)], 9))),
      }
  }
}

/** A key beside a COLLATE, which may be no value to ask for. */
function collatedKey(d: Draft): Made {
  const r = d.random
  const o = d.table(feeds)
  const k = d.near(scalars(o.item), isKeyed)
  const key = scalars(k.item).find(u => isRequired(k, u))!
  const same = scalars(o.item).filter(u => u.col.of === key.col.of)
  const x = d.column(same.length > 0 ? r.pick(same) : r.pick(scalars(o.item)))
  const c = d.column(key)
  const given = r.pick([
    test(c, ' IN (SELECT ', x, collate(d), ' FROM ', o.node, ')'),
    test(c, collate(d), ' IN (SELECT ', x, ' FROM ', o.node, ')'),
    test(c, ' IN (SELECT q.y FROM (SELECT ', x, collate(d), ' AS y FROM ', o.node, ') AS q)'),
    test(c, ' = (SELECT max(', x, collate(d), ') FROM ', o.node, ')'),
    test(c, ' = ', d.literal(key), collate(d)),
    test(c, collate(d), ' IN (', d.literal(key), ', ', d.literal(key), ')'),
    test('EXISTS (SELECT 1 FROM ', o.node, ' WHERE ', x, collate(d), ' = ', c, ')'),
  ])
  const conditions = [given, ...d.otherKeys(k, key)]
  if (r.chance(0.4)) conditions.push(d.allKeys(key, k.id))
  return { answerable: false, tree: d.select([k.item], ' FROM ', k.node, where(r.sample(conditions, 9))) }
}

const collate = (d: Draft): string =>
  d.random.pick([' COLLATE NOCASE', ' COLLATE nocase', ' COLLATE RTRIM', ' COLLATE BINARY'])

/** A comparison with a COLLATE in it. */
function member(d: Draft, use: Use, o: Placed, other: Use): Node {
  const r = d.random
  const c = d.column(use)
  const x = d.column(other)
  const not = r.chance(0.25) ? ' NOT' : ''
  const filled = r.chance(0.7) ? fixed(' WHERE ', x, ' IS NOT NULL') : fixed('')
  const plain = fixed('SELECT ', x, ' FROM ', o.node, filled)
  const soft = fixed('SELECT ', x, collate(d), ' FROM ', o.node, filled)
  const named = fixed('SELECT q.y FROM (SELECT ', x, collate(d), ' AS y FROM ', o.node, filled, ') AS q')
  return r.pick([
    test(c, `${not} IN (`, soft, ')'),
    test(c, collate(d), `${not} IN (`, plain, ')'),
    test('(', c, collate(d), `)${not} IN (`, plain, ')'),
    test(c, `${not} IN (`, named, ')'),
    test(c, collate(d), `${not} IN (`, soft, ')'),
    test('lower(', c, ')', collate(d), `${not} IN (`, plain, ')'),
    test('(', c, ', 1)', `${not} IN (SELECT `, x, collate(d), ', 1 FROM ', o.node, filled, ')'),
    test(c, `${not} IN (`, soft, ' UNION ', plain, ')'),
    test('EXISTS (SELECT 1 FROM ', o.node, ' WHERE ', x, collate(d), ' = ', c, ')'),
    test(
      'EXISTS (SELECT 1 FROM (SELECT ',
      x,
      collate(d),
      ' AS y FROM ',
      o.node,
      ') AS q WHERE q.y = ',
      c,
      ')',
    ),
    test(c, ' = (SELECT max(', x, ')', collate(d), ' FROM ', o.node, ')'),
    test(c, collate(d), ' = (SELECT max(', x, ') FROM ', o.node, ')'),
    test(c, collate(d), ' BETWEEN ', d.literal(use), ' AND ', d.literal(use)),
    test(
      c,
      `${not} IN (`,
      list([value('upper(', d.literal(use), ')'), value(d.literal(use), collate(d))], ', ', 2),
      ')',
    ),
  ])
}

/** A column that has its collation from a subquery, a CTE or a set operation. */
function through(d: Draft, t: Placed, use: Use, keys: readonly Node[]): Made {
  const r = d.random
  const inner = fixed('SELECT ', d.column(use), collate(d), ' AS y FROM ', t.node, where(keys))
  const found = r.pick([
    test('q.y = ', d.literal(use)),
    test('q.y IN (', d.literal(use), ', ', d.literal(use), ')'),
    test('upper(q.y) = q.y'),
    test('q.y <> ', d.literal(use)),
    test('q.y = (SELECT max(p.y) FROM (', inner, ') AS p)'),
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
