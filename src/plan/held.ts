import type { Shape } from '../catalog/types.ts'
import { isOp, isWord } from '../sql/lexer.ts'
import { splitList } from '../sql/predicate.ts'
import type { Range, SelectItem, Source } from '../sql/query.ts'
import type { Binder } from './bind.ts'
import type { BoundCore, BoundQuery, Chain, Item } from './bound.ts'
import { eachChain } from './chains.ts'
import { expandStar } from './outputs.ts'

/** What a value is as far as secrets go: a secret, an object or array with secrets in it, or, if `made`, computed of one. */
export interface Held {
  /** Dotted path in the resource, for messages. */
  readonly path: string
  readonly shape: Shape | undefined
  readonly made?: true
}

/** An operand of an expression that holds a secret. */
export interface Piece {
  readonly secret: string
  readonly held: readonly Held[]
  /** The operand. */
  readonly at: Range
  /** Where the secret is named; in a subquery that is the operand, it is in there. */
  readonly place: Range
  readonly source: Source
}

/** Dotted path, from `path` on, of the first secret that a shape is or has in it. */
export function secretIn(shape: Shape | undefined, path: string): string | undefined {
  if (!shape) return undefined
  if (shape.secret) return path
  for (const [name, field] of Object.entries(shape.fields ?? {})) {
    const found = secretIn(field, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return secretIn(shape.items, `${path}[]`)
}

/** The first secret in any of them. */
export function secretOfAll(held: readonly Held[]): string | undefined {
  for (const h of held) {
    const found = secretIn(h.shape, h.path)
    if (found !== undefined) return found
  }
  return undefined
}

/** Functions that tell of an object or array nothing that a mask changes. */
export const BLIND = ['JSON_ARRAY_LENGTH', 'JSON_TYPE', 'JSON_VALID', 'TYPEOF', 'COUNT']

const steps = (text: string): string[] =>
  text.startsWith('$')
    ? [...text.matchAll(/\.(?:"([^"]*)"|([^.["]+))|(\[)[^\]]*\]/g)].map(m => (m[3] ? '[]' : (m[1] ?? m[2]!)))
    : [text]

/** What fields and elements (`[]`) lead to. */
function below(held: readonly Held[], names: readonly string[]): readonly Held[] {
  return held.map(start => {
    let at = start
    for (const name of names) {
      if (at.shape?.secret) break
      at =
        name === '[]'
          ? { shape: at.shape?.items, path: `${at.path}[]` }
          : { shape: at.shape?.fields?.[name], path: `${at.path}.${name}` }
    }
    return at
  })
}

/** Follows masked secrets through a statement: what each column and expression holds, through derived tables, CTEs, views and subqueries. */
export class Holdings {
  readonly #binder: Binder
  readonly #known = new Map<BoundCore, Map<number, readonly Held[]>>()
  readonly #open = new Map<BoundCore, Set<number>>()
  /** How often a recursive CTE was met while it was being looked into: what was found meanwhile may not be all. */
  #cuts = 0

  constructor(binder: Binder) {
    this.#binder = binder
  }

  /** What a column of an item holds. */
  column(item: Item, column: string): readonly Held[] {
    const known = item.columns?.find(c => c.name.toLowerCase() === column.toLowerCase())
    if (item.kind === 'function') return this.#unnested(item, column.toLowerCase())
    if (!known) return []
    if (item.kind === 'ref' || item.kind === 'local') return [{ path: known.name, shape: known.shape }]
    const query = item.kind === 'derived' ? item.query : item.cte.query
    return query ? this.output(query, item.columns!.indexOf(known)) : []
  }

  /** What a result column holds, by position from 0. */
  output(query: BoundQuery, index: number): readonly Held[] {
    return query.cores.flatMap(core => this.outputOf(core, index))
  }

