import type { Shape } from '../../catalog/types.ts'
import { someNode, type Expression } from '../../sql/expression.ts'
import type { FromNode } from '../../sql/query.ts'
import {
  type Affinity,
  type BoundCore,
  type BoundCte,
  type BoundQuery,
  type Relation,
  type RelationColumn,
  type Output,
} from './bound.ts'
import { quote } from '../splice.ts'
import { mergedColumns, mergedNames } from './joins.ts'

/** Columns of SQLite's table-valued functions (sqlite.org/json1.html). */
export const FUNCTION_COLUMNS: Readonly<Record<string, readonly RelationColumn[]>> = Object.fromEntries(
  ['json_each', 'json_tree', 'jsonb_each', 'jsonb_tree'].map(name => [
    name,
    ['key', 'value', 'type', 'atom', 'id', 'parent', 'fullkey', 'path'].map(c => ({
      name: c,
      shape: { type: 'string' as const },
      affinity: 'none' as const,
    })),
  ]),
)

/** The columns of VALUES, which SQLite names column1, column2, …; the first row decides how many there are. */
export function valuesColumns(rows: readonly (readonly Expression[])[]): Output[] {
  return (rows[0] ?? []).map((_, i) => ({
    name: `column${i + 1}`,
    shape: undefined,
    affinity: 'none',
    from: undefined,
  }))
}

/** The columns that `*` or `x.*` stands for; undefined if they are not all known. */
export function expandStar(core: BoundCore, qualifier: readonly string[]): Output[] | undefined {
  const alias = qualifier.at(-1)?.toLowerCase()
  const hidden =
    alias === undefined ? hiddenColumns(core, core.core.from) : new Map<Relation, readonly string[]>()
  const relations = core.relations.filter(r => alias === undefined || r.alias.toLowerCase() === alias)
  if (!hidden || relations.some(r => !r.columns)) return undefined
  return relations.flatMap(relation =>
    relation
      .columns!.filter(c => !c.isHidden && !hidden.get(relation)?.includes(c.name.toLowerCase()))
      .map(c => {
        const isMerged = alias === undefined && mergedColumns(core, c.name)
        return {
          name: c.name,
          shape: c.shape,
          affinity: c.affinity,
          from: isMerged ? undefined : { relation, column: c.name, path: [] },
          ...(c.collated && { collated: true }),
        }
      }),
  )
}

/** A column that `*` stands for, as it is written instead. */
export function starColumn({ name, from }: Output): string {
  const alias = from?.relation.alias ?? ''
  return alias === '' ? quote(name) : `${quote(alias)}.${quote(name)}`
}

/** Columns that `*` leaves out because USING or NATURAL merges them into those of the left side; undefined if brackets around joins make it unclear. */
function hiddenColumns(
  core: BoundCore,
  node: FromNode | undefined,
): Map<Relation, readonly string[]> | undefined {
  if (node?.kind !== 'join') return new Map()
  const left = hiddenColumns(core, node.left)
  const right = hiddenColumns(core, node.right)
  const names = mergedNames(core, node)
  if (!left || !right || (names.length > 0 && node.right.kind === 'join')) return undefined
  return new Map([
    ...left,
    ...right,
    ...(node.right.kind === 'join' ? [] : [[core.relationOf.get(node.right)!, names] as const]),
  ])
}

/** Whether an expression contains COLLATE outside its subqueries, which then decides how it compares (sqlite.org/datatype3.html, 7.1). */
export function hasCollate(e: Expression): boolean {
  return someNode(e, x => x.kind === 'collate')
}

/** The affinity of a declared type (sqlite.org/datatype3.html, 3.1). */
export function affinityOfType(declared: string): Affinity {
  const type = declared.toUpperCase()
  if (type.includes('INT')) return 'numeric'
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text'
  return type === '' || type.includes('BLOB') ? 'none' : 'numeric'
}

/** Whether the type of a CAST says that its text is a time: for SQLite a text, and the type of times in snapshots. */
export const isTimeText = (type: string): boolean => /^TIMESTAMP\s+TEXT$/i.test(type)

/** The shape of a CAST, which gives its result an affinity. */
export function castShape(e: Expression): Shape | undefined {
  if (e.kind !== 'cast') return undefined
  if (isTimeText(e.type)) return { type: 'timestamp' }
  const affinity = affinityOfType(e.type)
  return affinity === 'none' ? undefined : { type: affinity === 'text' ? 'string' : 'number' }
}

/** Whether a declared type has the affinity REAL (sqlite.org/datatype3.html, 3.1). */
export function isRealType(declared: string): boolean {
  return /REAL|FLOA|DOUB/i.test(declared) && !/INT|CHAR|CLOB|TEXT|BLOB/i.test(declared)
}

const ANY: Shape = { type: 'string' }

/** The columns of a derived table; undefined if they are not all known. */
export function outputColumns(
  query: BoundQuery,
  names?: readonly string[],
): readonly RelationColumn[] | undefined {
  const outputs = query.cores[0]?.outputs
  if (!outputs) return names?.map(name => ({ name, shape: ANY, affinity: 'none' }))
  return outputs.map((o, i) => {
    const affinity = compoundAffinity(query, i, o.affinity)
    return {
      name: names?.[i] ?? o.name,
      shape: o.shape ?? ANY,
      affinity,
      ...(query.cores.some(core => core.outputs?.[i]?.collated) && { collated: true }),
      ...(affinity === 'numeric' && isReal(o, query.cores.length > 1) && { declared: 'REAL' }),
    }
  })
}

/** Whether a column has the affinity REAL; a CAST in a compound query does not give it. */
function isReal({ from, declared }: Output, isCompound: boolean): boolean {
  if (!isCompound && declared !== undefined) return isRealType(declared)
  const column =
    from?.path.length === 0 ? from.relation.columns?.find(c => c.name === from.column) : undefined
  return isRealType(column?.declared ?? '')
}

/** The affinity of a column of a compound query: none if its parts differ. */
function compoundAffinity({ cores }: BoundQuery, at: number, first: Affinity): Affinity {
  const outputs = cores.map(c => c.outputs?.[at])
  const kinds = new Set(outputs.map(o => (o?.affinity === 'none' ? (o.holds ?? 'none') : o?.affinity)))
  kinds.delete(undefined)
  if (kinds.size > 1) return 'none'
  return outputs.find(o => o && o.affinity !== 'none')?.affinity ?? first
}

/** The columns of a CTE. A recursive part sees them too: the first part is bound by then. */
export function cteColumns(cte: BoundCte): readonly RelationColumn[] | undefined {
  return cte.query ? outputColumns(cte.query, cte.columns) : undefined
}
