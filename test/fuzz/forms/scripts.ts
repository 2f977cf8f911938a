import type { Col, Item, Use } from '../scope.ts'
import { fixed, list, spelt, test, value, type Node } from '../tree.ts'
import type { Domain } from '../world.ts'
import { isFree, scalars, where, type Draft, type Made } from './draft.ts'
import { NUMBERS, read, type Local } from './readings.ts'

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

/** A script that makes tables and views of the session from values and resources, and reads them. */
export function script(d: Draft): Made {
  const r = d.random
  const steps: Node[] = []
  const made: Local[] = [base(d, steps)]
  if (r.chance(0.3)) made.push(base(d, steps))
  for (let n = r.int(0, 3); n > 0; n--) made.push(derive(d, r.pick(made), made, steps))
  const of = r.chance(0.7) ? made.at(-1)! : r.pick(made)
  const reading = read(d, of, made)
  // a column that compares without regard to case gives no keys, nor do the others of its table
  const isCollated = made.some(m => m.isCollated)
  return {
    ...reading,
    ...(isCollated && { answerable: false }),
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
  return { kind: 'TABLE', name, cols, isCollated: declared.some(c => c.endsWith('NOCASE')) }
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
