import type { ScopeColumn, Relation, ColumnRef } from '../scope.ts'
import { fixed, group, list, predicate, value, type Node } from '../tree.ts'
import { DOMAINS, type Domain } from '../schema.ts'
import { isListable, scalars, where, type FormBuilder, type FormStatement } from './form-builder.ts'

/** A session table or view that a script creates. */
export interface ScriptRelation {
  readonly kind: string
  readonly name: string
  readonly cols: readonly ScopeColumn[]
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

/** A query on it that shows how values are stored: types, order, comparisons and sums. */
export function querySessionRelation(
  builder: FormBuilder,
  of: ScriptRelation,
  all: readonly ScriptRelation[],
): FormStatement {
  const r = builder.random
  const relation: Relation = { alias: 's', cols: of.cols }
  const ref = r.pick(scalars(relation))
  const c = builder.column(ref)
  const from = ` FROM ${of.name} AS s`
  const rest = r.chance(0.5) ? fixed(' WHERE ', compared(builder, ref)) : fixed('')
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
          builder.column(ref),
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
      const t = builder.joinable(scalars(relation), x => isListable(x) || r.chance(0.5))
      const equal = builder.equality(scalars(relation), scalars(t.relation)) ?? predicate('TRUE')
      const keys = builder.keys(t, scalars(relation))
      const linked = keys.length > 0 ? keys : [equal]
      // the statement may compare a key with a session column of numbers
      return {
        answerable: keys.length === 0,
        tree: builder.select(
          [relation, t.relation],
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
      const u: ColumnRef = { relation: { alias: 'o', cols: other.cols }, col: r.pick(other.cols) }
      return {
        tree: group(
          'query',
          'SELECT ',
          c,
          ' AS c1, ',
          builder.column(u),
          ' AS c2',
          from,
          r.pick([' JOIN ', ' LEFT JOIN ']),
          `${other.name} AS o ON `,
          c,
          ' = ',
          builder.column(u),
          rest,
        ),
      }
    }
    case 6: {
      const t = builder.joinable([ref], () => true)
      const same = scalars(t.relation).filter(u => u.col.of === ref.col.of)
      const x = same.length > 0 ? r.pick(same) : r.pick(scalars(t.relation))
      return {
        tree: builder.select(
          [t.relation],
          ' FROM ',
          t.node,
          where([
            ...builder.keys(t),
            predicate(
              builder.column(x),
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

function compared(builder: FormBuilder, ref: ColumnRef): Node {
  const r = builder.random
  const c = builder.column(ref)
  const of = ref.col.of as Domain
  const literal = (): Node =>
    of === 'num' || of === 'shard'
      ? value(r.pick(NUMBERS.slice(0, 8)))
      : value(`'${String(r.pick(DOMAINS[of])).replaceAll("'", "''")}'`)
  return r.pick([
    predicate(c, r.pick([' = ', ' > ', ' <= ', ' <> ']), literal()),
    predicate(c, ' IN (', list([literal(), literal(), literal()], ', '), ')'),
    predicate(c, ' BETWEEN ', literal(), ' AND ', literal()),
    predicate('typeof(', c, ') ', r.pick(['=', '<>']), " 'text'"),
    predicate(c, ' IS NOT NULL'),
  ])
}
