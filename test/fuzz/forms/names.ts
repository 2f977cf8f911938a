import {
  refsOf,
  isListable,
  needsKey,
  isRequired,
  scalars,
  where,
  type FormBuilder,
  type FormStatement,
  type TableRef,
} from './form-builder.ts'
import { conditionOn } from './aliases.ts'
import { isBinaryScalar, type ScopeColumn, type Relation, type ColumnRef } from '../scope.ts'
import { fixed, group, keyed, list, perDialect, predicate, type Node } from '../tree.ts'

const QUOTES: readonly (readonly [string, string])[] = [
  ["'", "'"],
  ['"', '"'],
  ['[', ']'],
  ['`', '`'],
]
const UNUSUAL_NAMES = [
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

/** A name in any kind of quotes; with `isName`, not in single quotes, which would make it a text. */
function quotedName(builder: FormBuilder, name: string, isName = false): string {
  const [open, close] = builder.random.pick(isName ? QUOTES.slice(1) : QUOTES)
  return open + name + close
}

/** Quoted aliases of tables and columns, with blanks, dots and keywords, in subqueries and around them. */
export function quotedNames(builder: FormBuilder): FormStatement {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.3))
  const table = r.pick(['o', 'a b', 'o.x', 'from', 'T', 'order', 'main', 'fz'])
  const node: Node = { kind: 'table', table: t.table, alias: quotedName(builder, table), id: t.id }
  const column = (u: ColumnRef): Node => ({
    kind: 'column',
    qualifier: quotedName(builder, table, false),
    name: r.chance(0.5) ? quotedName(builder, u.col.name, u.col.path.length > 0) : u.col.name,
    path: u.col.path,
  })
  const quotedTable: TableRef = { ...t, relation: { ...t.relation, alias: quotedName(builder, table, true) } }
  const refs = r.sample(scalars(quotedTable.relation), r.int(1, 3))
  const aliases = r.sample(UNUSUAL_NAMES, refs.length)
  const outputs = list(
    refs.map((u, i) => fixed(column(u), r.pick([' AS ', ' ']), quotedName(builder, aliases[i]!))),
    ', ',
    refs.length,
  )
  const inner = fixed(
    'SELECT ',
    outputs,
    r.chance(0.3) ? extraObject(quotedTable, column) : '',
    ' FROM ',
    node,
    where([...builder.keys(quotedTable), conditionOn(builder, column(refs[0]!), refs[0]!)]),
  )
  const q = r.pick(['q', quotedName(builder, 'q 1', true)])
  const outside = (i: number): Node =>
    fixed(r.chance(0.8) ? `${q}.` : '', quotedName(builder, aliases[i]!, true))
  const same = where([
    r.chance(0.6) ? conditionOn(builder, outside(0), refs[0]!) : predicate(outside(0), ' IS NOT NULL'),
  ])
  const shown = list(
    refs.map((_, i) => fixed(outside(i), ` AS c${i + 1}`)),
    ', ',
  )
  return r.weighted<() => FormStatement>([
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
    [1, () => keyedBy(builder, inner, q, refs, outside)],
  ])()
}

/** An object column under its own name, next to aliases that look like paths into it. */
function extraObject({ relation }: TableRef, column: (u: ColumnRef) => Node): Node {
  const object = refsOf(relation).find(u => typeof u.col.of !== 'string' && u.col.path.length === 0)
  return object ? fixed(', ', column(object), ` AS ${object.col.name}`) : fixed('')
}

/** A table whose key is bound by a column with an unusual name. */
function keyedBy(
  builder: FormBuilder,
  inner: Node,
  q: string,
  refs: readonly ColumnRef[],
  outside: (i: number) => Node,
): FormStatement {
  const k = builder.joinable([refs[0]!], needsKey)
  const key = scalars(k.relation).find(u => u.col.of === refs[0]!.col.of && isRequired(k, u))
  const conditions = key
    ? [keyed(k.id, builder.column(key), ' = ', outside(0)), ...builder.otherKeys(k, key)]
    : builder.keys(k)
  return {
    tree: builder.select(
      [k.relation],
      ' FROM (',
      inner,
      `) AS ${q} JOIN `,
      k.node,
      list(conditions, ' AND ', 1, ' ON '),
    ),
  }
}

/** CTEs that are referenced before their definition, and CTEs with the name of a table that a view reads. */
export function cteNames(builder: FormBuilder): FormStatement {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.3))
  const refs = r.sample(scalars(t.relation).filter(isBinaryScalar), r.int(1, 2))
  const cols = refs.map((u, i): ScopeColumn => ({ name: `x${i}`, path: [], of: u.col.of }))
  const outputs = list(
    refs.map((u, i) => fixed(builder.column(u), ` AS x${i}`)),
    ', ',
    refs.length,
  )
  const query = fixed(
    'SELECT ',
    outputs,
    ' FROM ',
    t.node,
    where([...builder.keys(t), predicate(builder.column(refs[0]!), ' IS NOT NULL')]),
  )
  if (r.chance(0.5)) return chained(builder, query, cols)
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
  const cte = isSession ? fixed(name) : perDialect(name, `${name}_9`)
  const v = perDialect(view, view.slice(view.lastIndexOf('.') + 1))
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

/** CTEs in random order, each of which reads the previous one in the chain. */
function chained(builder: FormBuilder, query: Node, cols: readonly ScopeColumn[]): FormStatement {
  const r = builder.random
  const names = Array.from({ length: r.int(2, 4) }, () =>
    r.pick(['', 'given', 'chosen', 'pairs', 'Snap', 'words']),
  )
  const unique = names.map((n, i) => (n !== '' && names.indexOf(n) === i ? n : builder.name('c')))
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
  const relation: Relation = { alias: 'z', cols }
  const k = builder.joinable(scalars(relation), x => needsKey(x) || r.chance(0.4))
  const equal = builder.equality(scalars(relation), scalars(k.relation)) ?? predicate('TRUE')
  const keys = builder.keys(k, scalars(relation))
  return {
    tree: fixed(
      withs,
      builder.select(
        [k.relation],
        ` FROM ${top} AS z JOIN `,
        k.node,
        list(keys.length > 0 ? keys : [equal], ' AND ', 1, ' ON '),
      ),
    ),
  }
}
