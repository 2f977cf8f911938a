import { NAMED_RELATIONS } from '../named-relations.ts'
import { columnNode, type ScopeColumn, type ColumnRef } from '../scope.ts'
import { fixed, group, keyed, list, perDialect, predicate, value, type Node } from '../tree.ts'
import type { Domain } from '../schema.ts'
import { comparisonOf } from './comparisons.ts'
import {
  isListable,
  needsKey,
  scalars,
  scopeOf,
  where,
  type FormBuilder,
  type FormStatement,
  type TableRef,
} from './form-builder.ts'

/** The name after IN, without parentheses. */
interface Name {
  readonly node: Node
  readonly cols: readonly ScopeColumn[]
  /** The definition, if it is a CTE. */
  readonly cte?: Node
}

/** `x IN name` and `x NOT IN name`, where name is a CTE, a view or a table. */
export function membership(builder: FormBuilder): FormStatement {
  const r = builder.random
  const name = r.weighted([
    [5, cteName],
    [4, viewName],
  ])(builder)
  const domains = name.cols.map(c => c.of)
  const hasAll = (p: TableRef): boolean => domains.every(of => scalars(p.relation).some(u => u.col.of === of))
  let t = builder.table(x => isListable(x) || r.chance(0.4))
  for (let left = 20; left > 0 && !hasAll(t); left--) t = builder.table(() => true)
  const refs = domains.map(of => {
    const same = scalars(t.relation).filter(u => u.col.of === of)
    return r.pick(same.length > 0 ? same : scalars(t.relation))
  })
  const ctes = name.cte ? [name.cte] : []
  const isKey = needsKey(t.table) && refs.length === 1 && r.chance(0.7) && byKey(t, refs[0]!)
  const conditions = isKey
    ? [keyed(t.id, builder.column(refs[0]!), ' IN ', name.node)]
    : [
        ...builder.keys(t),
        ...(r.chance(0.15) ? [comparisonOf(builder, t.relation)] : []),
        inName(builder, refs, name),
      ]
  return {
    answerable: !isKey,
    tree: fixed(list(ctes, ', ', 0, 'WITH '), ctes.length > 0 ? ' ' : '', shown(builder, t, conditions)),
  }
}

const byKey = ({ table }: TableRef, { col }: ColumnRef): boolean =>
  table.resource.methods.some(m => {
    const required = m.params.filter(p => p.required)
    return required.length === 1 && required[0]!.column === col.name && col.path.length === 0
  })

function inName(builder: FormBuilder, refs: readonly ColumnRef[], name: Name): Node {
  const r = builder.random
  const scope = scopeOf([refs[0]!.relation])
  const nodes = refs.map(u => columnNode(u, scope, r))
  const left =
    nodes.length > 1
      ? value('(', list(nodes, ', ', nodes.length), ')')
      : r.weighted<Node>([
          [6, nodes[0]!],
          [1, value('(', nodes[0]!, ')')],
          [1, value('+', nodes[0]!)],
          [1, value('coalesce(', nodes[0]!, ', ', builder.literal(refs[0]!), ')')],
          [1, builder.literal(refs[0]!)],
        ])
  return r.weighted([
    [6, predicate(left, ' IN ', name.node)],
    [4, predicate(left, ' NOT IN ', name.node)],
    [1, predicate('NOT (', left, ' IN ', name.node, ')')],
    [1, predicate('(', left, ' IN ', name.node, ') IS NOT TRUE')],
    [1, predicate('CASE WHEN ', left, ' IN ', name.node, ' THEN 1 ELSE 0 END = ', r.pick(['0', '1']))],
    [1, predicate('(', left, ' IN ', name.node, ' OR ', nodes[0]!, ' IS NULL)')],
  ])
}

function shown(builder: FormBuilder, t: TableRef, conditions: readonly Node[]): Node {
  const r = builder.random
  const last = conditions.at(-1)!
  const rest = conditions.slice(0, -1)
  switch (r.int(0, 7)) {
    case 0:
      return group('query', 'SELECT count(*) AS c1, sum(', last, ') AS c2 FROM ', t.node, where(rest))
    case 1: {
      const o = builder.joinable(scalars(t.relation))
      const equal = builder.equality(scalars(o.relation), scalars(t.relation)) ?? predicate('TRUE')
      const all = list([equal, ...conditions], ' AND ', 1, ' ON ')
      return builder.select(
        [o.relation, t.relation],
        ' FROM ',
        o.node,
        r.pick([' JOIN ', ' LEFT JOIN ']),
        t.node,
        all,
      )
    }
    case 2: {
      const o = builder.joinable(scalars(t.relation))
      const equal = builder.equality(scalars(o.relation), scalars(t.relation)) ?? predicate('TRUE')
      const inner = where([equal, ...conditions])
      const not = r.chance(0.4) ? 'NOT ' : ''
      return builder.select(
        [o.relation],
        ' FROM ',
        o.node,
        ` WHERE ${not}EXISTS (SELECT 1 FROM `,
        t.node,
        inner,
        ')',
      )
    }
    default:
      return builder.select([t.relation], ' FROM ', t.node, where(r.sample(conditions, conditions.length)))
  }
}

/** A CTE of one or two columns; it may have the name of a resource or of a session table. */
function cteName(builder: FormBuilder): Name {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.3))
  const refs = r.sample(
    scalars(t.relation).filter(u => u.col.of !== 'bool'),
    r.chance(0.8) ? 1 : 2,
  )
  const filled = refs.map(u => predicate(builder.column(u), ' IS NOT NULL'))
  const own = r.chance(0.3) ? [predicate(builder.column(refs[0]!), ' <> ', builder.literal(refs[0]!))] : []
  const name = r.weighted<Node>([
    [5, fixed(builder.name('c'))],
    [2, fixed(r.pick(['chosen', 'given', 'Snap', 'leads', 'given_orgs']))],
    [2, perDialect(r.pick(['orgs', 'regions', 'tasks', 'members']), builder.name('c'))],
  ])
  const cols = refs.map((u, i) => ({ name: `x${i}`, path: [], of: u.col.of as Domain }))
  const names = fixed('(', cols.map(c => c.name).join(', '), ')')
  const outputs = list(
    refs.map((u, i) => fixed(builder.column(u), ` AS x${i}`)),
    ', ',
    refs.length,
  )
  const query = fixed(
    r.pick(['SELECT ', 'SELECT DISTINCT ']),
    outputs,
    ' FROM ',
    t.node,
    where([...builder.keys(t), ...(r.chance(0.8) ? filled : []), ...own]),
  )
  return { node: name, cols, cte: fixed(name, r.chance(0.3) ? names : '', ' AS (', query, ')') }
}

/** A view or session table, with its name quoted in any way. */
function viewName(builder: FormBuilder): Name {
  const r = builder.random
  const of = r.pick(
    NAMED_RELATIONS.filter(n => n.cols.length === 1 || (n.sqliteName === 'words' && r.chance(0.5))),
  )
  if (of.name.includes('.')) return { node: perDialect(of.name, of.sqliteName), cols: of.cols }
  const name =
    of.sqliteName === 'words'
      ? of.sqliteName
      : r.pick([of.sqliteName, `"${of.sqliteName}"`, `[${of.sqliteName}]`, `\`${of.sqliteName}\``])
  return { node: fixed(name), cols: of.cols }
}
