import type { Col, Item, Use } from '../scope.ts'
import { fixed, group, list, spelt, test, value, type Node } from '../tree.ts'
import { DOMAINS, type Domain } from '../world.ts'
import { isFree, isKeyed, scalars, where, type Draft, type Made } from './draft.ts'

/** A table or view of the session that a script makes. */
interface Local {
  readonly kind: string
  readonly name: string
  readonly cols: readonly Col[]
}

const TYPES = [
  'DECIMAL',
  'DECIMAL(10, 2)',
  'STRING',
  'DATE',
  'DATETIME',
  '',
  'INTEGER',
  'INT',
  'BIGINT',
  'TEXT',
  'VARCHAR(20)',
  'REAL',
  'FLOAT',
  'NUMERIC',
  'BLOB',
  'BOOLEAN',
  'CHAR(3)',
]
const NUMBERS = [
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

/** A script that makes tables and views of the session from values and resources, and reads them. */
export function script(d: Draft): Made {
  const r = d.random
  const steps: Node[] = []
  const made: Local[] = [base(d, steps)]
  if (r.chance(0.3)) made.push(base(d, steps))
  for (let n = r.int(0, 3); n > 0; n--) made.push(derive(d, r.pick(made), made, steps))
  const of = r.chance(0.7) ? made.at(-1)! : r.pick(made)
  return {
    ...read(d, of, made),
    before: { script: list(steps, '; ', steps.length), makes: made.map(m => [m.kind, m.name] as const) },
  }
}

/** CREATE TABLE with declared types, and INSERT. */
function base(d: Draft, steps: Node[]): Local {
  const r = d.random
  const name = d.name('z')
  const domains = r.sample<Domain>(
    ['org', 'user', 'region', 'kind', 'num', 'num', 'shard', 'time', 'project'],
    r.int(1, 3),
  )
  const cols = domains.map((of, i): Col => ({ name: `c${i}`, path: [], of }))
  const declared = cols.map(c => `${c.name} ${r.pick(TYPES)}${r.chance(0.1) ? ' COLLATE NOCASE' : ''}`)
  steps.push(
    fixed(
      spelt(r.pick(['CREATE TABLE ', 'CREATE TABLE ', 'CREATE TEMP TABLE ']), 'CREATE TABLE '),
      `${name} (${declared.join(', ')})`,
    ),
  )
  const rows = Array.from({ length: r.int(2, 6) }, () =>
    fixed(
      '(',
      list(
        domains.map(of => stored(d, of)),
        ', ',
        domains.length,
      ),
      ')',
    ),
  )
  steps.push(fixed(`INSERT INTO ${name} VALUES `, list(rows, ', ')))
  if (r.chance(0.4)) fill(d, name, cols, steps)
  if (r.chance(0.15))
    steps.push(fixed(`DELETE FROM ${name} WHERE ${cols[0]!.name} = `, stored(d, domains[0]!)))
  if (r.chance(0.15))
    steps.push(
      fixed(
        `UPDATE ${name} SET ${cols[0]!.name} = `,
        stored(d, domains[0]!),
        ` WHERE ${cols.at(-1)!.name} IS NOT NULL`,
      ),
    )
  return { kind: 'TABLE', name, cols }
}

function stored(d: Draft, of: Domain): Node {
  const r = d.random
  if (of === 'num' || of === 'shard') return value(r.pick(NUMBERS))
  return r.chance(0.1)
    ? value('NULL')
    : d.literal({ item: { alias: '', cols: [] }, col: { name: '', path: [], of } })
}

/** INSERT … SELECT from a resource, of columns that have the same sort of values. */
function fill(d: Draft, name: string, cols: readonly Col[], steps: Node[]): void {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.3))
  const outputs = cols.map(c => {
    const same = scalars(t.item).filter(u => u.col.of === c.of)
    return same.length > 0 ? d.column(r.pick(same)) : stored(d, c.of as Domain)
  })
  const into = r.chance(0.5) ? ` (${cols.map(c => c.name).join(', ')})` : ''
  steps.push(
    fixed(
      `INSERT INTO ${name}${into} SELECT `,
      list(outputs, ', ', outputs.length),
      ' FROM ',
      t.node,
      where(d.keys(t)),
    ),
  )
}

