import type { Value } from '../catalog/types.ts'
import { isOp, isWord, type Token } from '../sql/lexer.ts'
import { conjuncts, readPredicate, type Predicate } from '../sql/predicate.ts'
import { leaves, type FromNode, type JoinNode, type Query, type Range, type Source } from '../sql/query.ts'
import type { Binder } from './bind.ts'
import { keyOf, type BoundCore, type BoundQuery, type Chain, type Item } from './bound.ts'
import { eachChain } from './chains.ts'
import type { PlanContext } from './context.ts'
import { mergedColumns } from './scope.ts'
import { quote } from './splice.ts'

/** What a column is known to equal. */
export type Operand =
  | { readonly kind: 'values'; readonly values: readonly Value[] }
  /** An expression over other items of one core. */
  | { readonly kind: 'rows'; readonly sql: string; readonly core: BoundCore; readonly items: readonly Item[]; readonly text: string; readonly among?: readonly Value[] }
  | { readonly kind: 'query'; readonly sql: string; readonly queries: readonly BoundQuery[]; readonly original: string }

/** What must hold of an item's columns, by key (`spec.owner.id`): all of it, so that any of a key's operands will do. */
export type Alternative = ReadonlyMap<string, readonly Operand[]>
/** One of these must hold. None: no row can matter. One that is empty: nothing is known. */
export type Alternatives = readonly Alternative[]

export const ANYTHING: Alternatives = [new Map()]
const MAX_ALTERNATIVES = 64
/** Words without a column's meaning that can stand where one could: constants, operators, the end of CASE. */
const OTHER_WORDS = new Set(['TRUE', 'FALSE', 'CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LIKE', 'GLOB', 'REGEXP', 'MATCH', 'END'])
const STRICT_OPS = new Set(['||', '+', '-', '*', '(', ')', '.'])

/** A conjunct of a clause, with the join whose ON it stands in (none: WHERE). */
export interface Conjunct {
  readonly core: BoundCore
  readonly source: Source
  readonly range: Range
  readonly join?: JoinNode
  readonly predicate: Predicate | undefined
}

/** All conjuncts of a core: of its WHERE, and of each ON. */
export function conjunctsOf(core: BoundCore, context: PlanContext): Conjunct[] {
  const { source } = core.parent.query
  const found: Conjunct[] = []
  const add = (range: Range | undefined, join?: JoinNode): void => {
    if (!range || range.to <= range.from) return
    for (const part of conjuncts(source, range)) {
      found.push({ core, source, range: part, predicate: readPredicate(source, part, context.parse), ...(join && { join }) })
    }
  }
  const walk = (node: FromNode | undefined): void => {
    if (node?.kind !== 'join') return
    walk(node.left)
    walk(node.right)
    add(node.on, node)
  }
  add(core.core.where)
  walk(core.core.from)
  return found
}

function isUnder(core: BoundCore, node: FromNode, item: Item): boolean {
  return leaves(node).some(l => core.itemOf.get(l) === item)
}

/** Whether a condition of an ON may filter the rows of an item: its side must not be one whose rows survive without a partner. */
export function onFilters(core: BoundCore, join: JoinNode, item: Item): boolean {
  if (join.type === 'full') return false
  const left = isUnder(core, join.left, item)
  const right = isUnder(core, join.right, item)
  if (join.type === 'inner') return left || right
  return join.type === 'left' ? right : left
}

/** Whether an item's columns can be NULL because its row had no partner. */
export function isNullable(core: BoundCore, item: Item, node: FromNode | undefined = core.core.from): boolean {
  if (node?.kind !== 'join') return false
  const left = isUnder(core, node.left, item)
  const here = node.type === 'full' || (node.type === 'left' && !left) || (node.type === 'right' && left)
  return here || isNullable(core, item, left ? node.left : node.right)
}

/** Reads what conditions say about the columns of items. */
export class FilterReader {
  readonly #binder: Binder
  readonly #context: PlanContext

  constructor(binder: Binder, context: PlanContext) {
    this.#binder = binder
    this.#context = context
  }

