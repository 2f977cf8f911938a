import type { Col, Item, Use } from '../scope.ts'
import { fixed, group, list, test, value, type Node } from '../tree.ts'
import { DOMAINS, type Domain } from '../world.ts'
import { isFree, scalars, where, type Draft, type Made } from './draft.ts'

/** A table or view of the session that a script makes. */
export interface Local {
  readonly kind: string
  readonly name: string
  readonly cols: readonly Col[]
  readonly isCollated?: boolean
}

/** Numbers, and texts that look like numbers. */
export const NUMBERS = [
  '0',
  '1',
  '2',
  '10',
  '9',
  '-1',
  '8.5',
  '1.0',
  "'1'",
  "'10'",
  "'9'",
  "'08'",
  "'1.0'",
  '13',
  "'13'",
  'NULL',
]

/** What reads them: types, order, comparisons and sums tell how the values are stored. */
export function read(d: Draft, of: Local, all: readonly Local[]): Made {
  const r = d.random
  const item: Item = { alias: 's', cols: of.cols }
  const use = r.pick(scalars(item))
  const c = d.column(use)
  const from = ` FROM ${of.name} AS s`
  const rest = r.chance(0.5) ? fixed(' WHERE ', compared(d, use)) : fixed('')
  const shown = list(
    of.cols.map((col, i) => fixed(`s.${col.name}, typeof(s.${col.name}) AS t${i}`)),
    ', ',
  )
  switch (r.int(0, 7)) {
    case 0:
      return {
        tree: group(
          'query',
          'SELECT max(',
          c,
          ') AS c1, min(',
          c,
          ') AS c2, sum(',
          c,
          ') AS c3, count(DISTINCT ',
          c,
          ') AS c4',
          from,
          rest,
        ),
      }
    case 1:
      return {
        tree: group('query', 'SELECT ', c, ' AS c1', from, rest),
        tail: fixed(' ORDER BY 1', r.pick(['', ' DESC'])),
        order: [{ column: 0, nocase: false }],
      }
    case 2:
      return {
        tree: group(
          'query',
          'SELECT ',
          d.column(use),
          ' AS c1, count(*) AS c2',
          from,
          rest,
          ' GROUP BY typeof(',
          c,
          '), ',
          c,
        ),
      }
    case 3:
    case 4: {
      const t = d.near(scalars(item), x => isFree(x) || r.chance(0.5))
      const equal = d.equality(scalars(item), scalars(t.item)) ?? test('TRUE')
      const keys = d.keys(t, scalars(item))
      const linked = keys.length > 0 ? keys : [equal]
      // a key may be compared with a column of the session that holds numbers
      return {
        answerable: keys.length === 0,
        tree: d.select(
          [item, t.item],
          from,
          r.pick([' JOIN ', ' LEFT JOIN ']),
          t.node,
          list(linked, ' AND ', 1, ' ON '),
          rest,
        ),
      }
    }
    case 5: {
      const other = r.pick(all)
      const u: Use = { item: { alias: 'o', cols: other.cols }, col: r.pick(other.cols) }
      return {
        tree: group(
          'query',
          'SELECT ',
          c,
          ' AS c1, ',
          d.column(u),
          ' AS c2',
          from,
          r.pick([' JOIN ', ' LEFT JOIN ']),
          `${other.name} AS o ON `,
          c,
          ' = ',
          d.column(u),
          rest,
        ),
      }
    }
    case 6: {
      const t = d.near([use], () => true)
      const same = scalars(t.item).filter(u => u.col.of === use.col.of)
      const x = same.length > 0 ? r.pick(same) : r.pick(scalars(t.item))
      return {
        tree: d.select(
          [t.item],
          ' FROM ',
          t.node,
          where([
            ...d.keys(t),
            test(
              d.column(x),
              r.pick([' IN (', ' NOT IN (']),
              'SELECT ',
              c,
              from,
              ' WHERE ',
              c,
              ' IS NOT NULL)',
            ),
          ]),
        ),
      }
    }
    default:
      return { tree: group('query', 'SELECT ', shown, from, rest) }
  }
}

function compared(d: Draft, use: Use): Node {
  const r = d.random
  const c = d.column(use)
  const of = use.col.of as Domain
  const literal = (): Node =>
    of === 'num' || of === 'shard'
      ? value(r.pick(NUMBERS.slice(0, 8)))
      : value(`'${String(r.pick(DOMAINS[of])).replaceAll("'", "''")}'`)
  return r.pick([
    test(c, r.pick([' = ', ' > ', ' <= ', ' <> ']), literal()),
    test(c, ' IN (', list([literal(), literal(), literal()], ', '), ')'),
    test(c, ' BETWEEN ', literal(), ' AND ', literal()),
    test('typeof(', c, ') ', r.pick(['=', '<>']), " 'text'"),
    test(c, ' IS NOT NULL'),
  ])
}