/** A table, view or materialized view over what there is. */
function derive(d: Draft, of: Local, all: readonly Local[], steps: Node[]): Local {
  const r = d.random
  const name = d.name('z')
  const kind = r.pick(['TABLE', 'VIEW', 'MATERIALIZED VIEW'])
  const { node, cols } = query(d, of, all)
  const create =
    kind === 'TABLE'
      ? fixed('CREATE TABLE ')
      : kind === 'VIEW'
        ? fixed(spelt(r.pick(['CREATE VIEW ', 'CREATE TEMP VIEW ']), 'CREATE VIEW '))
        : spelt('CREATE MATERIALIZED VIEW ', 'CREATE TABLE ')
  steps.push(fixed(create, `${name} AS `, node))
  return { kind, name, cols }
}

function query(d: Draft, of: Local, all: readonly Local[]): { node: Node; cols: readonly Col[] } {
  const r = d.random
  const alias = d.name('s')
  const item: Item = { alias, cols: of.cols }
  const from = r.weighted([
    [6, `${of.name} AS ${alias}`],
    [1, `(SELECT * FROM ${of.name}) AS ${alias}`],
    [1, `(SELECT * FROM ${of.name} UNION ALL SELECT * FROM ${of.name}) AS ${alias}`],
  ])
  const twin = all.find(m => m !== of && m.cols.length === of.cols.length)
  switch (r.int(0, 5)) {
    case 0:
      return { node: fixed(r.pick(['SELECT * FROM ', 'SELECT DISTINCT * FROM ']), from), cols: of.cols }
    case 1: {
      if (!twin) return { node: fixed(`WITH w AS (SELECT * FROM ${of.name}) SELECT * FROM w`), cols: of.cols }
      return {
        node: fixed(
          `SELECT * FROM ${of.name}`,
          r.pick([' UNION ALL ', ' UNION ', ' EXCEPT ']),
          `SELECT * FROM ${twin.name}`,
        ),
        cols: of.cols,
      }
    }
    case 2: {
      const t = d.near(scalars(item), x => isFree(x) || r.chance(0.4))
      const equal = d.equality(scalars(item), scalars(t.item)) ?? test('TRUE')
      const keys = d.keys(t, scalars(item))
      const uses = [...r.sample(scalars(item), 2), ...r.sample(scalars(t.item), r.int(1, 2))]
      return named(
        d,
        uses,
        fixed(
          ' FROM ',
          from,
          r.pick([' JOIN ', ' LEFT JOIN ']),
          t.node,
          list(keys.length > 0 ? keys : [equal], ' AND ', 1, ' ON '),
        ),
      )
    }
    case 3: {
      const [key, other] = [r.pick(scalars(item)), r.pick(scalars(item))]
      const call = r.pick(['max', 'min', 'count', 'sum', 'total'])
      const node = fixed(
        'SELECT ',
        d.column(key),
        ` AS c0, ${call}(`,
        d.column(other),
        ') AS c1 FROM ',
        from,
        ' GROUP BY 1',
      )
      const of2 = ['count', 'sum', 'total'].includes(call) ? 'num' : other.col.of
      return {
        node,
        cols: [
          { name: 'c0', path: [], of: key.col.of },
          { name: 'c1', path: [], of: of2 },
        ],
      }
    }
    default:
      return named(d, r.sample(scalars(item), r.int(1, 3)), fixed(' FROM ', from))
  }
}

/** SELECT of columns, as they are or within an expression that may change their type. */
function named(d: Draft, uses: readonly Use[], rest: Node): { node: Node; cols: readonly Col[] } {
  const r = d.random
  const outputs = uses.map((u, i) => {
    const c = d.column(u)
    const made = r.weighted<Node>([
      [10, c],
      [1, value('(', c, ')')],
      [1, value('+', c)],
      [1, value('CAST(', c, ' AS ', r.pick(['TEXT', 'INTEGER', 'NUMERIC', 'REAL']), ')')],
      [1, value('coalesce(', c, ', ', stored(d, u.col.of as Domain), ')')],
      [1, value('CASE WHEN ', c, ' IS NOT NULL THEN ', c, ' END')],
      [1, value('(SELECT ', c, ')')],
      [1, value('(', c, " || '')")],
      [u.col.of === 'num' ? 2 : 0, value('(', c, ' + 1)')],
    ])
    return fixed(made, ` AS c${i}`)
  })
  const cols = uses.map((u, i): Col => ({ name: `c${i}`, path: [], of: u.col.of }))
  return { node: fixed('SELECT ', list(outputs, ', ', outputs.length), rest), cols }
}

/** What reads them: types, order, comparisons and sums tell how the values are stored. */
function read(d: Draft, of: Local, all: readonly Local[]): Made {
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
      const t = d.near([use], x => isFree(x) || isKeyed(x))
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
