import type { Col, Item, Use } from '../scope.ts'
import { fixed, group, keyed, list, spelt, test, type ColumnNode, type Node } from '../tree.ts'
import {
  feeds,
  isFree,
  isKeyed,
  isScalar,
  scalars,
  usesOf,
  where,
  type Draft,
  type Made,
  type Placed,
} from './draft.ts'

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

function tested(d: Draft, node: Node, use: Use): Node {
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
  const conditions = r.sample([given, ...others(d, k, key)], 9)
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

const QUOTES: readonly (readonly [string, string])[] = [
  ["'", "'"],
  ['"', '"'],
  ['[', ']'],
  ['`', '`'],
]
const ODD = [
  'a b',
  'owner.id',
  'select',
  'from',
  'x.y.z',
  'id',
  'ü',
  'it s',
  'a-b',
  '1',
  'kind',
  'spec.cloud',
  'fz.main.orgs',
  'order',
  'x(y)',
  'AND',
]

/** A name in quotes of any sort; `isName` where a text in single quotes would be no name. */
function quotedName(d: Draft, name: string, isName = false): string {
  const [open, close] = d.random.pick(isName ? QUOTES.slice(1) : QUOTES)
  return open + name + close
}

/** Aliases of tables and columns in quotes, with blanks, dots and keywords in them, inside and outside. */
export function quotedNames(d: Draft): Made {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.3))
  const table = r.pick(['o', 'a b', 'o.x', 'from', 'T', 'order', 'main', 'fz'])
  const node: Node = { kind: 'table', table: t.table, alias: quotedName(d, table), id: t.id }
  const column = (u: Use): Node => ({
    kind: 'column',
    qualifier: quotedName(d, table, false),
    name: r.chance(0.5) ? quotedName(d, u.col.name, u.col.path.length > 0) : u.col.name,
    path: u.col.path,
  })
  const placed: Placed = { ...t, item: { ...t.item, alias: quotedName(d, table, true) } }
  const uses = r.sample(scalars(placed.item), r.int(1, 3))
  const aliases = r.sample(ODD, uses.length)
  const outputs = list(
    uses.map((u, i) => fixed(column(u), r.pick([' AS ', ' ']), quotedName(d, aliases[i]!))),
    ', ',
    uses.length,
  )
  const inner = fixed(
    'SELECT ',
    outputs,
    r.chance(0.3) ? extraObject(placed, column) : '',
    ' FROM ',
    node,
    where([...d.keys(placed), tested(d, column(uses[0]!), uses[0]!)]),
  )
  const q = r.pick(['q', quotedName(d, 'q 1', true)])
  const outside = (i: number): Node => fixed(r.chance(0.8) ? `${q}.` : '', quotedName(d, aliases[i]!, true))
  const same = where([r.chance(0.6) ? tested(d, outside(0), uses[0]!) : test(outside(0), ' IS NOT NULL')])
  const shown = list(
    uses.map((_, i) => fixed(outside(i), ` AS c${i + 1}`)),
    ', ',
  )
  return r.weighted<() => Made>([
    [2, () => ({ tree: group('query', inner) })],
    [3, () => ({ tree: group('query', 'SELECT ', shown, ' FROM (', inner, `) AS ${q}`, same) })],
    [2, () => ({ tree: group('query', `WITH ${q} AS (`, inner, ') SELECT ', shown, ` FROM ${q}`, same) })],
    [
      1,
      () => ({
        tree: group(
          'query',
          'SELECT ',
          outside(0),
          ' AS c1, count(*) AS c2 FROM (',
          inner,
          `) AS ${q}`,
          same,
          ' GROUP BY ',
          outside(0),
        ),
      }),
    ],
    [1, () => keyedBy(d, inner, q, uses, outside)],
  ])()
}

/** An object under its own name, beside aliases that look like paths into it. */
function extraObject({ item }: Placed, column: (u: Use) => Node): Node {
  const object = usesOf(item).find(u => typeof u.col.of !== 'string' && u.col.path.length === 0)
  return object ? fixed(', ', column(object), ` AS ${object.col.name}`) : fixed('')
}

/** A resource whose key is a column with an odd name. */
function keyedBy(d: Draft, inner: Node, q: string, uses: readonly Use[], outside: (i: number) => Node): Made {
  const k = d.near([uses[0]!], isKeyed)
  const key = scalars(k.item).find(u => u.col.of === uses[0]!.col.of && isRequired(k, u))
  const conditions = key ? [keyed(k.id, d.column(key), ' = ', outside(0)), ...others(d, k, key)] : d.keys(k)
  return {
    tree: d.select(
      [k.item],
      ' FROM (',
      inner,
      `) AS ${q} JOIN `,
      k.node,
      list(conditions, ' AND ', 1, ' ON '),
    ),
  }
}