  /** The same of one SELECT. */
  outputOf(core: BoundCore, index: number): readonly Held[] {
    const known = this.#known.get(core)?.get(index)
    if (known) return known
    const open = this.#open.get(core) ?? new Set()
    if (open.has(index)) {
      this.#cuts++
      return []
    }
    const before = this.#cuts
    this.#open.set(core, open.add(index))
    const held = this.#find(core, index)
    open.delete(index)
    if (this.#cuts === before)
      this.#known.set(core, (this.#known.get(core) ?? new Map<number, readonly Held[]>()).set(index, held))
    return held
  }

  #find(core: BoundCore, index: number): readonly Held[] {
    if (core.core.kind === 'values') return this.#made(this.pieces(core, core.core.range))
    const found = itemAt(core, index)
    if (!found)
      return core.items.flatMap(item => (item.columns ?? []).flatMap(c => this.column(item, c.name)))
    if (!found.star) return this.expression(core, found.item.expr)
    const { name, from, shape } = found.star
    return from ? below(this.column(from.item, from.column), from.path) : [{ path: name, shape }]
  }

  /** What the value of an expression holds. */
  expression(core: BoundCore, range: Range): readonly Held[] {
    const pieces = this.pieces(core, range)
    const [only] = pieces
    return only?.at.from === range.from && only.at.to === range.to ? only.held : this.#made(pieces)
  }

