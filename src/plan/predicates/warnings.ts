import { shapeAt } from '../../catalog/shapes.ts'
import type { Resource } from '../../catalog/types.ts'
import type { Disjunction } from './constraints.ts'
import { fullName } from '../names.ts'
import { literal } from '../splice.ts'

/**
 * Warnings for constants that differ from a known value of their column only by case or by a missing prefix: no row will
 * match. Other unknown values may be right, since lists of known values are open.
 */
export function warningsOf(resource: Resource, all: Disjunction): readonly string[] {
  const found = all.flatMap(conjunction =>
    [...conjunction].flatMap(([key, operands]) => {
      const shape = shapeAt(resource.columns, key)
      const known = shape === undefined || shape === 'open' ? [] : (shape.values ?? [])
      const texts = operands
        .flatMap(o => (o.kind === 'values' ? o.values : []))
        .filter(v => typeof v === 'string')
      return texts
        .filter(text => text !== '' && !known.includes(text))
        .flatMap(text => {
          const meant =
            known.find(k => k.toLowerCase() === text.toLowerCase())
            ?? known.find(k => k.toLowerCase().endsWith(`_${text.toLowerCase()}`))
          return meant === undefined
            ? []
            : [
                `${key} of ${fullName(resource)} is compared with ${literal(text)}, which is none of its known values; did you mean ${literal(meant)}?`,
              ]
        })
    }),
  )
  return [...new Set(found)]
}
