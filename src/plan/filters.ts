import type { Value } from '../catalog/types.ts'
import { isOp, isWord, type Token } from '../sql/lexer.ts'
import type { Predicate } from '../sql/predicate.ts'
import { leaves, type FromNode, type JoinNode, type Query, type Range, type Source } from '../sql/query.ts'
import { columnChain, isNumberColumn, isNumberQuery } from './affinity.ts'
import { ANYTHING, both, either, one, type Alternatives, type Operand } from './alternatives.ts'
import type { Binder } from './bind.ts'
import { keyOf, type BoundCore, type BoundQuery, type Chain, type Item } from './bound.ts'
import { afterParen } from '../sql/skeleton.ts'
import { eachChain } from './chains.ts'
import { isNullable, isUnder, onFilters, type Conjunct } from './conjuncts.ts'
import type { PlanContext } from './context.ts'
import { readRowTest, type RowTest } from './rowvalues.ts'
import { mergedColumns, mergedNames, onlyOrigin, originOf } from './scope.ts'
import { columnText, quote } from './splice.ts'

/** Words without a column's meaning that can stand where one could: constants, operators, the end of CASE. */
const OTHER_WORDS = new Set([
  'TRUE',
  'FALSE',
  'CURRENT_DATE',
  'CURRENT_TIME',
  'CURRENT_TIMESTAMP',
  'LIKE',
  'GLOB',
  'REGEXP',
  'MATCH',
  'END',
])
const STRICT_OPS = new Set(['||', '+', '-', '*', '(', ')', '.'])

type Condition = Pick<Conjunct, 'source' | 'range' | 'predicate'>

/** What stands in a range. */
interface Contents {
  readonly chains: readonly Chain[]
  /** Nothing but those, constants, operators and functions that give the same for the same. */
  readonly isPlain: boolean
}

/** Reads what conditions say about the columns of items. */
export class FilterReader {
  readonly #binder: Binder
  readonly #context: PlanContext
  readonly #known = new Map<Condition, Map<Item, Alternatives>>()
  readonly #contents = new Map<Range, Contents>()

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
  conjunct(conjunct: Condition, item: Item): Alternatives {
    const items = this.#known.get(conjunct) ?? new Map<Item, Alternatives>()
    this.#known.set(conjunct, items)
    const known = items.get(item) ?? this.#read(conjunct, item)
    items.set(item, known)
    return known
  }

  #read({ source, range, predicate }: Condition, item: Item): Alternatives {
    if (this.#isConstant(source, range)) return this.#constant(source, range)
    const row = readRowTest(source, range)
    if (row) return this.#row(source, row, item)
    return predicate ? this.predicate(source, predicate, item) : ANYTHING
  }

