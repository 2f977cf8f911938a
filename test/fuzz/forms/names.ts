import {
  usesOf,
  isFree,
  isKeyed,
  isRequired,
  isScalar,
  scalars,
  where,
  type Draft,
  type Made,
  type Placed,
} from './draft.ts'
import { tested } from './aliases.ts'
import type { Col, Item, Use } from '../scope.ts'
import { fixed, group, keyed, list, spelt, test, type Node } from '../tree.ts'

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
  const conditions = key ? [keyed(k.id, d.column(key), ' = ', outside(0)), ...d.otherKeys(k, key)] : d.keys(k)
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
