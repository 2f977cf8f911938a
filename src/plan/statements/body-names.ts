import { pathSteps } from '../../catalog/json-path.ts'
import type { Method, Resource, Shape } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import type { PathItem, Statement } from '../../sql/statement.ts'
import { spanOf } from '../names.ts'
import { targetOf } from './targets.ts'

/** StackQL's mark of a body field in INSERT, SET and arguments of EXEC. */
const PREFIX = /^data__(?=.)/i

/** A statement in which `data__name` is `name`. @throws ConfluentqlError SYNTAX if both are given */
export function withBodyNames(statement: Statement, source: Source): Statement {
  switch (statement.kind) {
    case 'insert':
      return { ...statement, columns: renamed(statement.columns, source) }
    case 'update':
    case 'replace':
      return { ...statement, set: renamed(statement.set, source) }
    case 'exec': {
      const items = statement.args.map(a => ({ ...a, path: a.name.split('.') }))
      return {
        ...statement,
        args: renamed(items, source).map(({ path, ...a }) => ({ ...a, name: path.join('.') })),
      }
    }
    default:
      return statement
  }
}

function renamed<T extends PathItem>(items: readonly T[], source: Source): readonly T[] {
  if (!items.some(i => PREFIX.test(i.path[0]!))) return items
  const all = items.map(i => ({ ...i, path: [i.path[0]!.replace(PREFIX, ''), ...i.path.slice(1)] }))
  rejectRepeated(all, source)
  return all
}

/** @throws ConfluentqlError SYNTAX if one of two items is the other, or a part of it */
function rejectRepeated(all: readonly PathItem[], source: Source): void {
  const names = all.map(i => i.path.join('.').toLowerCase())
  names.forEach((name, i) => {
    const same = names.findIndex((other, j) => j !== i && (other === name || other.startsWith(`${name}.`)))
    if (same < 0) return
    const later = all[Math.max(i, same)]!
    throw new ConfluentqlError('SYNTAX', `"${later.path.join('.')}" is given twice`, {
      span: spanOf(source, later.range),
    })
  })
}

/**
 * Columns of INSERT or SET with the names of their fields in the body. @throws ConfluentqlError SYNTAX if one is given twice so
 */
export function atBodyPaths<T extends PathItem>(
  items: readonly T[],
  resource: Resource,
  methods: readonly Method[],
  source: Source,
): readonly T[] {
  const all = items.map(i => ({ ...i, path: bodyPath(resource, methods, i.path) }))
  if (all.every((item, i) => item.path === items[i]!.path)) return items
  rejectRepeated(all, source)
  return all
}

/**
 * The path in the body of a column that answers have inside an object (`size`, for `properties.size`), if bodies are documented
 * to have it there and none has the column itself; otherwise the path as it is written.
 */
function bodyPath(
  { columns }: Resource,
  methods: readonly Method[],
  path: readonly string[],
): readonly string[] {
  const column = columns.find(c => c.name.toLowerCase() === path[0]?.toLowerCase())
  if (column?.orAt === undefined || methods.some(m => targetOf(m, path))) return path
  const steps = pathSteps(column.orAt)
  const names = steps.flatMap(step => (step === 'all' ? [] : [step.name]))
  const isDocumented = ({ body }: Method): boolean => {
    const [first, ...rest] = names
    const field = body?.fields.find(f => f.path === first)
    const shape = rest.reduce<Shape | undefined>((at, name) => at?.fields?.[name], field)
    return shape !== undefined
  }
  return names.length === steps.length && methods.some(isDocumented) ? [...names, ...path.slice(1)] : path
}