  #row(source: Source, { columns, values, query }: RowTest, item: Item): Alternatives {
    const each = values
      ? values.map((value, i) =>
          both(this.#equal(source, columns[i]!, value, item), this.#equal(source, value, columns[i]!, item)),
        )
      : columns.map((column, index) =>
          this.#inQuery(
            source,
            column,
            query!,
            item,
            columns.length > 1 ? { index, width: columns.length } : undefined,
          ),
        )
    return each.reduce(both, ANYTHING)
  }

  predicate(source: Source, p: Predicate, item: Item): Alternatives {
    if ('args' in p) {
      const parts = p.args.map(a => this.predicate(source, a, item))
      return p.kind === 'or' ? either(parts) : parts.reduce(both, ANYTHING)
    }
    if (p.kind === 'other') return ANYTHING
    if (this.#isConstant(source, p.range)) return this.#constant(source, p.range)
    if (p.kind === 'equal')
      return both(this.#equal(source, p.left, p.right, item), this.#equal(source, p.right, p.left, item))
    if (p.kind === 'in') return this.#in(source, p.left, p.list, item)
    if (p.kind === 'inQuery') return this.#inQuery(source, p.left, p.query, item)
    return ANYTHING
  }

  #key(source: Source, range: Range, item: Item): string | undefined {
    const chain = this.#binder.chainAt(source, range)
    return chain?.item === item && !isCollated(chain) ? keyOf(chain) : undefined
  }

  /** Whether the other side makes a key of text compare as a number, so that '01' equals 1: a server would miss it. */
  #comparesAsNumber(source: Source, key: Range, other: Range, item: Item): boolean {
    return this.#noted(this.#binder.chainAt(source, key)!, this.#isNumber(source, other, item))
  }

  /** Notes that a key of text is compared as a number, so that an error can say why it cannot be asked for. */
  #noted(key: Chain, asNumber: boolean): boolean {
    if (!asNumber || isNumberColumn(key)) return false
    const origin = originOf(key.item, key.column, key.path)
    if (origin?.item.kind === 'ref') origin.item.ref.asNumber.add(keyOf({ ...origin, implied: key.implied }))
    return true
  }

  /** Whether an operand has numeric affinity: a column of numbers, a CAST to one, a subquery of either (sqlite.org/datatype3.html, 3.2). */
  #isNumber(source: Source, range: Range, item: Item): boolean {
    const { tokens } = source
    if (isOp(tokens[range.from], '(') && afterParen(source, range.from, range.to) === range.to) {
      const inner = { from: range.from + 1, to: range.to - 1 }
      return isWord(tokens[inner.from], 'SELECT', 'WITH', 'VALUES')
        ? isNumberQuery(findSubquery(item.core, inner))
        : this.#isNumber(source, inner, item)
    }
    if (isWord(tokens[range.from], 'CAST') && afterParen(source, range.from + 1, range.to) === range.to)
      return !isWord(tokens[range.to - 2], 'TEXT', 'CHAR', 'VARCHAR', 'CLOB')
    const chain = this.#binder.chainAt(source, range)
    return chain !== undefined && isNumberColumn(chain)
  }

  #equal(source: Source, left: Range, right: Range, item: Item): Alternatives {
    const key = this.#key(source, left, item)
    if (key === undefined || this.#comparesAsNumber(source, left, right, item)) return ANYTHING
    const operand = this.operand(source, right, item)
    return operand ? one(key, operand) : ANYTHING
  }

  #in(source: Source, left: Range, list: readonly Range[], item: Item): Alternatives {
    const key = this.#key(source, left, item)
    if (
      key === undefined
      || !list.every(
        r =>
          this.#isConstant(source, r)
          && !this.#comparesAsNumber(source, left, r, item)
          && !hasCollate(source, r),
      )
    )
      return ANYTHING
    const values = this.#values(source, list)
    return values ? one(key, { kind: 'values', values }) : ANYTHING
  }

  #inQuery(
    source: Source,
    left: Range,
    query: Range,
    item: Item,
    row?: { readonly index: number; readonly width: number },
  ): Alternatives {
    const key = this.#key(source, left, item)
    const bound = key === undefined ? undefined : findSubquery(item.core, query)
    if (key === undefined || !bound || isCorrelated(this.#binder, bound)) return ANYTHING
    if (this.#noted(this.#binder.chainAt(source, left)!, isNumberQuery(bound, row?.index))) return ANYTHING
    return one(key, {
      kind: 'query',
      queries: [bound],
      ...(row && { row }),
      sql: this.#binder.splices.render(source, query),
      original: this.#binder.splices.original(source, query),
    })
  }

  /** A condition without columns: when it is false or NULL no row can matter. */
  #constant(source: Source, range: Range): Alternatives {
    const value = this.#values(source, [range])?.[0]
    return value === null
      || value === 0n
      || value === 0
      || (typeof value === 'string' && Number.parseFloat(value) === 0)
      ? []
      : ANYTHING
  }

  /** What one side of an equality is, if the rows of `item` can be asked for by it. */
  operand(source: Source, range: Range, item: Item): Operand | undefined {
    const inside = item.core.subqueries.map(q => q.query.range)
    if (some(source, range, (t, i) => isWord(t, 'COLLATE') && !inside.some(r => i >= r.from && i < r.to)))
      return undefined
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
    if (chains.some(c => c.item === item || c.item.core !== core || c.merged || isCollated(c)))
      return undefined
    if (chains.some(c => isNullable(core, c.item)) && !isStrict(source, range)) return undefined
    const items = this.#withArguments(
      source,
      chains.map(c => c.item),
    )
    if (!items) return this.#fromOrigin(source, range, item)
    if (items.includes(item)) return undefined
    const column = this.#binder.chainAt(source, range)
    const isText = column?.shape.type === 'string' || column?.shape.type === 'timestamp'
    return {
      kind: 'rows',
      core,
      items,
      sql: this.#binder.splices.render(source, range, false),
      text: this.#binder.splices.original(source, range),
      ...(column && isText && { column: { item: column.item, key: keyOf(column) } }),
    }
  }

  /** A column of a derived table that cannot be read by itself, since it depends on rows around it: all that the table it comes from has. */
  #fromOrigin(source: Source, range: Range, item: Item): Operand | undefined {
    const chain = this.#binder.chainAt(source, range)
    const origin = chain && onlyOrigin(chain)
    if (origin?.item.kind !== 'ref' || origin.item === item) return undefined
    const text = this.#binder.splices.original(source, range)
    return {
      kind: 'rows',
      core: origin.item.core,
      items: [origin.item],
      sql: columnText(origin.item.alias, origin.column, [...origin.path, ...chain!.implied]),
      text,
    }
  }

  /** Items, and those that the arguments of table-valued functions among them read. */
  #withArguments(source: Source, items: readonly Item[]): Item[] | undefined {
    const all = new Set(items)
    for (const item of all) {
      const query = item.kind === 'derived' ? item.query : item.kind === 'cte' ? item.cte.query : undefined
      if (query && isCorrelated(this.#binder, query)) return undefined
      if (item.kind !== 'function') continue
      if (this.#freeNames(source, item.node.args).length > 0 || hasSubquery(source, item.node.args))
        return undefined
      for (const chain of this.#binder.chainsIn(source, item.node.args)) all.add(chain.item)
    }
    return [...all]
  }

  /** An expression with subqueries that does not depend on the rows around it. */
  #independent(source: Source, range: Range, item: Item): Operand | undefined {
    if (!hasSubquery(source, range) || hasVolatile(source, range)) return undefined
    const inside = item.core.subqueries.filter(
      q => q.query.range.from > range.from && q.query.range.to < range.to,
    )
    const skip = inside.map(q => q.query.range)
    const outside = this.#binder
      .chainsIn(source, range)
      .some(c => !skip.some(s => c.range.from >= s.from && c.range.to <= s.to))
    if (inside.length === 0 || outside || this.#freeNames(source, range, skip).length > 0) return undefined
    if (inside.some(q => isCorrelated(this.#binder, q))) return undefined
    const { splices } = this.#binder
    return {
      kind: 'query',
      queries: inside,
      sql: `SELECT ${splices.render(source, range)}`,
      original: `SELECT ${splices.original(source, range)}`,
    }
  }

  /** Equalities that USING and NATURAL stand for. */
  #merged(item: Item): Alternatives {
    let all: Alternatives = ANYTHING
    const { core } = item
    const walk = (node: FromNode | undefined): void => {
      if (node?.kind !== 'join') return
      walk(node.left)
      walk(node.right)
      if (onFilters(core, node, item))
        for (const name of mergedNames(core, node)) all = both(all, this.#usingEqual(core, node, item, name))
    }
    walk(core.core.from)
    return all
  }

  #usingEqual(core: BoundCore, node: JoinNode, item: Item, name: string): Alternatives {
    const side = isUnder(core, node.left, item) ? node.right : node.left
    const has = (i: Item): boolean => i.columns?.some(c => c.name.toLowerCase() === name) ?? false
    const [other, another] = leaves(side)
      .map(l => core.itemOf.get(l)!)
      .filter(has)
    if (!other || !has(item) || (another && mergedColumns(core, name))) return ANYTHING
    const [mine, theirs] = [item, other].map(i => i.columns!.find(c => c.name.toLowerCase() === name)!)
    if (mine!.collated || theirs!.collated) return ANYTHING
    const [key, source] = [columnChain(item, mine!), columnChain(other, theirs!)]
    if (this.#noted(key, isNumberColumn(source))) return ANYTHING
    const items = this.#withArguments(core.parent.query.source, [other])
    if (!items || items.includes(item)) return ANYTHING
    return one(name, {
      kind: 'rows',
      core,
      items,
      sql: `${quote(other.alias)}.${quote(name)}`,
      text: `${other.alias}.${name}`,
    })
  }

  /** Names in a range that are no known column: aliases, columns of table-valued functions, mistakes. */
  #freeNames(source: Source, range: Range, skip: readonly Range[] = []): string[] {
    const free: string[] = []
    eachChain(source, range, skip, (at, parts) => {
      const constant =
        parts.length === 1
        && source.tokens[at.from]!.kind === 'word'
        && OTHER_WORDS.has(parts[0]!.toUpperCase())
      if (!constant && !this.#binder.chainAt(source, at)) free.push(parts.join('.'))
    })
    return free
  }

  /** It is asked for each item of a core, about the same ranges. */
  #contentsOf(source: Source, range: Range): Contents {
    const known = this.#contents.get(range)
    if (known) return known
    const isPlain =
      !hasSubquery(source, range)
      && !hasVolatile(source, range)
      && this.#freeNames(source, range).length === 0
    const found = { chains: this.#binder.chainsIn(source, range), isPlain }
    this.#contents.set(range, found)
    return found
  }

  #isConstant(source: Source, range: Range): boolean {
    const { chains, isPlain } = this.#contentsOf(source, range)
    return isPlain && chains.length === 0
  }

  /** Whether a conjunct can be evaluated over just these items. */
  isOver(c: Conjunct, items: readonly Item[]): boolean {
    const { chains, isPlain } = this.#contentsOf(c.source, c.range)
    return isPlain && chains.length > 0 && chains.every(x => items.includes(x.item) && !x.merged)
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

/** Whether a column compares by a collation of its own. */
function isCollated(chain: Chain): boolean {
  return chain.item.columns?.find(c => c.name === chain.column)?.collated === true
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
const hasVolatile = (s: Source, r: Range): boolean =>
  some(s, r, t => isWord(t, 'RANDOM', 'RANDOMBLOB', 'CHANGES', 'TOTAL_CHANGES', 'LAST_INSERT_ROWID'))

/** Made only of columns, literals, and operators that give NULL for NULL. */
function isStrict(source: Source, range: Range): boolean {
  return !some(source, range, (t, i) => {
    if (t.kind === 'op') return !STRICT_OPS.has(t.value)
    return t.kind === 'word' && isOp(source.tokens[i + 1], '(')
      ? true
      : isWord(t, 'CASE', 'IS', 'NULL', 'NOT')
  })
}

function findSubquery(core: BoundCore, range: Range): BoundQuery | undefined {
  return core.subqueries.find(q => q.query.range.from === range.from && q.query.range.to === range.to)
}

/** Whether a query uses columns from around it. */
function isCorrelated(binder: Binder, bound: BoundQuery): boolean {
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
