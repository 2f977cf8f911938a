import { NAMED } from '../named.ts'
import { columnNode, type Col, type Use } from '../scope.ts'
import { fixed, group, keyed, list, spelt, test, value, type Node } from '../tree.ts'
import type { Domain } from '../world.ts'
import { compared } from './comparisons.ts'
import { isFree, isKeyed, scalars, scopeOf, where, type Draft, type Made, type Placed } from './draft.ts'

/** What stands behind IN without brackets. */
interface Name {
  readonly node: Node
  readonly cols: readonly Col[]
  /** Definition of the CTE, if it is one. */
  readonly cte?: Node
}

/** `x IN name` and `x NOT IN name`, where name is a CTE, a view or a table. */
export function membership(d: Draft): Made {
  const r = d.random
  const name = r.weighted([
    [5, cteName],
    [4, viewName],
  ])(d)
  const domains = name.cols.map(c => c.of)
  const hasAll = (p: Placed): boolean => domains.every(of => scalars(p.item).some(u => u.col.of === of))
  let t = d.table(x => isFree(x) || r.chance(0.4))
  for (let left = 20; left > 0 && !hasAll(t); left--) t = d.table(() => true)
  const uses = domains.map(of => {
    const same = scalars(t.item).filter(u => u.col.of === of)
    return r.pick(same.length > 0 ? same : scalars(t.item))
  })
  const ctes = name.cte ? [name.cte] : []
  const isKey = isKeyed(t.table) && uses.length === 1 && r.chance(0.7) && byKey(t, uses[0]!)
  const conditions = isKey
    ? [keyed(t.id, d.column(uses[0]!), ' IN ', name.node)]
    : [...d.keys(t), ...(r.chance(0.15) ? [compared(d, t.item)] : []), inName(d, uses, name)]
  return {
    answerable: !isKey,
    tree: fixed(list(ctes, ', ', 0, 'WITH '), ctes.length > 0 ? ' ' : '', shown(d, t, conditions)),
  }
}

const byKey = ({ table }: Placed, { col }: Use): boolean =>
  table.resource.methods.some(m => {
    const required = m.params.filter(p => p.required)
    return required.length === 1 && required[0]!.column === col.name && col.path.length === 0
  })

function inName(d: Draft, uses: readonly Use[], name: Name): Node {
  const r = d.random
  const scope = scopeOf([uses[0]!.item])
  const nodes = uses.map(u => columnNode(u, scope, r))
  const left =
    nodes.length > 1
      ? value('(', list(nodes, ', ', nodes.length), ')')
      : r.weighted<Node>([
          [6, nodes[0]!],
          [1, value('(', nodes[0]!, ')')],
          [1, value('+', nodes[0]!)],
          [1, value('coalesce(', nodes[0]!, ', ', d.literal(uses[0]!), ')')],
          [1, d.literal(uses[0]!)],
        ])
  return r.weighted([
    [6, test(left, ' IN ', name.node)],
    [4, test(left, ' NOT IN ', name.node)],
    [1, test('NOT (', left, ' IN ', name.node, ')')],
    [1, test('(', left, ' IN ', name.node, ') IS NOT TRUE')],
    [1, test('CASE WHEN ', left, ' IN ', name.node, ' THEN 1 ELSE 0 END = ', r.pick(['0', '1']))],
    [1, test('(', left, ' IN ', name.node, ' OR ', nodes[0]!, ' IS NULL)')],
  ])
}

function shown(d: Draft, t: Placed, conditions: readonly Node[]): Node {
  const r = d.random
  const last = conditions.at(-1)!
  const rest = conditions.slice(0, -1)
  switch (r.int(0, 7)) {
    case 0:
      return group('query', 'SELECT count(*) AS c1, sum(', last, ') AS c2 FROM ', t.node, where(rest))
    case 1: {
      const o = d.near(scalars(t.item))
      const equal = d.equality(scalars(o.item), scalars(t.item)) ?? test('TRUE')
      const all = list([equal, ...conditions], ' AND ', 1, ' ON ')
      return d.select([o.item, t.item], ' FROM ', o.node, r.pick([' JOIN ', ' LEFT JOIN ']), t.node, all)
    }
    case 2: {
      const o = d.near(scalars(t.item))
      const equal = d.equality(scalars(o.item), scalars(t.item)) ?? test('TRUE')
      const inner = where([equal, ...conditions])
      const not = r.chance(0.4) ? 'NOT ' : ''
      return d.select([o.item], ' FROM ', o.node, ` WHERE ${not}EXISTS (SELECT 1 FROM `, t.node, inner, ')')
    }
    default:
      return d.select([t.item], ' FROM ', t.node, where(r.sample(conditions, conditions.length)))
  }
}

/** A CTE of one column or two; its name may be that of a resource or of a table of the session. */
function cteName(d: Draft): Name {
  const r = d.random
  const t = d.table(x => isFree(x) || r.chance(0.3))
  const uses = r.sample(
    scalars(t.item).filter(u => u.col.of !== 'bool'),
    r.chance(0.8) ? 1 : 2,
  )
  const filled = uses.map(u => test(d.column(u), ' IS NOT NULL'))
  const own = r.chance(0.3) ? [test(d.column(uses[0]!), ' <> ', d.literal(uses[0]!))] : []
  const name = r.weighted<Node>([
    [5, fixed(d.name('c'))],
    [2, fixed(r.pick(['chosen', 'given', 'Snap', 'leads', 'given_orgs']))],
    [2, spelt(r.pick(['orgs', 'regions', 'tasks', 'members']), d.name('c'))],
  ])
  const cols = uses.map((u, i) => ({ name: `x${i}`, path: [], of: u.col.of as Domain }))
  const names = fixed('(', cols.map(c => c.name).join(', '), ')')
  const outputs = list(
    uses.map((u, i) => fixed(d.column(u), ` AS x${i}`)),
    ', ',
    uses.length,
  )
  const query = fixed(
    r.pick(['SELECT ', 'SELECT DISTINCT ']),
    outputs,
    ' FROM ',
    t.node,
    where([...d.keys(t), ...(r.chance(0.8) ? filled : []), ...own]),
  )
  return { node: name, cols, cte: fixed(name, r.chance(0.3) ? names : '', ' AS (', query, ')') }
}

/** A view of the provider or of the session, or a table of the session, in any spelling of its name. */
function viewName(d: Draft): Name {
  const r = d.random
  const of = r.pick(NAMED.filter(n => n.cols.length === 1 || (n.plain === 'words' && r.chance(0.5))))
  if (of.name.includes('.')) return { node: spelt(of.name, of.plain), cols: of.cols }
  const name =
    of.plain === 'words' ? of.plain : r.pick([of.plain, `"${of.plain}"`, `[${of.plain}]`, `\`${of.plain}\``])
  return { node: fixed(name), cols: of.cols }
}
