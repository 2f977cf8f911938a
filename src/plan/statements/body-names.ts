import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import type { PathItem, Statement } from '../../sql/statement.ts'
import { spanOf } from '../names.ts'

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
  const names = all.map(i => i.path.join('.').toLowerCase())
  names.forEach((name, i) => {
    const same = names.findIndex((other, j) => j !== i && (other === name || other.startsWith(`${name}.`)))
    if (same < 0) return
    const later = all[Math.max(i, same)]!
    throw new ConfluentqlError('SYNTAX', `"${later.path.join('.')}" is given twice`, {
      span: spanOf(source, later.range),
    })
  })
  return all
}
