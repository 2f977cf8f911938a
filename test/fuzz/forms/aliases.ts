import type { Item, Use } from '../scope.ts'
import { fixed, group, keyed, test, type ColumnNode, type Node } from '../tree.ts'
import { feeds, isFree, isKeyed, isRequired, scalars, where, type Draft, type Made } from './draft.ts'

/** A name alone, as a column. */
const bare = (name: string, path: readonly string[] = [], implied: readonly string[] = []): ColumnNode => ({
  kind: 'column',
  qualifier: undefined,
  name,
  path,
  ...(implied.length > 0 && { implied }),
})

/** The name of an alias: new, or that of a column of these items. */
function aliasName(d: Draft, ...items: readonly Item[]): string {
  const names = items.flatMap(i => i.cols.map(c => c.name))
  return names.length > 0 && d.random.chance(0.5) ? d.random.pick(names) : d.name('al')
}

/** What a bare name means over an item whose select list gives that alias to a use: a column of the item first. */
function meaning(item: Item, alias: string, use: Use): { node: Node; use: Use } {
  const own = item.cols.find(c => c.name === alias && c.path.length === 0)
  if (own && typeof own.of !== 'string' && own.implied) {
    const field = item.cols.find(c => c.name === alias && c.path.join() === own.implied!.join())!
    return { node: bare(alias, [], own.implied), use: { item, col: field } }
  }
  return { node: bare(alias), use: own ? { item, col: own } : use }
}

const ok = (item: Item, alias: string): boolean => {
  const own = item.cols.find(c => c.name === alias && c.path.length === 0)
  return own === undefined || typeof own.of === 'string' || own.implied !== undefined
}

function aliased(d: Draft, item: Item): { use: Use; alias: string } {
  const use = d.random.pick(scalars(item))
  let alias = aliasName(d, item)
  for (let left = 9; left > 0 && !ok(item, alias); left--) alias = aliasName(d, item)
  return { use, alias: ok(item, alias) ? alias : d.name('al') }
}

/** A condition on a name that holds for some row, mostly. */
export function tested(d: Draft, node: Node, use: Use): Node {
  const r = d.random
  const literal = d.literal(use)
  // whether there is an object is asked of the object itself
  if (node.kind === 'column' && node.implied)
    return r.pick([test(node, ' = ', literal), test(node, ' IN (', literal, ', ', d.literal(use), ')')])
  return r.pick([
    test(node, ' = ', literal),
    test(node, ' IN (', literal, ', ', d.literal(use), ')'),
    test(node, ' <> ', literal),
    test(node, ' IS NOT NULL'),
    test(node, ' IS NULL'),
    test('coalesce(', node, ', ', literal, ') = ', literal),
    test('(', node, ' = ', literal, ' OR ', node, ' = ', d.literal(use), ')'),
  ])
}

/** An alias of a result column in WHERE, GROUP BY, HAVING and ORDER BY. */
export function aliasHere(d: Draft): Made {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.3))
  const { use, alias } = aliased(d, t.item)
  const { node, use: meant } = meaning(t.item, alias, use)
  const keys = d.keys(t)
  const first = fixed('SELECT ', d.column(use), ` AS ${alias}`)
  switch (r.int(0, 7)) {
    case 5:
    case 6:
      return keyByAlias(d)
    case 0:
      return {
        tree: group(
          'query',
          first,
          ', count(*) AS n9 FROM ',
          t.node,
          where(keys),
          ' GROUP BY 1 HAVING ',
          r.pick([fixed('n9 >= 1'), fixed('n9 < 3'), fixed('n9 <> 2 AND ', tested(d, d.column(use), use))]),
        ),
      }
    case 1: {
      const fresh = d.name('al')
      return {
        tree: group(
          'query',
          'SELECT ',
          d.column(use),
          ` AS ${fresh}, count(*) AS n9 FROM `,
          t.node,
          where(keys),
          ` GROUP BY ${fresh} HAVING `,
          tested(d, bare(fresh), use),
        ),
      }
    }
    case 2:
      return {
        tree: group('query', first, ' FROM ', t.node, where([...keys, tested(d, node, meant)])),
        tail: fixed(` ORDER BY ${alias}`, r.pick(['', ' DESC', ' COLLATE BINARY'])),
        order: [{ column: 0, nocase: false }],
      }
    case 3: {
      const inner = group('query', first, ' FROM ', t.node, where([...keys, tested(d, node, meant)]))
      return {
        tree: group(
          'query',
          `SELECT q.${alias} AS c1, count(*) AS c2 FROM (`,
          inner,
          `) AS q GROUP BY q.${alias}`,
        ),
      }
    }
    default:
      return {
        tree: group(
          'query',
          first,
          ', ',
          d.column(r.pick(scalars(t.item))),
          ' AS c2 FROM ',
          t.node,
          where(r.sample([...keys, tested(d, node, meant), tested(d, node, meant)], 9)),
        ),
      }
  }
}

