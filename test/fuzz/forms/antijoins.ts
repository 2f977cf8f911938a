import type { Item, Use } from '../scope.ts'
import { fixed, group, list, test, value, type Node } from '../tree.ts'
import { compared } from './comparisons.ts'
import { feeds, isKeyed, on, scalars, where, type Draft, type Made, type Placed } from './draft.ts'

/** The nullable side of an outer join. */
interface Side {
  readonly node: Node
  readonly items: readonly Item[]
  readonly on: readonly Node[]
}

/** Rows that have no partner, told by any condition that lets NULL pass. */
export function antiJoin(d: Draft): Made {
  const r = d.random
  const kept = d.table(t => feeds(t) || r.chance(0.2))
  const mine = scalars(kept.item)
  const side = r.weighted<(d: Draft, kept: Placed) => Side>([
    [3, alone],
    [5, bracketed],
    [2, deep],
    [2, derived],
    [2, exists],
  ])(d, kept)
  const before = d.keys(kept)
  const equal = list([...side.on, ...(r.chance(0.1) ? [test('TRUE')] : [])], ' AND ', 1, ' ON ')
  const isKept = side.items.length > 0 && r.chance(0.8)
  const join = isKept
    ? fixed(kept.node, r.pick([' LEFT JOIN ', ' LEFT OUTER JOIN ']), side.node, equal)
    : fixed(side.node, ' RIGHT JOIN ', kept.node, equal)
  const theirs = scalars(...side.items)
  const chained = isKept && r.chance(0.25) ? chain(d, side) : undefined
  const from = chained ? fixed(join, chained.node) : join
  const all = chained ? [...theirs, ...scalars(...chained.items)] : theirs
  const conditions = [...before, missing(d, r.pick(all), mine)]
  if (r.chance(0.3)) conditions.push(unmatched(d, r.pick(all), theirs))
  if (r.chance(0.2)) conditions.push(test(d.column(r.pick(mine)), ' IS NOT NULL'))
  if (r.chance(0.15)) conditions.push(compared(d, kept.item))
  const items = [kept.item, ...side.items, ...(chained?.items ?? [])]
  return { tree: shown(d, items, from, r.sample(conditions, conditions.length)) }
}

/** The rows as they are, counted, or through a query around. */
function shown(d: Draft, items: readonly Item[], from: Node, conditions: readonly Node[]): Node {
  const r = d.random
  const query = d.select(items, ' FROM ', from, where(conditions))
  return r.weighted([
    [6, group('query', query)],
    [1, group('query', 'SELECT count(*) FROM (', query, ') AS q')],
    [1, group('query', 'SELECT q.c1 FROM (', query, ') AS q WHERE q.c1 IS NOT NULL OR q.c1 IS NULL')],
    [1, group('query', 'WITH q AS (', query, ') SELECT * FROM q')],
  ])
}

function alone(d: Draft, kept: Placed): Side {
  const b = d.near(scalars(kept.item), () => true)
  return { node: b.node, items: [b.item], on: linked(d, kept, b) }
}

/** The keys of a table, and what else joins it. */
function linked(d: Draft, left: Placed, right: Placed): Node[] {
  const keys = d.keys(right, scalars(left.item))
  const equal = d.equality(scalars(left.item), scalars(right.item))
  return equal && (keys.length === 0 || d.random.chance(0.2)) ? [...keys, equal] : keys
}

/** A join in brackets, whose inner table needs a key that another in it gives. */
function bracketed(d: Draft, kept: Placed): Side {
  const r = d.random
  const b = d.near(scalars(kept.item), feeds)
  const k = d.near(scalars(b.item), isKeyed)
  const inner = on(linked(d, b, k))
  const equal = d.equality(scalars(kept.item), scalars(b.item)) ?? test('TRUE')
  const node = r.weighted([
    [5, fixed('(', b.node, ' JOIN ', k.node, inner, ')')],
    [2, fixed('(', k.node, ' JOIN ', b.node, inner, ')')],
    [2, fixed('(', b.node, ' LEFT JOIN ', k.node, inner, ')')],
    [1, fixed('((', b.node, ' JOIN ', k.node, inner, '))')],
  ])
  return { node, items: [b.item, k.item], on: [equal] }
}

function deep(d: Draft, kept: Placed): Side {
  const r = d.random
  const b = d.near(scalars(kept.item))
  const c = d.near(scalars(b.item), feeds)
  const k = d.near(scalars(c.item), isKeyed)
  const keyed = fixed('(', c.node, r.pick([' JOIN ', ' LEFT JOIN ']), k.node, on(linked(d, c, k)), ')')
  const equal = d.equality(scalars(b.item), scalars(c.item)) ?? test('TRUE')
  const node = fixed('(', b.node, r.pick([' JOIN ', ' LEFT JOIN ']), keyed, on([equal]), ')')
  return {
    node,
    items: [b.item, c.item, k.item],
    on: [d.equality(scalars(kept.item), scalars(b.item)) ?? test('TRUE')],
  }
}

