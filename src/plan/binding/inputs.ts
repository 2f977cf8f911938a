import { ConfluentqlError, type Span } from '../../errors.ts'
import { fullName, spanOf } from '../names.ts'
import type { BoundColumn, TableRef } from './bound.ts'
import { same } from './columns.ts'

/** A condition on an input column, and where the statement has it. */
export interface TestedInput {
  readonly ref: TableRef
  /** The input column. */
  readonly column: string
  /** The parameter that selects by it. */
  readonly param: string
  readonly at: Pick<BoundColumn, 'node' | 'source'>
}

/** The error for a condition on an input column that is not sent: rows cannot verify it. */
export function unsentInput({ ref, column, param, at }: TestedInput): ConfluentqlError {
  const { resource } = ref
  const written = at.node.parts.at(-1)!
  const isInput = isNamed(at, column)
  const selectsBy = isInput ? 'is' : `with = or IN selects by "${column}", which is`
  return new ConfluentqlError(
    'MISSING_PARAMETER',
    `"${isInput ? column : written}" of ${fullName(resource)} ${selectsBy} a parameter of the request, not data: its rows cannot verify the condition`,
    {
      span: placeOf(ref, at),
      hint: `give it by itself: AND ${isInput ? column : param} = '…'${isInput ? '' : `; for what the rows say write ${written} IS '…', or give ${column} too`}`,
    },
  )
}

/** Whether a condition names the input column itself, not the column that has the name of its parameter. */
export function isNamed({ node }: TestedInput['at'], column: string): boolean {
  return same(node.parts.at(-1)!, column)
}

/** Where a statement has a column: a view of the provider is shown by its name. */
export function placeOf({ site }: TableRef, { node, source }: TestedInput['at']): Span {
  return site ? spanOf(site.source, site.name) : spanOf(source, node.name)
}