export const isRequired = ({ table }: Placed, { col }: Use): boolean =>
  col.path.length === 0
  && table.resource.methods.at(-1)!.params.some(p => p.required && p.column === col.name)

export const others = (d: Draft, k: Placed, key: Use): Node[] =>
  k.table.resource.methods
    .at(-1)!
    .params.filter(p => p.required && p.column !== key.col.name)
    .map(p =>
      d.allKeys(
        { item: k.item, col: k.item.cols.find(c => c.name === p.column && c.path.length === 0)! },
        k.id,
      ),
    )

/** CTEs that are used before they are defined, and CTEs that bear the name of what a view reads. */
export function cteNames(d: Draft): Made {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.3))
  const uses = r.sample(scalars(t.item).filter(isScalar), r.int(1, 2))
  const cols = uses.map((u, i): Col => ({ name: `x${i}`, path: [], of: u.col.of }))
  const outputs = list(
    uses.map((u, i) => fixed(d.column(u), ` AS x${i}`)),
    ', ',
    uses.length,
  )
  const query = fixed(
    'SELECT ',
    outputs,
    ' FROM ',
    t.node,
    where([...d.keys(t), test(d.column(uses[0]!), ' IS NOT NULL')]),
  )
  if (r.chance(0.5)) return chained(d, query, cols)
  const [view, ...inside] = r.pick([
    ['given_orgs', 'given'],
    ['fz.main.open_tasks', 'tasks'],
    ['fz.main.owned', 'orgs', 'regions', 'o', 'r'],
    ['leads', 'projects'],
    ['busy', 'e', 'events'],
    ['labelled', 'labels'],
  ] as const)
  const name = r.pick(inside)
  const isSession = ['given', 'e', 'o', 'r'].includes(name)
  const cte = isSession ? fixed(name) : spelt(name, `${name}_9`)
  const v = spelt(view, view.slice(view.lastIndexOf('.') + 1))
  const keys = view.endsWith('open_tasks')
    ? " WHERE v.org IN ('o1', 'O1', '1', '01', 'ö/3') AND v.project IN ('p1', 'P1', 'p 2')"
    : ''
  const rest = r.pick([
    fixed('SELECT v.* FROM ', v, ' AS v', keys),
    fixed('SELECT count(*) AS c1, (SELECT count(*) FROM ', cte, ') AS c2 FROM ', v, ' AS v', keys),
    fixed('SELECT v.*, c.x0 FROM ', v, ' AS v CROSS JOIN ', cte, ' AS c', keys),
    fixed('SELECT c.x0 FROM ', cte, ' AS c WHERE EXISTS (SELECT 1 FROM ', v, ' AS v', keys, ')'),
  ])
  return { tree: group('query', 'WITH ', cte, ' AS (', query, ') ', rest) }
}

/** CTEs in an order of their own, of which each reads the next one. */
function chained(d: Draft, query: Node, cols: readonly Col[]): Made {
  const r = d.random
  const names = Array.from({ length: r.int(2, 4) }, () =>
    r.pick(['', 'given', 'chosen', 'pairs', 'Snap', 'words']),
  )
  const unique = names.map((n, i) => (n !== '' && names.indexOf(n) === i ? n : d.name('c')))
  const definitions = unique.map((name, i) =>
    i === 0
      ? fixed(name, ' AS (', query, ')')
      : fixed(
          name,
          ' AS (',
          r.pick([
            'SELECT * FROM ',
            'SELECT DISTINCT * FROM ',
            `SELECT ${cols.map(c => c.name).join(', ')} FROM `,
          ]),
          unique[i - 1]!,
          ')',
        ),
  )
  const top = unique.at(-1)!
  const withs = fixed('WITH ', list(r.sample(definitions, definitions.length), ', ', definitions.length), ' ')
  if (r.chance(0.4))
    return { tree: fixed(withs, `SELECT z.x0 AS c1, count(*) AS c2 FROM ${top} AS z GROUP BY z.x0`) }
  const item: Item = { alias: 'z', cols }
  const k = d.near(scalars(item), x => isKeyed(x) || r.chance(0.4))
  const equal = d.equality(scalars(item), scalars(k.item)) ?? test('TRUE')
  const keys = d.keys(k, scalars(item))
  return {
    tree: fixed(
      withs,
      d.select(
        [k.item],
        ` FROM ${top} AS z JOIN `,
        k.node,
        list(keys.length > 0 ? keys : [equal], ' AND ', 1, ' ON '),
      ),
    ),
  }
}