function derived(d: Draft, kept: Placed): Side {
  const r = d.random
  const b = d.near(scalars(kept.item), feeds)
  const k = d.near(scalars(b.item), isKeyed)
  const uses = [r.pick(scalars(b.item)), r.pick(scalars(b.item)), r.pick(scalars(k.item))]
  const alias = d.name('d')
  const cols = uses.map((u, i) => ({ name: `y${i}`, path: [], of: u.col.of }))
  const node = fixed(
    '(SELECT ',
    list(
      uses.map((u, i) => fixed(d.column(u), ` AS y${i}`)),
      ', ',
      uses.length,
    ),
    ' FROM ',
    b.node,
    ' JOIN ',
    k.node,
    on(linked(d, b, k)),
    `) AS ${alias}`,
  )
  const item = { alias, cols }
  return { node, items: [item], on: [d.equality(scalars(kept.item), scalars(item)) ?? test('TRUE')] }
}

/** A condition of ON that needs another table, whose key the nullable side gives. */
function exists(d: Draft, kept: Placed): Side {
  const b = d.near(scalars(kept.item), feeds)
  const k = d.near(scalars(b.item), isKeyed)
  const not = d.random.chance(0.3) ? 'NOT ' : ''
  const inner = test(not, 'EXISTS (SELECT 1 FROM ', k.node, where(linked(d, b, k)), ')')
  return {
    node: b.node,
    items: [b.item],
    on: [d.equality(scalars(kept.item), scalars(b.item)) ?? test('TRUE'), inner],
  }
}

/** One more outer join, whose key the nullable side gives. */
function chain(d: Draft, side: Side): Pick<Side, 'node' | 'items'> {
  const k = d.near(scalars(...side.items), isKeyed)
  const keys = on(d.keys(k, scalars(...side.items)))
  return { node: fixed(' LEFT JOIN ', k.node, keys), items: [k.item] }
}

/** A condition that holds where the column is NULL. */
function missing(d: Draft, use: Use, kept: readonly Use[]): Node {
  const r = d.random
  const n = d.column(use)
  const literal = d.literal(use)
  return r.pick([
    test(n, r.pick([' IS NULL', ' ISNULL'])),
    test('coalesce(', n, ', ', literal, ') = ', literal),
    test('ifnull(', n, ', ', d.literal(use), ') IN (', literal, ', ', d.literal(use), ')'),
    test(n, ' IS NOT ', literal),
    test(n, ' IS DISTINCT FROM ', literal),
    test('NOT (', n, ' IS NOT NULL)'),
    test('NOT (', n, ' NOTNULL)'),
    test('(', n, ' IS NULL OR ', n, ' = ', literal, ')'),
    test('(', n, ' = ', literal, ' OR ', n, ' IS NULL)'),
    test('(', n, ' = ', literal, ') IS NOT TRUE'),
    test('(', n, ' IS NOT NULL) = 0'),
    test('(', n, ' IS NULL) <> FALSE'),
    test('CASE WHEN ', n, ' IS NULL THEN 1 ELSE ', n, ' = ', literal, ' END'),
    test('iif(', n, ' IS NULL, 1, 0)'),
    test('NOT coalesce(', n, ' = ', literal, ', 0)'),
    test('typeof(', n, ") = 'null'"),
    test('(', n, ', 1) IS (NULL, 1)'),
    test('(', n, ' IN (', literal, ')) IS NULL'),
    test(n, ' IS NULL AND ', d.column(r.pick(kept)), ' IS NOT NULL'),
    test('nullif(', n, ', ', literal, ') IS NULL'),
    test('(', n, ' > ', literal, ' OR ', n, ' <= ', literal, ') IS NULL'),
    test('quote(', n, ") = 'NULL'"),
    test('+', n, ' IS NULL'),
    test(n, ' IS (SELECT NULL)'),
  ])
}

/** A condition with a subquery that has no row for NULL. */
function unmatched(d: Draft, use: Use, theirs: readonly Use[]): Node {
  const r = d.random
  const k = d.near(theirs, isKeyed)
  const keys = where(d.keys(k, theirs))
  return r.pick([
    test('NOT EXISTS (SELECT 1 FROM ', k.node, keys, ')'),
    test('(SELECT count(*) FROM ', k.node, keys, ') = 0'),
    test(
      'coalesce((SELECT max(',
      d.column(r.pick(scalars(k.item))),
      ') FROM ',
      k.node,
      keys,
      '), ',
      value("''"),
      ") = ''",
    ),
    test('(', d.column(use), ' IS NULL OR NOT EXISTS (SELECT 1 FROM ', k.node, keys, '))'),
  ])
}
