import { shapeAt } from '../../catalog/compile/shapes.ts'
import type { Shape } from '../../catalog/types.ts'
import { keyOf, pathOf, type BoundColumn, type ColumnPath, type TableRef } from '../binding/bound.ts'
import { originsOfParts } from '../binding/origins.ts'

/** A column of a resource that gives a column its values. */
export interface Origin {
  readonly ref: TableRef
  readonly key: string
  readonly shape: Shape
}

/** Origins of compared columns, found once: a list has one comparison for each value. */
export class ColumnOrigins {
  readonly #known = new Map<BoundColumn, readonly Origin[] | undefined>()

  /** The columns of resources that a column takes its values from; undefined if there are others as well. */
  of(column: BoundColumn): readonly Origin[] | undefined {
    if (!this.#known.has(column)) this.#known.set(column, originsAt(pathOf(column)))
    return this.#known.get(column)
  }
}

/** The columns of resources that a path takes its values from; undefined if there are others as well. */
export function originsAt(of: ColumnPath): readonly Origin[] | undefined {
  const parts = originsOfParts(of).map(path => {
    if (path?.relation.kind !== 'ref') return undefined
    const { ref } = path.relation
    const key = keyOf(path)
    const shape = shapeAt(ref.resource.columns, key)
    return shape === undefined || shape === 'open' ? undefined : { ref, key, shape }
  })
  return parts.length === 0 || parts.includes(undefined) ? undefined : (parts as Origin[])
}
