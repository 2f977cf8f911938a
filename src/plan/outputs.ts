import type { Shape } from '../catalog/types.ts'
import { isWord } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import type { FromNode, Range, Source } from '../sql/query.ts'
import { afterParen } from '../sql/skeleton.ts'
import type { BoundCore, BoundCte, BoundQuery, Item, ItemColumn, Output } from './bound.ts'
import { mergedColumns, mergedNames } from './scope.ts'

/** Columns of SQLite's table-valued functions (sqlite.org/json1.html). */
export const FUNCTION_COLUMNS: Readonly<Record<string, readonly ItemColumn[]>> = Object.fromEntries(
  ['json_each', 'json_tree', 'jsonb_each', 'jsonb_tree'].map(name => [
    name,
    ['key', 'value', 'type', 'atom', 'id', 'parent', 'fullkey', 'path'].map(c => ({
      name: c,
      shape: { type: 'string' as const },
    })),
  ]),
)

/** SQLite names the columns of VALUES column1, column2, …; the first row tells how many. */
export function valuesColumns(source: Source, range: Range): Output[] {
  const close = afterParen(source, range.from + 1, range.to)
  const first = splitList(source, { from: range.from + 2, to: close - 1 })
  return first.map((_, i) => ({ name: `column${i + 1}`, shape: undefined, from: undefined }))
}

/** The columns that `*` or `x.*` stands for; undefined where they are not all known. */
export function expandStar(core: BoundCore, qualifier: readonly string[]): Output[] | undefined {
  const alias = qualifier.at(-1)?.toLowerCase()
  const hidden =
    alias === undefined ? hiddenColumns(core, core.core.from) : new Map<Item, readonly string[]>()
  const items = core.items.filter(i => alias === undefined || i.alias.toLowerCase() === alias)
  if (!hidden || items.some(i => !i.columns)) return undefined
  return items.flatMap(item =>
    item
      .columns!.filter(c => !hidden.get(item)?.includes(c.name.toLowerCase()))
      .map(c => {
        const from =
          alias === undefined && mergedColumns(core, c.name) ? undefined : { item, column: c.name, path: [] }
        return { name: c.name, shape: c.shape, from, ...(c.collated && { collated: true }) }
      }),
  )
}

/** Columns that `*` leaves out because USING or NATURAL merges them into one of the left side; undefined where brackets make it unclear. */
function hiddenColumns(
  core: BoundCore,
  node: FromNode | undefined,
): Map<Item, readonly string[]> | undefined {
  if (node?.kind !== 'join') return new Map()
  const left = hiddenColumns(core, node.left)
  const right = hiddenColumns(core, node.right)
  const names = mergedNames(core, node)
  if (!left || !right || (names.length > 0 && node.right.kind === 'join')) return undefined
  return new Map([
    ...left,
    ...right,
    ...(node.right.kind === 'join' ? [] : [[core.itemOf.get(node.right)!, names] as const]),
  ])
}

/** Whether a word stands in a range of tokens. */
export function mentions(source: Source, range: Range, word: string): boolean {
  return source.tokens.slice(range.from, range.to).some(t => isWord(t, word))
}

/** CAST gives its result an affinity, which a derived table hands on. */
export function castShape(source: Source, range: Range): Shape | undefined {
  const { tokens } = source
  if (!isWord(tokens[range.from], 'CAST') || afterParen(source, range.from + 1, range.to) !== range.to)
    return undefined
  return { type: isWord(tokens[range.to - 2], 'TEXT', 'CHAR', 'VARCHAR', 'CLOB') ? 'string' : 'number' }
}

const ANY: Shape = { type: 'string' }

/** Columns that a derived table offers; undefined where they are not all known. */
export function outputColumns(
  query: BoundQuery,
  names?: readonly string[],
): readonly ItemColumn[] | undefined {
  const outputs = query.cores[0]?.outputs
  if (!outputs) return names?.map(name => ({ name, shape: ANY }))
  return outputs.map((o, i) => ({
    name: names?.[i] ?? o.name,
    shape: o.shape ?? ANY,
    ...(o.collated && { collated: true }),
  }))
}

/** Columns that a CTE offers, to itself too: by then its first part is bound. */
export function cteColumns(cte: BoundCte): readonly ItemColumn[] | undefined {
  return cte.query ? outputColumns(cte.query, cte.columns) : undefined
}
