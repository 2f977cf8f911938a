import type { ColumnRef } from '../scope.ts'
import { group, predicate, value, type Node } from '../tree.ts'
import {
  isListable,
  scalars,
  where,
  type FormBuilder,
  type FormStatement,
  type TableRef,
} from './form-builder.ts'

const QUOTES = [
  ['"', '"'],
  ['[', ']'],
  ['`', '`'],
  ['', ''],
] as const

/** A function name, sometimes quoted. */
function quotedFunction(builder: FormBuilder, name: string): string {
  const [open, close] = builder.random.pick(QUOTES)
  return open + (builder.random.chance(0.2) ? name.toUpperCase() : name) + close
}

const isText = (u: ColumnRef): boolean => !['num', 'bool', 'shard'].includes(u.col.of as string)

/** Usually a text column. */
export function textColumn(builder: FormBuilder, t: TableRef): ColumnRef {
  const texts = scalars(t.relation).filter(isText)
  return builder.random.pick(texts.length > 0 ? texts : scalars(t.relation))
}

/** Quoted function names in scalar, aggregate and window functions, with FILTER. */
export function quotedCall(builder: FormBuilder): FormStatement {
  const r = builder.random
  const t = builder.table(x => isListable(x) || r.chance(0.3))
  const one = (): Node => {
    const c = builder.column(textColumn(builder, t))
    return r.pick([
      value(quotedFunction(builder, 'lower'), '(', c, ')'),
      value(quotedFunction(builder, 'coalesce'), '(', c, ", 'none')"),
      value(quotedFunction(builder, 'max'), '(', c, ", 'm')"),
      value(quotedFunction(builder, 'length'), ' (', c, ')'),
      value(quotedFunction(builder, 'nullif'), '(', c, ', ', builder.literal(textColumn(builder, t)), ')'),
    ])
  }
  const conditions = [...builder.keys(t)]
  if (r.chance(0.4)) conditions.push(predicate(one(), ' IS NOT ', builder.literal(textColumn(builder, t))))
  const rest = where(conditions)
  switch (r.int(0, 5)) {
    case 0:
      return { tree: group('query', 'SELECT ', one(), ' AS c1 FROM ', t.node, rest) }
    case 1: {
      const key = builder.column(textColumn(builder, t))
      return {
        tree: group(
          'query',
          'SELECT ',
          key,
          ' AS c1, ',
          aggregate(builder, t),
          ' AS c2 FROM ',
          t.node,
          rest,
          ' GROUP BY 1',
        ),
      }
    }
    case 2: {
      const over = value(
        quotedFunction(builder, r.pick(['rank', 'dense_rank'])),
        '() OVER (ORDER BY ',
        builder.column(textColumn(builder, t)),
        ')',
      )
      const key = builder.column(textColumn(builder, t))
      return { tree: group('query', 'SELECT ', key, ' AS c1, ', over, ' AS c2 FROM ', t.node, rest) }
    }
    case 3: {
      const o = builder.table()
      const inner = group('query', 'SELECT ', aggregate(builder, t), ' FROM ', t.node, rest)
      return { tree: builder.select([o.relation], ' FROM ', o.node, ' WHERE (', inner, ') IS NOT NULL') }
    }
    case 4:
      return {
        tree: group(
          'query',
          'SELECT ',
          aggregate(builder, t),
          ' AS c1, ',
          aggregate(builder, t),
          ' AS c2 FROM ',
          t.node,
          rest,
          ` HAVING ${quotedFunction(builder, 'count')}(*) > 0`,
        ),
      }
    default:
      return {
        tree: group(
          'query',
          'SELECT ',
          aggregate(builder, t),
          ' AS c1, ',
          aggregate(builder, t),
          ' AS c2 FROM ',
          t.node,
          rest,
        ),
      }
  }
}

function aggregate(builder: FormBuilder, t: TableRef): Node {
  const r = builder.random
  const c = builder.column(textColumn(builder, t))
  const call = r.pick([
    value(quotedFunction(builder, 'count'), '(*)'),
    value(quotedFunction(builder, 'count'), '(', r.pick(['', 'DISTINCT ']), c, ')'),
    value(quotedFunction(builder, r.pick(['max', 'min'])), '(', c, ')'),
    value(quotedFunction(builder, 'group_concat'), '(', c, ", '|' ORDER BY ", c, ')'),
    value(quotedFunction(builder, 'sum'), '(', c, ' IS NOT NULL)'),
  ])
  if (r.chance(0.5)) return call
  const ref = textColumn(builder, t)
  const filter = r.pick([
    predicate(builder.column(ref), ' = ', builder.literal(ref)),
    predicate(builder.column(ref), ' IS NOT NULL'),
    predicate(
      builder.column(ref),
      ' COLLATE NOCASE IN (',
      builder.literal(ref),
      ', ',
      builder.literal(ref),
      ')',
    ),
    predicate(quotedFunction(builder, 'lower'), '(', builder.column(ref), ') <> ', builder.literal(ref)),
  ])
  return value(call, r.pick([' FILTER (WHERE ', ' FILTER(WHERE ']), filter, ')')
}
