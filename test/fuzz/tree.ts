import { variant } from './reference.ts'
import type { Named } from './named.ts'
import type { Table } from './world.ts'

/** What a node can stand in for; a node is made smaller by putting a node of its own sort, from inside it, in its place. */
export type Sort = 'value' | 'test' | 'query' | 'from' | 'fixed'

/**
 * A statement as a tree that is printed twice: as our users write it, and as
 * plain SQLite over local tables. Only columns and tables differ.
 */
export type Node =
  | {
      readonly kind: 'group'
      readonly sort: Sort
      readonly parts: readonly (string | Node)[]
      readonly keyOf?: number
    }
  | {
      readonly kind: 'list'
      readonly lead: string
      readonly between: string
      readonly min: number
      readonly items: readonly Node[]
    }
  | ColumnNode
  /** A text that the two dialects spell in their own ways. */
  | { readonly kind: 'spelt'; readonly ours: string; readonly plain: string }
  | { readonly kind: 'table'; readonly table: Table; readonly alias: string | undefined; readonly id: number }
  | { readonly kind: 'named'; readonly of: Named; readonly alias: string | undefined; readonly id: number }
  /** The views that a table is requested with; the reference reads the tables of those views. */
  | {
      readonly kind: 'view'
      readonly id: number
      readonly column: ColumnNode
      readonly values: readonly string[]
    }

export interface ColumnNode {
  readonly kind: 'column'
  readonly qualifier: string | undefined
  /** Three-part name instead of the qualifier, where our dialect allows it. */
  readonly full?: string
  readonly name: string
  readonly path: readonly string[]
  /** The path that only the reference statement has: an object compared with a scalar, where the planner must find it. */
  readonly implied?: readonly string[]
}

export type Dialect = 'ours' | 'plain'

export const group = (sort: Sort, ...parts: readonly (string | Node)[]): Node => ({
  kind: 'group',
  sort,
  parts,
})
export const value = (...parts: readonly (string | Node)[]): Node => group('value', ...parts)
export const test = (...parts: readonly (string | Node)[]): Node => group('test', ...parts)
export const fixed = (...parts: readonly (string | Node)[]): Node => group('fixed', ...parts)
export const list = (items: readonly Node[], between: string, min = 1, lead = ''): Node => ({
  kind: 'list',
  lead,
  between,
  min,
  items,
})

export const spelt = (ours: string, plain: string): Node => ({ kind: 'spelt', ours, plain })

/** A condition that gives the table `id` a value it cannot be asked without. */
export const keyed = (id: number, ...parts: readonly (string | Node)[]): Node => ({
  kind: 'group',
  sort: 'fixed',
  parts,
  keyOf: id,
})

export function sortOf(node: Node): Sort | undefined {
  if (node.kind === 'group') return node.sort
  if (node.kind === 'column') return node.implied ? undefined : 'value'
  return node.kind === 'table' || node.kind === 'named' ? 'from' : undefined
}

/** The nodes directly inside a node. */
export function inside(node: Node): readonly Node[] {
  if (node.kind === 'group') return node.parts.filter(p => typeof p !== 'string')
  return node.kind === 'list' ? node.items : []
}

/** All nodes of a tree, outermost first. */
export function everything(node: Node): Node[] {
  return [node, ...inside(node).flatMap(everything)]
}

export function print(root: Node, dialect: Dialect): string {
  const views = new Map<number, readonly string[]>()
  const note = (n: Node): void => {
    if (n.kind === 'view') views.set(n.id, n.values)
    inside(n).forEach(note)
  }
  note(root)
  const write = (node: Node): string => {
    switch (node.kind) {
      case 'group':
        return node.parts.map(p => (typeof p === 'string' ? p : write(p))).join('')
      case 'list':
        return node.items.length === 0 ? '' : node.lead + node.items.map(write).join(node.between)
      case 'column':
        return column(node, dialect)
      case 'spelt':
        return node[dialect]
      case 'view':
        return `${column(node.column, dialect)}${node.values.length === 1 ? ` = ${quoted(node.values[0]!)}` : ` IN (${node.values.map(quoted).join(', ')})`}`
      case 'table':
        return table(node, dialect, views)
      case 'named':
        return `${dialect === 'ours' ? node.of.name : node.of.plain}${node.alias === undefined ? '' : ` AS ${node.alias}`}`
    }
  }
  return write(root)
}

function table(
  node: Node & { readonly kind: 'table' },
  dialect: Dialect,
  views: ReadonlyMap<number, readonly string[]>,
): string {
  const { resource } = node.table
  const alias = node.alias === undefined ? '' : ` AS ${node.alias}`
  if (dialect === 'ours') return `fz.${resource.service}.${resource.name}${alias}`
  const asked = views.get(node.id)
  if (!asked) return `${resource.name}${alias}`
  const parts = [...new Set(asked)].map(v => `SELECT * FROM "${variant(node.table, v)}"`)
  return `(${parts.join(' UNION ALL ')}) AS ${node.alias ?? resource.name}`
}

function column(node: ColumnNode, dialect: Dialect): string {
  const qualifier = dialect === 'ours' ? (node.full ?? node.qualifier) : node.qualifier
  const name = `${qualifier === undefined ? '' : `${qualifier}.`}${node.name}`
  if (dialect === 'ours') return [name, ...node.path].join('.')
  const path = [...node.path, ...(node.implied ?? [])]
  return path.length === 0 ? name : `(${name} ->> '$.${path.join('.')}')`
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
