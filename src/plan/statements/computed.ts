import { joinsOf } from '../binding/joins.ts'
import { dotted, type BoundColumn } from '../binding/bound.ts'
import { positionOf } from '../../sql/properties.ts'
import type { Range } from '../../sql/query.ts'
import type { CheckedQuery } from './query.ts'

/**
 * By scan, the dotted paths of its columns that the query computes with, in lower case. All others are
 * only shown. Scans in views, subqueries and compound queries are left out: for them this is not determined.
 */
export function computedPaths({ binder, root }: CheckedQuery): ReadonlyMap<number, readonly string[]> {
  const [core] = root.cores
  const { source, orderBy = [] } = root.query
  const sorted = [...orderBy, ...(core?.core.groupBy ?? [])]
  if (!core || root.cores.length > 1 || sorted.some(e => positionOf(e) !== undefined)) return new Map()
  if (joinsOf(core.core.from).some(join => join.using || join.natural)) return new Map()
  const columns = [...binder.columns()]
  const fields = columns.filter(c => c.isJson)
  const shown = new Set(core.core.items.map(item => item.expr.range))
  const isShown = (c: BoundColumn): boolean =>
    c.core === core && c.source === source && isIn(shown, c.node.range)
  // in `doc ->> '$.id'`, the field is read rather than doc
  const isOfField = (c: BoundColumn): boolean =>
    !c.isJson && fields.some(f => f.source === c.source && contains(f.node.range, c.node.range))
  const isField = (c: BoundColumn): boolean => c.path.length + c.implied.length > 0
  // to show a field, the objects that it is in must be objects
  const pathOf = (c: BoundColumn): string =>
    (isShown(c) ? dotted(c).replace(/[^.]*$/, '*') : dotted(c)).toLowerCase()
  const computed = columns.filter(c => (isField(c) || !isShown(c)) && !isOfField(c))
  return new Map(
    core.relations.flatMap(relation =>
      relation.kind === 'ref'
        ? [[relation.ref.id, computed.filter(c => c.relation === relation).map(pathOf)] as const]
        : [],
    ),
  )
}

const isIn = (ranges: ReadonlySet<Range>, { from, to }: Range): boolean =>
  [...ranges].some(r => r.from === from && r.to === to)

const contains = (outer: Range, inner: Range): boolean => outer.from <= inner.from && inner.to <= outer.to
