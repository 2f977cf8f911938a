import type { Random } from './random.ts'
import type { ColumnNode, Node } from './tree.ts'
import type { Domain, Fields, Table } from './world.ts'

/** A column, or a dotted path into one, that an expression can use. */
export interface Col {
  readonly name: string
  readonly path: readonly string[]
  readonly of: Domain | Fields
  /** For an object: the field that it means if it is compared with a scalar. */
  readonly implied?: readonly string[]
  /** Compares case-insensitively, so it is not used where the choice among equal values shows. */
  readonly soft?: boolean
}

/** A table in a FROM clause, as expressions see it. */
export interface Item {
  readonly alias: string
  /** Longer names that our dialect accepts instead of the alias. */
  readonly full?: readonly string[]
  readonly cols: readonly Col[]
  /** Names that it has besides the columns here: these, or any. */
  readonly others?: readonly string[] | 'any'
  /** A derived table or CTE that may be correlated. */
  readonly isDependent?: boolean
  readonly table?: { readonly of: Table; readonly id: number }
}

export interface Scope {
  readonly items: readonly Item[]
  readonly outer: Scope | undefined
  /** More tables follow, whose columns are not known yet. */
  readonly open?: boolean
  /** Names that USING or NATURAL merged. */
  readonly merged: readonly string[]
}

export interface Use {
  readonly item: Item
  readonly col: Col
}

/** A scalar that may be used where the choice among equal values shows. */
export const isPlain = (u: Use): boolean => typeof u.col.of === 'string' && !u.col.soft

/** The columns of a table with all paths into its objects. */
export function columnsOf(table: Table): Col[] {
  const params = table.resource.methods.flatMap(m => m.params)
  const below = (name: string, path: readonly string[], of: Domain | Fields): Col[] => {
    if (typeof of === 'string') return [{ name, path, of }]
    const key = [name, ...path].join('.')
    const param = params.find(p => p.name === key && p.column?.startsWith(`${key}.`))
    const implied = param && { implied: param.column!.slice(key.length + 1).split('.') }
    return [
      { name, path, of, ...implied },
      ...Object.entries(of).flatMap(([field, f]) => below(name, [...path, field], f)),
    ]
  }
  return Object.entries(table.fields).flatMap(([name, of]) => below(name, [], of))
}

/** All columns in scope that an expression here can name, nearer ones first. */
export function usable(scope: Scope): Use[] {
  const seen = new Set<string>()
  const found: Use[] = []
  for (let s: Scope | undefined = scope; s; s = s.outer) {
    for (const item of s.items)
      if (!seen.has(item.alias)) found.push(...item.cols.map(col => ({ item, col })))
    for (const item of s.items) seen.add(item.alias)
  }
  return found
}

/** A column as a node: usually qualified, bare if it is unambiguous. */
export function columnNode({ item, col }: Use, scope: Scope, random: Random): ColumnNode {
  const own = scope.items.includes(item)
  const has = (i: Item): boolean =>
    i.others === 'any'
    || [...(i.others ?? []), ...i.cols.map(c => c.name)].some(n => n.toLowerCase() === col.name.toLowerCase())
  const alone = own && scope.open !== true && scope.items.every(i => i === item || !has(i))
  const base = {
    kind: 'column' as const,
    name: random.chance(0.03) ? col.name.toUpperCase() : col.name,
    path: col.path,
  }
  if (
    (alone
      || (own
        && scope.open !== true
        && scope.merged.includes(col.name)
        && scope.items.length === 2
        && typeof col.of === 'string'
        && col.path.length === 0))
    && random.chance(0.3)
  )
    return { ...base, qualifier: undefined }
  const full = item.full && random.chance(0.3) ? { full: random.pick(item.full) } : {}
  return { ...base, qualifier: item.alias, ...full }
}

/** The column read as an object compared with a scalar. */
export function impliedNode(use: Use, scope: Scope, random: Random): Node {
  return { ...columnNode(use, scope, random), implied: use.col.implied! }
}