  /** What the conditions of its own core say of an item. */
  of(item: Item, conditions: readonly Conjunct[]): Alternatives {
    let all: Alternatives = ANYTHING
    for (const c of conditions) {
      if (!c.join || onFilters(item.core, c.join, item)) all = both(all, this.conjunct(c, item))
    }
    return both(all, this.#merged(item))
  }

  /** What one conjunct says of an item. */
  conjunct({ source, range, predicate }: Pick<Conjunct, 'source' | 'range' | 'predicate'>, item: Item): Alternatives {
    if (this.#isConstant(source, range)) return this.#constant(source, range)
    return predicate ? this.predicate(source, predicate, item) : ANYTHING
  }

  predicate(source: Source, p: Predicate, item: Item): Alternatives {
    if ('args' in p) {
      const parts = p.args.map(a => this.predicate(source, a, item))
      return p.kind === 'or' ? either(parts) : parts.reduce(both, ANYTHING)
    }
    if (p.kind === 'other') return ANYTHING
    if (this.#isConstant(source, p.range)) return this.#constant(source, p.range)
    if (p.kind === 'equal') return both(this.#equal(source, p.left, p.right, item), this.#equal(source, p.right, p.left, item))
    if (p.kind === 'in') return this.#in(source, p.left, p.list, item)
    if (p.kind === 'inQuery') return this.#inQuery(source, p.left, p.query, item)
    return ANYTHING
  }

  #key(source: Source, range: Range, item: Item): string | undefined {
    const chain = this.#binder.chainAt(source, range)
    return chain?.item === item ? keyOf(chain) : undefined
  }

  #equal(source: Source, left: Range, right: Range, item: Item): Alternatives {
    const key = this.#key(source, left, item)
    if (key === undefined) return ANYTHING
    const operand = this.operand(source, right, item)
    return operand ? one(key, operand) : ANYTHING
  }

  #in(source: Source, left: Range, list: readonly Range[], item: Item): Alternatives {
    const key = this.#key(source, left, item)
    if (key === undefined || !list.every(r => this.#isConstant(source, r))) return ANYTHING
    const values = this.#values(source, list)
    return values ? one(key, { kind: 'values', values }) : ANYTHING
  }

  #inQuery(source: Source, left: Range, query: Range, item: Item): Alternatives {
    const key = this.#key(source, left, item)
    const bound = key === undefined ? undefined : findSubquery(item.core, query)
    if (key === undefined || !bound || isCorrelated(this.#binder, bound)) return ANYTHING
    return one(key, { kind: 'query', queries: [bound], sql: this.#binder.splices.render(source, query), original: this.#binder.splices.original(source, query) })
  }

  /** A condition without columns: when it is false or NULL no row can matter. */
  #constant(source: Source, range: Range): Alternatives {
    const value = this.#values(source, [range])?.[0]
    return value === null || value === 0n || value === 0 || (typeof value === 'string' && Number.parseFloat(value) === 0) ? [] : ANYTHING
  }

  /** What one side of an equality is, if the rows of `item` can be asked for by it. */
  operand(source: Source, range: Range, item: Item): Operand | undefined {
    if (hasCollate(source, range)) return undefined
    if (this.#isConstant(source, range)) {
      const values = this.#values(source, [range])
      return values && { kind: 'values', values }
    }
    const independent = this.#independent(source, range, item)
    if (independent) return independent
    const chains = this.#binder.chainsIn(source, range)
    const names = this.#freeNames(source, range)
    if (names.length > 0 || chains.length === 0 || hasSubquery(source, range)) return undefined
    const { core } = chains[0]!.item
    if (chains.some(c => c.item === item || c.item.core !== core || c.merged)) return undefined
    if (chains.some(c => isNullable(core, c.item)) && !isStrict(source, range)) return undefined
    const items = this.#withArguments(source, chains.map(c => c.item))
    if (!items || items.includes(item)) return undefined
    return { kind: 'rows', core, items, sql: this.#binder.splices.render(source, range, false), text: this.#binder.splices.original(source, range) }
  }

  /** Items, and those that the arguments of table-valued functions among them read. */
  #withArguments(source: Source, items: readonly Item[]): Item[] | undefined {
    const all = new Set(items)
    for (const item of all) {
      if (item.kind !== 'function') continue
      if (this.#freeNames(source, item.node.args).length > 0 || hasSubquery(source, item.node.args)) return undefined
      for (const chain of this.#binder.chainsIn(source, item.node.args)) all.add(chain.item)
    }
    return [...all]
  }

  /** An expression with subqueries that does not depend on the rows around it. */
  #independent(source: Source, range: Range, item: Item): Operand | undefined {
    if (!hasSubquery(source, range) || hasVolatile(source, range)) return undefined
    const inside = item.core.subqueries.filter(q => q.query.range.from > range.from && q.query.range.to < range.to)
    const skip = inside.map(q => q.query.range)
    const outside = this.#binder.chainsIn(source, range).some(c => !skip.some(s => c.range.from >= s.from && c.range.to <= s.to))
    if (inside.length === 0 || outside || this.#freeNames(source, range, skip).length > 0) return undefined
    if (inside.some(q => isCorrelated(this.#binder, q))) return undefined
    const { splices } = this.#binder
    return { kind: 'query', queries: inside, sql: `SELECT ${splices.render(source, range)}`, original: `SELECT ${splices.original(source, range)}` }
  }

  /** Equalities that USING and NATURAL stand for. */
  #merged(item: Item): Alternatives {
    let all: Alternatives = ANYTHING
    const { core } = item
    const walk = (node: FromNode | undefined): void => {
      if (node?.kind !== 'join') return
      walk(node.left)
      walk(node.right)
      if (onFilters(core, node, item)) for (const name of mergedNames(core, node)) all = both(all, this.#usingEqual(core, node, item, name))
    }
    walk(core.core.from)
    return all
  }

  #usingEqual(core: BoundCore, node: JoinNode, item: Item, name: string): Alternatives {
    const side = isUnder(core, node.left, item) ? node.right : node.left
    const has = (i: Item): boolean => i.columns?.some(c => c.name.toLowerCase() === name) ?? false
    const [other, another] = leaves(side).map(l => core.itemOf.get(l)!).filter(has)
    if (!other || !has(item) || (another && mergedColumns(core, name))) return ANYTHING
    return one(name, { kind: 'rows', core, items: [other], sql: `${quote(other.alias)}.${quote(name)}`, text: `${other.alias}.${name}` })
  }

  /** Names in a range that are no known column: aliases, columns of table-valued functions, mistakes. */
  #freeNames(source: Source, range: Range, skip: readonly Range[] = []): string[] {
    const free: string[] = []
    eachChain(source, range, skip, (at, parts) => {
      const constant = parts.length === 1 && source.tokens[at.from]!.kind === 'word' && OTHER_WORDS.has(parts[0]!.toUpperCase())
      if (!constant && !this.#binder.chainAt(source, at)) free.push(parts.join('.'))
    })
    return free
  }

  #isConstant(source: Source, range: Range): boolean {
    return this.#binder.chainsIn(source, range).length === 0 && this.#freeNames(source, range).length === 0
      && !hasSubquery(source, range) && !hasVolatile(source, range)
  }

  /** Whether a conjunct can be evaluated over just these items. */
  isOver(c: Conjunct, items: readonly Item[]): boolean {
    const chains = this.#binder.chainsIn(c.source, c.range)
    return chains.length > 0 && chains.every(x => items.includes(x.item) && !x.merged)
      && this.#freeNames(c.source, c.range).length === 0 && !hasSubquery(c.source, c.range) && !hasVolatile(c.source, c.range)
  }

  /** A constant that is a whole number from 0. */
  wholeNumber(source: Source, range: Range): number | undefined {
    const value = this.#isConstant(source, range) ? this.#values(source, [range])?.[0] : undefined
    return typeof value === 'bigint' && value >= 0n && value < 1_000_000_000n ? Number(value) : undefined
  }

  #values(source: Source, ranges: readonly Range[]): readonly Value[] | undefined {
    const known = ranges.map(r => plainValue(source, r))
    const open = ranges.filter((_, i) => known[i] === undefined)
    if (open.length === 0) return known as Value[]
    try {
      const computed = this.#context.judge.values(open.map(r => this.#binder.splices.original(source, r)))
      let next = 0
      return known.map(v => (v === undefined ? computed[next++]! : v))
    } catch {
      return undefined
    }
  }
}

/** The value of a literal that stands alone. */
function plainValue(source: Source, range: Range): Value | undefined {
  const token = source.tokens[range.from]!
  if (range.to - range.from !== 1) return undefined
  if (token.kind === 'string') return token.value
  if (token.kind === 'number' && /^\d{1,18}$/.test(token.text)) return BigInt(token.text)
  return isWord(token, 'NULL') ? null : undefined
}

const some = (source: Source, range: Range, test: (t: Token, i: number) => boolean): boolean => {
  for (let i = range.from; i < range.to; i++) if (test(source.tokens[i]!, i)) return true
  return false
}
const hasCollate = (s: Source, r: Range): boolean => some(s, r, t => isWord(t, 'COLLATE'))
const hasSubquery = (s: Source, r: Range): boolean => some(s, r, t => isWord(t, 'SELECT', 'VALUES', 'EXISTS'))
const hasVolatile = (s: Source, r: Range): boolean => some(s, r, t => isWord(t, 'RANDOM', 'RANDOMBLOB', 'CHANGES', 'TOTAL_CHANGES', 'LAST_INSERT_ROWID'))

/** Made only of columns, literals, and operators that give NULL for NULL. */
function isStrict(source: Source, range: Range): boolean {
  return !some(source, range, (t, i) => {
    if (t.kind === 'op') return !STRICT_OPS.has(t.value)
    return t.kind === 'word' && isOp(source.tokens[i + 1], '(') ? true : isWord(t, 'CASE', 'IS', 'NULL', 'NOT')
  })
}

/** Lower-case names of the columns that a join merges. */
export function mergedNames(core: BoundCore, node: JoinNode): string[] {
  if (node.using) return node.using.map(u => u.toLowerCase())
  if (!node.natural) return []
  const names = (side: FromNode): Set<string> =>
    new Set(leaves(side).flatMap(l => core.itemOf.get(l)?.columns?.map(c => c.name.toLowerCase()) ?? []))
  const right = names(node.right)
  return [...names(node.left)].filter(n => right.has(n))
}

function findSubquery(core: BoundCore, range: Range): BoundQuery | undefined {
  return core.subqueries.find(q => q.query.range.from === range.from && q.query.range.to === range.to)
}

/** Whether a query uses columns from around it. */
export function isCorrelated(binder: Binder, bound: BoundQuery): boolean {
  const inside = new Set<BoundCore>()
  const collect = (q: BoundQuery): void => {
    for (const core of q.cores) {
      inside.add(core)
      for (const item of core.items) if (item.kind === 'derived') collect(item.query)
      core.subqueries.forEach(collect)
    }
    for (const cte of q.ctes.values()) if (cte.query) collect(cte.query)
  }
  collect(bound)
  const { source, range }: Query = bound.query
  return binder.chainsIn(source, range).some((c: Chain) => !inside.has(c.item.core))
}

function one(key: string, operand: Operand): Alternatives {
  if (operand.kind !== 'values') return [new Map([[key, [operand]]])]
  const values = [...new Set(operand.values.filter(v => v !== null))]
  if (values.length === 0) return []
  return values.some(v => typeof v === 'number' || v instanceof Uint8Array) ? ANYTHING : [new Map([[key, [{ kind: 'values', values }]]])]
}

/** AND of two. */
export function both(a: Alternatives, b: Alternatives): Alternatives {
  if (a.length * b.length > MAX_ALTERNATIVES) return a.length <= b.length ? a : b
  return a.flatMap(x => b.map(y => {
    const merged = new Map(x)
    for (const [key, operands] of y) merged.set(key, [...(merged.get(key) ?? []), ...operands])
    return merged
  }))
}

function either(parts: readonly Alternatives[]): Alternatives {
  const all = parts.flat()
  if (all.some(a => a.size === 0)) return ANYTHING
  const merged = mergeSingles(all)
  return merged.length > MAX_ALTERNATIVES ? ANYTHING : merged
}

/** `a = 1 OR a = 2` becomes one alternative with two values. */
function mergeSingles(all: Alternatives): Alternatives {
  const singles = new Map<string, Set<Value>>()
  const rest: Alternative[] = []
  for (const alternative of all) {
    const [key, operands] = [...alternative][0]!
    const [only] = operands
    if (alternative.size !== 1 || operands.length !== 1 || only?.kind !== 'values') {
      rest.push(alternative)
      continue
    }
    const values = singles.get(key) ?? new Set()
    singles.set(key, values)
    for (const v of only.values) values.add(v)
  }
  return [...[...singles].map(([key, values]) => new Map([[key, [{ kind: 'values' as const, values: [...values] }]]])), ...rest]
}