  #made(pieces: readonly Piece[]): readonly Held[] {
    return pieces.map(({ secret }) => ({ path: secret, shape: { type: 'string', secret: true }, made: true }))
  }

  /** The operands of an expression that hold secrets: columns, result columns that it names, subqueries. What is asked only whether it is there is none. */
  pieces(core: BoundCore, range: Range): Piece[] {
    const { source } = core.parent.query
    const inside = core.subqueries.filter(s => s.query.range.from > range.from && s.query.range.to < range.to)
    const ranges = inside.map(s => s.query.range)
    const found: Piece[] = []
    const add = (at: Range, held: readonly Held[], place = at): void => {
      const secret = secretOfAll(held)
      if (secret !== undefined && !asksWhether(source, at.to, held))
        found.push({ secret, held, at, place, source })
    }
    eachChain(source, range, ranges, (at, parts) => {
      const chain = this.#binder.chainsIn(source, at)[0]
      if (chain) this.#read(source, chain, add)
      else add(at, this.#unbound(core, parts))
    })
    return [...found, ...inside.flatMap(s => this.#subquery(source, s))].sort((a, b) => a.at.from - b.at.from)
  }

  #read(source: Source, chain: Chain, add: (at: Range, held: readonly Held[], place: Range) => void): void {
    const { tokens } = source
    let { from, to } = chain.range
    let held = below(this.column(chain.item, chain.column), [...chain.path, ...chain.implied])
    for (; isOp(tokens[to], '->', '->>') && tokens[to + 1]?.kind === 'string'; to += 2)
      held = below(held, steps(tokens[to + 1]!.value))
    const called = isOp(tokens[from - 1], '(') ? tokens[from - 2] : undefined
    if (isWord(called, ...BLIND)) return
    if (
      isWord(called, 'JSON_EXTRACT', 'JSONB_EXTRACT')
      && isOp(tokens[to], ',')
      && tokens[to + 1]?.kind === 'string'
      && isOp(tokens[to + 2], ')')
    ) {
      held = below(held, steps(tokens[to + 1]!.value))
      from -= 2
      to += 3
    }
    add({ from, to }, held, chain.range)
  }

  /**
   * What no column of known name is: the name of a result column, which SQLite finds in every clause and in subqueries of it;
   * a column of a query whose `*` cannot be spelled out; the column of json_each that is the value as a whole.
   */
  #unbound(core: BoundCore, parts: readonly string[]): readonly Held[] {
    const name = parts.at(-1)!.toLowerCase()
    const isAt = (item: Item): boolean =>
      parts.length === 1 || item.alias.toLowerCase() === parts.at(-2)!.toLowerCase()
    for (let scope: BoundCore | undefined = core; scope; scope = scope.parent.outer) {
      const index =
        parts.length > 1 ? -1 : (scope.outputs?.findIndex(o => o.name.toLowerCase() === name) ?? -1)
      if (index >= 0) return this.outputOf(scope, index)
      const held = scope.items.filter(isAt).flatMap(item => this.#unlisted(item, name))
      if (held.length > 0) return held
    }
    return []
  }

  #unlisted(item: Item, name: string): readonly Held[] {
    if (item.kind === 'function') return name === 'json' ? this.#argument(item).whole : []
    if (item.columns || item.kind !== 'derived') return []
    return item.query.cores.flatMap(core =>
      core.items.flatMap(i => (i.columns ? this.column(i, name) : this.#unlisted(i, name))),
    )
  }

  /** What a subquery that is an operand gives; EXISTS asks only whether it gives something. */
  #subquery(source: Source, query: BoundQuery): Piece[] {
    const { from, to } = query.query.range
    const at = { from: from - 1, to: to + 1 }
    if (isWord(source.tokens[at.from - 1], 'EXISTS')) return []
    const first = query.cores[0]?.core.items.length === 1 ? this.output(query, 0) : []
    return query.cores
      .flatMap(core => this.outputPieces(core))
      .map(p => ({ ...p, held: first.length > 0 ? first : p.held, at }))
      .filter(p => !asksWhether(source, at.to, p.held))
      .slice(0, 1)
  }

  /** Of each result column of a SELECT the pieces that it is made of. */
  outputPieces(core: BoundCore): Piece[] {
    const { source } = core.parent.query
    if (core.core.kind === 'values') return this.pieces(core, core.core.range)
    return core.core.items.flatMap(item => {
      if (!item.star) return this.pieces(core, item.expr)
      const columns = expandStar(core, item.star.qualifier)
      const held = columns
        ? columns.flatMap(({ from, name, shape }) =>
            from ? this.column(from.item, from.column) : [{ path: name, shape }],
          )
        : this.#find(core, -1)
      const secret = secretOfAll(held)
      return secret === undefined ? [] : [{ secret, held, at: item.expr, place: item.expr, source }]
    })
  }

  /** What json_each and json_tree give of a value: names and types tell nothing, unless the value is computed. */
  #unnested(item: Item & { kind: 'function' }, column: string): readonly Held[] {
    const { source } = item.core.parent.query
    const { whole, path } = this.#argument(item)
    const constant = path && path.to - path.from === 1 ? source.tokens[path.from] : undefined
    const held = path
      ? constant?.kind === 'string'
        ? below(whole, steps(constant.value))
        : this.#opaque(whole)
      : whole
    if (column !== 'value' && column !== 'atom') return held.filter(h => h.made)
    if (/tree$/i.test(item.node.name)) return this.#opaque(held)
    return held.flatMap(h => (h.shape?.items && !h.shape.secret ? below([h], ['[]']) : this.#opaque([h])))
  }

  #argument(item: Item & { kind: 'function' }): {
    readonly whole: readonly Held[]
    readonly path: Range | undefined
  } {
    const [value, path] = splitList(item.core.parent.query.source, item.node.args)
    return { whole: value ? this.expression(item.core, value) : [], path }
  }

  #opaque(held: readonly Held[]): readonly Held[] {
    return held.flatMap(h => {
      const secret = secretIn(h.shape, h.path)
      return secret === undefined
        ? []
        : [{ path: secret, shape: { type: 'string' as const, secret: true }, made: true as const }]
    })
  }
}

/** What was written for a result column, and which of the columns of `*` it is; undefined where that is not known. */
export function itemAt(core: BoundCore, index: number) {
  let at = 0
  for (const item of core.core.items) {
    const columns = item.star ? expandStar(core, item.star.qualifier) : [undefined]
    if (!columns) return undefined
    if (index < at + columns.length)
      return index < 0 ? undefined : { item: item as SelectItem, star: columns[index - at] }
    at += columns.length
  }
  return undefined
}

/** Whether what follows asks only if there is something: IS NULL, = '', and their opposites. What is computed of a secret may be empty when its mask is not. */
function asksWhether({ tokens }: Source, at: number, held: readonly Held[]): boolean {
  if (held.some(h => h.made)) return false
  const [first, second, third] = tokens.slice(at, at + 3)
  if (isWord(first, 'ISNULL', 'NOTNULL') || (isWord(first, 'NOT') && isWord(second, 'NULL'))) return true
  if (isWord(first, 'IS')) return isWord(second, 'NULL') || (isWord(second, 'NOT') && isWord(third, 'NULL'))
  return isOp(first, '=', '==', '<>', '!=') && second?.kind === 'string' && second.value === ''
}
