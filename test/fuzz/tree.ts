import { viewTableName } from './reference.ts'
import type { NamedRelation } from './named-relations.ts'
import type { Table } from './schema.ts'

/** The syntactic category of a node. Shrinking replaces a node by a descendant of the same category. */
export type Category = 'value' | 'predicate' | 'query' | 'from' | 'fixed'

/**
 * A statement as a tree that can be printed in two dialects: ours, and plain
 * SQLite over local tables. Only columns, tables and `perDialect` nodes differ.
 */
export type Node =
  | {
      readonly kind: 'group'
      readonly category: Category
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
  /** A text that differs between the dialects. */
  | { readonly kind: 'perDialect'; readonly confluentql: string; readonly sqlite: string }
  | { readonly kind: 'table'; readonly table: Table; readonly alias: string | undefined; readonly id: number }
  | {
      readonly kind: 'named'
      readonly of: NamedRelation
      readonly alias: string | undefined
      readonly id: number
    }
  /** A condition on the parameter `view`. The reference reads the tables for its values instead. */
  | {
      readonly kind: 'view'
      readonly id: number
      readonly column: ColumnNode
      readonly values: readonly string[]
    }

export interface ColumnNode {
  readonly kind: 'column'
  readonly qualifier: string | undefined
  /** A qualified table name instead of the qualifier, where our dialect allows it. */
  readonly full?: string
  readonly name: string
  readonly path: readonly string[]
  /** A path that only the reference gets, for an object compared with a scalar. In our dialect the planner must add it. */
  readonly implied?: readonly string[]
}

export type Dialect = 'confluentql' | 'sqlite'

export const group = (category: Category, ...parts: readonly (string | Node)[]): Node => ({
  kind: 'group',
  category,
  parts,
})
export const value = (...parts: readonly (string | Node)[]): Node => group('value', ...parts)
export const predicate = (...parts: readonly (string | Node)[]): Node => group('predicate', ...parts)
export const fixed = (...parts: readonly (string | Node)[]): Node => group('fixed', ...parts)
export const list = (items: readonly Node[], between: string, min = 1, lead = ''): Node => ({
  kind: 'list',
  lead,
  between,
  min,
  items,
})

export const perDialect = (confluentql: string, sqlite: string): Node => ({
  kind: 'perDialect',
  confluentql,
  sqlite,
})

/** A condition that binds a required parameter of the table `id`. */
export const keyed = (id: number, ...parts: readonly (string | Node)[]): Node => ({
  kind: 'group',
  category: 'fixed',
  parts,
  keyOf: id,
})

export function categoryOf(node: Node): Category | undefined {
  if (node.kind === 'group') return node.category
  if (node.kind === 'column') return node.implied ? undefined : 'value'
  return node.kind === 'table' || node.kind === 'named' ? 'from' : undefined
}

/** The direct children of a node. */
export function children(node: Node): readonly Node[] {
  if (node.kind === 'group') return node.parts.filter(p => typeof p !== 'string')
  return node.kind === 'list' ? node.items : []
}

/** All nodes of a tree in preorder. */
export function allNodes(node: Node): Node[] {
  return [node, ...children(node).flatMap(allNodes)]
}

export function print(root: Node, dialect: Dialect): string {
  const views = new Map<number, readonly string[]>()
  const collectViews = (n: Node): void => {
    if (n.kind === 'view') views.set(n.id, n.values)
    children(n).forEach(collectViews)
  }
  collectViews(root)
  const write = (node: Node): string => {
    switch (node.kind) {
      case 'group':
        return node.parts.map(p => (typeof p === 'string' ? p : write(p))).join('')
      case 'list':
        return node.items.length === 0 ? '' : node.lead + node.items.map(write).join(node.between)
      case 'column':
        return column(node, dialect)
      case 'perDialect':
        return node[dialect]
      case 'view':
        return `${column(node.column, dialect)}${node.values.length === 1 ? ` = ${quoted(node.values[0]!)}` : ` IN (${node.values.map(quoted).join(', ')})`}`
      case 'table':
        return table(node, dialect, views)
      case 'named':
        return `${dialect === 'confluentql' ? node.of.name : node.of.sqliteName}${node.alias === undefined ? '' : ` AS ${node.alias}`}`
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
  if (dialect === 'confluentql') return `fz.${resource.service}.${resource.name}${alias}`
  const asked = views.get(node.id)
  if (!asked) return `${resource.name}${alias}`
  const parts = [...new Set(asked)].map(v => `SELECT * FROM "${viewTableName(node.table, v)}"`)
  return `(${parts.join(' UNION ALL ')}) AS ${node.alias ?? resource.name}`
}

function column(node: ColumnNode, dialect: Dialect): string {
  const qualifier = dialect === 'confluentql' ? (node.full ?? node.qualifier) : node.qualifier
  const name = `${qualifier === undefined ? '' : `${qualifier}.`}${node.name}`
  if (dialect === 'confluentql') return [name, ...node.path].join('.')
  const path = [...node.path, ...(node.implied ?? [])]
  return path.length === 0 ? name : `(${name} ->> '$.${path.join('.')}')`
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
