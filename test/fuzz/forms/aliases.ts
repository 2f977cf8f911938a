import type { Relation, ColumnRef } from '../scope.ts'
import { fixed, group, keyed, predicate, type ColumnNode, type Node } from '../tree.ts'
import {
  hasKeyColumns,
  isListable,
  needsKey,
  isRequired,
  scalars,
  where,
  type FormBuilder,
  type FormStatement,
} from './form-builder.ts'

/** An unqualified column reference. */
const bare = (name: string, path: readonly string[] = [], implied: readonly string[] = []): ColumnNode => ({
  kind: 'column',
  qualifier: undefined,
  name,
  path,
  ...(implied.length > 0 && { implied }),
})

/** A new alias, or one that equals a column of these relations. */
function aliasName(builder: FormBuilder, ...relations: readonly Relation[]): string {
  const names = relations.flatMap(i => i.cols.map(c => c.name))
  return names.length > 0 && builder.random.chance(0.5) ? builder.random.pick(names) : builder.name('al')
}

/** Resolves an unqualified name where the select list also has it as an alias: a column of the relation wins. */
function resolveAlias(relation: Relation, alias: string, ref: ColumnRef): { node: Node; ref: ColumnRef } {
  const own = relation.cols.find(c => c.name === alias && c.path.length === 0)
  if (own && typeof own.of !== 'string' && own.implied) {
    const field = relation.cols.find(c => c.name === alias && c.path.join() === own.implied!.join())!
    return { node: bare(alias, [], own.implied), ref: { relation, col: field } }
  }
  return { node: bare(alias), ref: own ? { relation, col: own } : ref }
}

const isResolvable = (relation: Relation, alias: string): boolean => {
  const own = relation.cols.find(c => c.name === alias && c.path.length === 0)
  return own === undefined || typeof own.of === 'string' || own.implied !== undefined
}

function pickAlias(builder: FormBuilder, relation: Relation): { ref: ColumnRef; alias: string } {
  const ref = builder.random.pick(scalars(relation))
  let alias = aliasName(builder, relation)
  for (let left = 9; left > 0 && !isResolvable(relation, alias); left--) alias = aliasName(builder, relation)
  return { ref, alias: isResolvable(relation, alias) ? alias : builder.name('al') }
}

/** A condition on a name, usually true for some row. */
export function conditionOn(builder: FormBuilder, node: Node, ref: ColumnRef): Node {
  const r = builder.random
  const literal = builder.literal(ref)
  // IS NULL would test the object itself
  if (node.kind === 'column' && node.implied)
    return r.pick([
      predicate(node, ' = ', literal),
      predicate(node, ' IN (', literal, ', ', builder.literal(ref), ')'),
    ])
  return r.pick([
    predicate(node, ' = ', literal),
    predicate(node, ' IN (', literal, ', ', builder.literal(ref), ')'),
    predicate(node, ' <> ', literal),
    predicate(node, ' IS NOT NULL'),
    predicate(node, ' IS NULL'),
    predicate('coalesce(', node, ', ', literal, ') = ', literal),
    predicate('(', node, ' = ', literal, ' OR ', node, ' = ', builder.literal(ref), ')'),
  ])
}

/** A result alias in WHERE, GROUP BY, HAVING and ORDER BY. */
export function aliasInQuery(builder: FormBuilder): FormStatement {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.3))
  const { ref, alias } = pickAlias(builder, t.relation)
  const { node, ref: resolved } = resolveAlias(t.relation, alias, ref)
  const keys = builder.keys(t)
  const first = fixed('SELECT ', builder.column(ref), ` AS ${alias}`)
  switch (r.int(0, 7)) {
    case 5:
    case 6:
      return keyByAlias(builder)
    case 0:
      return {
        tree: group(
          'query',
          first,
          ', count(*) AS n9 FROM ',
          t.node,
          where(keys),
          ' GROUP BY 1 HAVING ',
          r.pick([
            fixed('n9 >= 1'),
            fixed('n9 < 3'),
            fixed('n9 <> 2 AND ', conditionOn(builder, builder.column(ref), ref)),
          ]),
        ),
      }
    case 1: {
      const fresh = builder.name('al')
      return {
        tree: group(
          'query',
          'SELECT ',
          builder.column(ref),
          ` AS ${fresh}, count(*) AS n9 FROM `,
          t.node,
          where(keys),
          ` GROUP BY ${fresh} HAVING `,
          conditionOn(builder, bare(fresh), ref),
        ),
      }
    }
    case 2:
      return {
        tree: group('query', first, ' FROM ', t.node, where([...keys, conditionOn(builder, node, resolved)])),
        tail: fixed(` ORDER BY ${alias}`, r.pick(['', ' DESC', ' COLLATE BINARY'])),
        order: [{ column: 0, nocase: false }],
      }
    case 3: {
      const inner = group(
        'query',
        first,
        ' FROM ',
        t.node,
        where([...keys, conditionOn(builder, node, resolved)]),
      )
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
          builder.column(r.pick(scalars(t.relation))),
          ' AS c2 FROM ',
          t.node,
          where(
            r.sample(
              [...keys, conditionOn(builder, node, resolved), conditionOn(builder, node, resolved)],
              9,
            ),
          ),
        ),
      }
  }
}

