import { closest } from '../../catalog/names.ts'
import { children, type ColumnReference, type Expression } from '../../sql/expression.ts'
import { fullName } from '../names.ts'
import { dotted, type BoundColumn, type ColumnPath } from './bound.ts'
import { inputColumnFor } from './fields.ts'
import { originsOf } from './origins.ts'
import type { Use } from './uses.ts'

/** Notes that an object has no field of a name, which is read nevertheless. */
export function noteUnknown(column: BoundColumn, name: string, known: readonly string[]): void {
  const { relation } = column
  if (relation.kind !== 'ref') return
  const near = closest(name, known)
  relation.ref.notes.add(
    `${dotted(column)} of ${fullName(relation.ref.resource)} has no known field "${name}"${near ? `; did you mean "${near}"?` : ''}`,
  )
}

/**
 * Notes that a condition on a column of a subquery, CTE or view compares what the answer has, where the same condition on the
 * table would be a parameter with another meaning. In a view of a provider nobody can write it there.
 */
export function noteAnswered(of: ColumnPath, node: ColumnReference, { clause, equated }: Use): void {
  if ((clause !== 'where' && clause !== 'on') || equated === undefined) return
  // compared with data, not with a value that somebody asks for
  if (equated.other !== undefined && hasColumn(equated.other)) return
  for (const { relation, column, path } of originsOf(of)) {
    if (relation.kind !== 'ref' || relation.ref.site?.isFixed) continue
    const { resource } = relation.ref
    const input = inputColumnFor(relation, column, path)
    if (input === undefined || resource.columns.find(c => c.name === input)?.isAnswered) continue
    const name = dotted({ column, path })
    relation.ref.notes.add(
      `${node.parts.at(-1)!} is compared with ${name} as ${fullName(resource)} answers it; to ask for ${name} = '…', write the condition where ${fullName(resource)} is read`,
    )
  }
}

function hasColumn(e: Expression): boolean {
  return e.kind === 'column' || children(e).some(hasColumn)
}
