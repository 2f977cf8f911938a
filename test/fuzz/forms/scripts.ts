import type { ScopeColumn, Relation, ColumnRef } from '../scope.ts'
import { fixed, list, perDialect, predicate, value, type Node } from '../tree.ts'
import type { Domain } from '../schema.ts'
import { isListable, scalars, where, type FormBuilder, type FormStatement } from './form-builder.ts'
import { NUMBERS, querySessionRelation, type ScriptRelation } from './session-queries.ts'

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

/** A script that creates session tables and views from constants and resources, and a query on them. */
export function script(builder: FormBuilder): FormStatement {
  const r = builder.random
  const steps: Node[] = []
  const made: ScriptRelation[] = [createTable(builder, steps)]
  if (r.chance(0.3)) made.push(createTable(builder, steps))
  for (let n = r.int(0, 3); n > 0; n--) made.push(createFrom(builder, r.pick(made), made, steps))
  const of = r.chance(0.7) ? made.at(-1)! : r.pick(made)
  const reading = querySessionRelation(builder, of, made)
  // a table with a NOCASE column cannot bind keys
  const isCollated = made.some(m => m.isCollated)
  return {
    ...reading,
    ...(isCollated && { answerable: false }),
    setup: { script: list(steps, '; ', steps.length), creates: made.map(m => [m.kind, m.name] as const) },
  }
}

/** CREATE TABLE with declared types, and INSERT. */
function createTable(builder: FormBuilder, steps: Node[]): ScriptRelation {
  const r = builder.random
  const name = builder.name('z')
  const domains = r.sample<Domain>(
    ['org', 'user', 'region', 'kind', 'num', 'num', 'shard', 'time', 'project'],
    r.int(1, 3),
  )
  const cols = domains.map((of, i): ScopeColumn => ({ name: `c${i}`, path: [], of }))
  const declared = cols.map(c => `${c.name} ${r.pick(TYPES)}${r.chance(0.1) ? ' COLLATE NOCASE' : ''}`)
  steps.push(
    fixed(
      perDialect(r.pick(['CREATE TABLE ', 'CREATE TABLE ', 'CREATE TEMP TABLE ']), 'CREATE TABLE '),
      `${name} (${declared.join(', ')})`,
    ),
  )
  const rows = Array.from({ length: r.int(2, 6) }, () =>
    fixed(
      '(',
      list(
        domains.map(of => storedValue(builder, of)),
        ', ',
        domains.length,
      ),
      ')',
    ),
  )
  steps.push(fixed(`INSERT INTO ${name} VALUES `, list(rows, ', ')))
  if (r.chance(0.4)) insertSelect(builder, name, cols, steps)
  if (r.chance(0.15))
    steps.push(fixed(`DELETE FROM ${name} WHERE ${cols[0]!.name} = `, storedValue(builder, domains[0]!)))
  if (r.chance(0.15))
    steps.push(
      fixed(
        `UPDATE ${name} SET ${cols[0]!.name} = `,
        storedValue(builder, domains[0]!),
        ` WHERE ${cols.at(-1)!.name} IS NOT NULL`,
      ),
    )
  return { kind: 'TABLE', name, cols, isCollated: declared.some(c => c.endsWith('NOCASE')) }
}

function storedValue(builder: FormBuilder, of: Domain): Node {
  const r = builder.random
  if (of === 'num' || of === 'shard') return value(r.pick(NUMBERS))
  return r.chance(0.1)
    ? value('NULL')
    : builder.literal({ relation: { alias: '', cols: [] }, col: { name: '', path: [], of } })
}

/** INSERT … SELECT from columns of a resource with the same domains. */
function insertSelect(builder: FormBuilder, name: string, cols: readonly ScopeColumn[], steps: Node[]): void {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.3))
  const outputs = cols.map(c => {
    const same = scalars(t.relation).filter(u => u.col.of === c.of)
    return same.length > 0 ? builder.column(r.pick(same)) : storedValue(builder, c.of as Domain)
  })
  const into = r.chance(0.5) ? ` (${cols.map(c => c.name).join(', ')})` : ''
  steps.push(
    fixed(
      `INSERT INTO ${name}${into} SELECT `,
      list(outputs, ', ', outputs.length),
      ' FROM ',
      t.node,
      where(builder.keys(t)),
    ),
  )
}

/** A table, view or materialized view over earlier ones. */
function createFrom(
  builder: FormBuilder,
  of: ScriptRelation,
  all: readonly ScriptRelation[],
  steps: Node[],
): ScriptRelation {
  const r = builder.random
  const name = builder.name('z')
  const kind = r.pick(['TABLE', 'VIEW', 'MATERIALIZED VIEW'])
  const { node, cols } = query(builder, of, all)
  const create =
    kind === 'TABLE'
      ? fixed('CREATE TABLE ')
      : kind === 'VIEW'
        ? fixed(perDialect(r.pick(['CREATE VIEW ', 'CREATE TEMP VIEW ']), 'CREATE VIEW '))
        : perDialect('CREATE MATERIALIZED VIEW ', 'CREATE TABLE ')
  steps.push(fixed(create, `${name} AS `, node))
  return { kind, name, cols }
}

function query(
  builder: FormBuilder,
  of: ScriptRelation,
  all: readonly ScriptRelation[],
): { node: Node; cols: readonly ScopeColumn[] } {
  const r = builder.random
  const alias = builder.name('s')
  const relation: Relation = { alias, cols: of.cols }
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
      const t = builder.joinable(scalars(relation), x => isListable(x) || r.chance(0.4))
      const equal = builder.equality(scalars(relation), scalars(t.relation)) ?? predicate('TRUE')
      const keys = builder.keys(t, scalars(relation))
      const refs = [...r.sample(scalars(relation), 2), ...r.sample(scalars(t.relation), r.int(1, 2))]
      return project(
        builder,
        refs,
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
      const [key, other] = [r.pick(scalars(relation)), r.pick(scalars(relation))]
      const call = r.pick(['max', 'min', 'count', 'sum', 'total'])
      const node = fixed(
        'SELECT ',
        builder.column(key),
        ` AS c0, ${call}(`,
        builder.column(other),
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
      return project(builder, r.sample(scalars(relation), r.int(1, 3)), fixed(' FROM ', from))
  }
}

/** SELECT of columns, bare or in an expression that may change their type. */
function project(
  builder: FormBuilder,
  refs: readonly ColumnRef[],
  rest: Node,
): { node: Node; cols: readonly ScopeColumn[] } {
  const r = builder.random
  const outputs = refs.map((u, i) => {
    const c = builder.column(u)
    const made = r.weighted<Node>([
      [10, c],
      [1, value('(', c, ')')],
      [1, value('+', c)],
      [1, value('CAST(', c, ' AS ', r.pick(['TEXT', 'INTEGER', 'NUMERIC', 'REAL']), ')')],
      [1, value('coalesce(', c, ', ', storedValue(builder, u.col.of as Domain), ')')],
      [1, value('CASE WHEN ', c, ' IS NOT NULL THEN ', c, ' END')],
      [1, value('(SELECT ', c, ')')],
      [1, value('(', c, " || '')")],
      [u.col.of === 'num' ? 2 : 0, value('(', c, ' + 1)')],
    ])
    return fixed(made, ` AS c${i}`)
  })
  const cols = refs.map((u, i): ScopeColumn => ({ name: `c${i}`, path: [], of: u.col.of }))
  return { node: fixed('SELECT ', list(outputs, ', ', outputs.length), rest), cols }
}