/** The key of a table that is given by an alias of a result column over another. */
function keyByAlias(d: Draft): Made {
  const r = d.random
  const o = d.table(feeds)
  const k = d.near(scalars(o.item), isKeyed)
  const required = scalars(k.item).filter(u => isRequired(k, u))
  const pairs = required.flatMap(key =>
    scalars(o.item).flatMap(use => (use.col.of === key.col.of ? [{ key, use }] : [])),
  )
  if (pairs.length === 0) return aliasHere(d)
  const { key, use } = r.pick(pairs)
  const alias = d.name('al')
  const given = keyed(k.id, d.column(key), ' = ', r.pick([alias, `(${alias})`, `+${alias}`, `"${alias}"`]))
  const conditions = r.sample([given, ...d.otherKeys(k, key)], 9)
  const shown = fixed(
    'SELECT ',
    d.column(use),
    ` AS ${alias}, `,
    d.column(r.pick(scalars(k.item))),
    ' AS c2 FROM ',
  )
  return {
    tree: group(
      'query',
      shown,
      o.node,
      r.pick([' JOIN ', ', ', ' CROSS JOIN ']),
      k.node,
      where([...conditions, ...(r.chance(0.3) ? [tested(d, fixed(alias), use)] : [])]),
    ),
  }
}

/** An alias inside a subquery, which may be the name of a column of the table inside or of the one around. */
export function aliasInside(d: Draft): Made {
  const r = d.random
  const o = d.table(x => isFree(x) || r.chance(0.3))
  const t = d.near(scalars(o.item), x => isFree(x) || r.chance(0.3))
  const use = r.pick(scalars(t.item))
  let alias = aliasName(d, t.item, o.item)
  const clashes = (name: string): boolean => !ok(t.item, name) || !ok(o.item, name)
  for (let left = 9; left > 0 && clashes(alias); left--) alias = aliasName(d, t.item, o.item)
  if (clashes(alias)) alias = d.name('al')
  const { node, use: meant } = meaning(t.item, alias, use)
  const conditions = [...d.keys(t, scalars(o.item)), tested(d, node, meant)]
  const equal = d.equality(scalars(o.item), scalars(t.item))
  if (equal && r.chance(0.5)) conditions.push(equal)
  const around = scalars(o.item).filter(u => u.col.of === meant.col.of)
  if (around.length > 0 && r.chance(0.4)) conditions.push(test(node, ' = ', d.column(r.pick(around))))
  const inner = fixed('SELECT ', d.column(use), ` AS ${alias} FROM `, t.node, where(r.sample(conditions, 9)))
  const others = scalars(o.item).filter(u => u.col.of === use.col.of)
  const c = d.column(r.pick(others.length > 0 ? others : scalars(o.item)))
  const outer = r.pick([
    test(r.pick(['', 'NOT ']), 'EXISTS (', inner, ')'),
    test(c, r.pick([' IN (', ' NOT IN (']), inner, ')'),
    test('(', inner, ` ORDER BY ${meant === use ? alias : '1'} LIMIT 1) IS NOT NULL`),
    test('(SELECT count(*) FROM (', inner, ')) >= 1'),
  ])
  return { tree: d.select([o.item], ' FROM ', o.node, where([...d.keys(o), outer])) }
}