/** A key bound by a result alias that stands for a column of another table. */
function keyByAlias(builder: FormBuilder): FormStatement {
  const r = builder.random
  const o = builder.table(hasKeyColumns)
  const k = builder.joinable(scalars(o.relation), needsKey)
  const required = scalars(k.relation).filter(u => isRequired(k, u))
  const pairs = required.flatMap(key =>
    scalars(o.relation).flatMap(ref => (ref.col.of === key.col.of ? [{ key, ref }] : [])),
  )
  if (pairs.length === 0) return aliasInQuery(builder)
  const { key, ref } = r.pick(pairs)
  const alias = builder.name('al')
  const given = keyed(
    k.id,
    builder.column(key),
    ' = ',
    r.pick([alias, `(${alias})`, `+${alias}`, `"${alias}"`]),
  )
  const conditions = r.sample([given, ...builder.otherKeys(k, key)], 9)
  const shown = fixed(
    'SELECT ',
    builder.column(ref),
    ` AS ${alias}, `,
    builder.column(r.pick(scalars(k.relation))),
    ' AS c2 FROM ',
  )
  return {
    tree: group(
      'query',
      shown,
      o.node,
      r.pick([' JOIN ', ', ', ' CROSS JOIN ']),
      k.node,
      where([...conditions, ...(r.chance(0.3) ? [conditionOn(builder, fixed(alias), ref)] : [])]),
    ),
  }
}

/** An alias in a subquery. It may equal a column of the inner or the outer table. */
export function aliasInSubquery(builder: FormBuilder): FormStatement {
  const r = builder.random
  const o = builder.table(x => isListable(x) || r.chance(0.3))
  const t = builder.joinable(scalars(o.relation), x => isListable(x) || r.chance(0.3))
  const ref = r.pick(scalars(t.relation))
  let alias = aliasName(builder, t.relation, o.relation)
  const clashes = (name: string): boolean =>
    !isResolvable(t.relation, name) || !isResolvable(o.relation, name)
  for (let left = 9; left > 0 && clashes(alias); left--) alias = aliasName(builder, t.relation, o.relation)
  if (clashes(alias)) alias = builder.name('al')
  const { node, ref: resolved } = resolveAlias(t.relation, alias, ref)
  const conditions = [...builder.keys(t, scalars(o.relation)), conditionOn(builder, node, resolved)]
  const equal = builder.equality(scalars(o.relation), scalars(t.relation))
  if (equal && r.chance(0.5)) conditions.push(equal)
  const around = scalars(o.relation).filter(u => u.col.of === resolved.col.of)
  if (around.length > 0 && r.chance(0.4))
    conditions.push(predicate(node, ' = ', builder.column(r.pick(around))))
  const inner = fixed(
    'SELECT ',
    builder.column(ref),
    ` AS ${alias} FROM `,
    t.node,
    where(r.sample(conditions, 9)),
  )
  const others = scalars(o.relation).filter(u => u.col.of === ref.col.of)
  const c = builder.column(r.pick(others.length > 0 ? others : scalars(o.relation)))
  const outer = r.pick([
    predicate(r.pick(['', 'NOT ']), 'EXISTS (', inner, ')'),
    predicate(c, r.pick([' IN (', ' NOT IN (']), inner, ')'),
    predicate('(', inner, ` ORDER BY ${resolved === ref ? alias : '1'} LIMIT 1) IS NOT NULL`),
    predicate('(SELECT count(*) FROM (', inner, ')) >= 1'),
  ])
  return { tree: builder.select([o.relation], ' FROM ', o.node, where([...builder.keys(o), outer])) }
}
