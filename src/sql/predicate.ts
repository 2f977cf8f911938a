import type { BooleanTree, ParseBoolean } from './parser.ts'
import { isOp, isWord, type Token } from './lexer.ts'
import type { Range, Source } from './query.ts'
import { afterParen } from './skeleton.ts'

/**
 * A boolean expression as far as a planner can use it: AND, OR, equality and
 * IN over operands that stay token ranges; anything else is `other`, of which
 * only the range is known.
 */
export type Predicate =
  | { readonly kind: 'and' | 'or'; readonly args: readonly Predicate[] }
  | { readonly kind: 'equal'; readonly left: Range; readonly right: Range; readonly range: Range }
  | { readonly kind: 'in'; readonly left: Range; readonly list: readonly Range[]; readonly range: Range }
  | { readonly kind: 'inQuery'; readonly left: Range; readonly query: Range; readonly range: Range }
  | { readonly kind: 'operand'; readonly range: Range }
  | { readonly kind: 'other'; readonly range: Range }

type Leaf =
  | { readonly kind: 'operand'; readonly range: Range }
  | { readonly kind: 'list'; readonly items: readonly Range[]; readonly range: Range }
  | { readonly kind: 'query'; readonly range: Range }

/** More operands than this are not worth planning over: the predicate is then evaluated locally only. */
const MAX_LEAVES = 4000

const COMPARE = ['=', '==', '<>', '!=', '<', '<=', '>', '>=']
const MATCH = ['LIKE', 'GLOB', 'REGEXP', 'MATCH']
const LOOSE_WORDS = ['AND', 'OR', 'IN', 'IS', 'NOT', 'BETWEEN', 'ISNULL', 'NOTNULL', 'ESCAPE', ...MATCH]

/**
 * Reads the boolean structure of an expression that SQLite has accepted.
 *
 * The parser sees a copy in which every operand (whatever binds tighter than a
 * comparison: columns, literals, arithmetic, calls, CASE, subqueries) is a
 * numbered parameter and every operator the planner has no use for is `<`. What
 * is left is inside the grammar that it reads right, and always well formed, so
 * neither its gaps nor its blow-up on nested errors can be reached.
 *
 * @returns undefined where the expression cannot be read; it is then local only.
 */
export function readPredicate(source: Source, range: Range, parse: ParseBoolean): Predicate | undefined {
  const w = new Writer(source)
  if (!w.expression(range)) return undefined
  const tree = single(w.text) ?? parse(w.text)
  return tree && toPredicate(tree, w.leaves, range)
}

/** The tree of a text that is one operand or one comparison: most conjuncts are, and need no parser. */
function single(text: string): BooleanTree | undefined {
  const [first, operator, second, ...rest] = text.replace(/[()]/g, ' ').trim().split(/\s+/)
  if (rest.length > 0 || first !== ':n0' || text.trimStart().startsWith('(')) return undefined
  const leaf = (n: number): BooleanTree => ({ kind: 'leaf', leaf: n })
  if (operator === undefined) return leaf(0)
  if (second !== ':n1') return undefined
  return { kind: operator === '=' ? 'equal' : operator === 'IN' ? 'in' : 'other', args: [leaf(0), leaf(1)] }
}

/**
 * Splits an expression at the ANDs that hold it together, brackets around the
 * whole or around a conjunct taken off; BETWEEN keeps its AND. An expression
 * with an OR at its top is one conjunct.
 */
export function conjuncts(source: Source, range: Range): Range[] {
  const { tokens } = source
  const parts: Range[] = []
  let { from } = range
  let between = false
  for (let i = range.from; i < range.to; i++) {
    const t = tokens[i]
    if (isOp(t, '(')) i = afterParen(source, i, range.to) - 1
    else if (isWord(t, 'CASE')) i = afterCase(source, i, range.to) - 1
    else if (isWord(t, 'OR')) return [range]
    else if (isWord(t, 'BETWEEN')) between = true
    else if (isWord(t, 'AND') && between) between = false
    else if (isWord(t, 'AND')) {
      parts.push({ from, to: i })
      from = i + 1
    }
  }
  parts.push({ from, to: range.to })
  return parts.flatMap(part => {
    const open = isOp(tokens[part.from], '(') && afterParen(source, part.from, part.to) === part.to
    if (open && !isWord(tokens[part.from + 1], 'SELECT', 'WITH', 'VALUES'))
      return conjuncts(source, { from: part.from + 1, to: part.to - 1 })
    return [part]
  })
}

/** Index after the END of the CASE at `from`. */
export function afterCase(source: Source, from: number, to: number): number {
  let depth = 0
  for (let i = from; i < to; i++) {
    if (isWord(source.tokens[i], 'CASE')) depth++
    else if (isWord(source.tokens[i], 'END') && --depth === 0) return i + 1
  }
  return to
}

/** Writes the parser's copy; lives for one expression. */
class Writer {
  readonly leaves: Leaf[] = []
  text = ''
  readonly #source: Source
  #at = 0

  constructor(source: Source) {
    this.#source = source
  }

  #token(ahead = 0): Token | undefined {
    return this.#source.tokens[this.#at + ahead]
  }

  #leaf(leaf: Leaf): void {
    this.text += ` :n${this.leaves.length} `
    this.leaves.push(leaf)
  }

  /** Writes `NOT* operand (operator NOT* operand)*`; false if the tokens are not of that form. */
  expression(range: Range): boolean {
    this.#at = range.from
    for (;;) {
      while (this.#at < range.to && isWord(this.#token(), 'NOT')) {
        this.text += ' NOT '
        this.#at++
      }
      if (!this.#operand(range.to) || this.leaves.length > MAX_LEAVES) return false
      while (this.#at < range.to && !isWord(this.#token(), 'AND', 'OR'))
        if (!this.#comparison(range.to)) return false
      if (this.#at >= range.to) return true
      this.text += ` ${this.#token()!.value} `
      this.#at++
    }
  }

  #operand(to: number): boolean {
    const from = this.#at
    if (isOp(this.#token(), '(')) {
      const close = afterParen(this.#source, from, to)
      if ((close === to || this.#isLoose(close)) && this.#isGroup(from + 1, close - 1))
        return this.#group(from, close)
    }
    this.#skipTight(to)
    if (this.#at === from) return false
    this.#leaf({ kind: 'operand', range: { from, to: this.#at } })
    return true
  }

  #group(from: number, close: number): boolean {
    let inner = { from: from + 1, to: close - 1 }
    while (
      isOp(this.#source.tokens[inner.from], '(')
      && afterParen(this.#source, inner.from, inner.to) === inner.to
    ) {
      inner = { from: inner.from + 1, to: inner.to - 1 }
    }
    this.text += '('
    if (!this.expression(inner)) return false
    this.text += ')'
    this.#at = close
    return true
  }

  /** Whether brackets hold a boolean expression: something loose in them, and no list or subquery. */
  #isGroup(from: number, to: number): boolean {
    if (isWord(this.#source.tokens[from], 'SELECT', 'WITH', 'VALUES')) return false
    let loose = false
    for (let i = from; i < to; i++) {
      const t = this.#source.tokens[i]
      if (isOp(t, ',')) return false
      if (isOp(t, '(')) {
        const close = afterParen(this.#source, i, to)
        if (i === from && close === to) return this.#isGroup(i + 1, close - 1)
        i = close - 1
      } else if (isWord(t, 'CASE')) i = afterCase(this.#source, i, to) - 1
      else loose ||= this.#isLoose(i)
    }
    return loose
  }

  #isLoose(i: number): boolean {
    const t = this.#source.tokens[i]
    return isOp(t, ...COMPARE) || (isWord(t, ...LOOSE_WORDS) && !isOp(this.#source.tokens[i - 1], '.'))
  }

  /** Moves past everything that binds tighter than a comparison. */
  #skipTight(to: number): void {
    while (this.#at < to && !this.#isLoose(this.#at)) {
      if (isOp(this.#token(), '(')) this.#at = afterParen(this.#source, this.#at, to)
      else if (isWord(this.#token(), 'CASE')) this.#at = afterCase(this.#source, this.#at, to)
      else this.#at++
    }
  }

  /** One comparison after an operand. All but = and a plain IN become `<`. */
  #comparison(to: number): boolean {
    const t = this.#token()!
    this.#at++
    if (isOp(t, '=', '==')) {
      this.text += isWord(this.#token(), 'NOT') ? ' < ' : ' = '
      return this.#right(to)
    }
    if (isWord(t, 'IN') && isOp(this.#token(), '(')) return this.#in(to)
    this.text += ' < '
    if (isWord(t, 'ISNULL', 'NOTNULL') || (isWord(t, 'NOT') && isWord(this.#token(), 'NULL'))) {
      if (isWord(t, 'NOT')) this.#at++
      this.#leaf({ kind: 'operand', range: { from: this.#at, to: this.#at } })
      return true
    }
    if (isWord(t, 'NOT')) this.#at++
    if (isWord(t, 'IS')) while (isWord(this.#token(), 'NOT', 'DISTINCT', 'FROM')) this.#at++
    const between = isWord(t, 'BETWEEN') || (isWord(t, 'NOT') && isWord(this.#token(-1), 'BETWEEN'))
    if (!this.#right(to)) return false
    if (isWord(this.#token(), 'ESCAPE') || (between && isWord(this.#token(), 'AND'))) {
      this.#at++
      const from = this.#at
      this.#skipTight(to)
      return this.#at > from
    }
    return true
  }

  /** The right side of a comparison: an operand, or `NOT …`, of which nothing is known. */
  #right(to: number): boolean {
    if (!isWord(this.#token(), 'NOT')) return this.#operand(to)
    const from = this.#at
    while (this.#at < to && !isWord(this.#token(), 'AND', 'OR')) {
      this.#at = isOp(this.#token(), '(') ? afterParen(this.#source, this.#at, to) : this.#at + 1
    }
    this.#leaf({ kind: 'operand', range: { from, to: this.#at } })
    return true
  }

  #in(to: number): boolean {
    const open = this.#at
    const close = afterParen(this.#source, open, to)
    const range = { from: open + 1, to: close - 1 }
    this.#at = close
    if (isWord(this.#source.tokens[range.from], 'SELECT', 'WITH', 'VALUES')) {
      this.text += ' IN ('
      this.#leaf({ kind: 'query', range })
    } else {
      this.text += ' IN ('
      this.#leaf({ kind: 'list', items: splitList(this.#source, range), range })
    }
    this.text += ')'
    return true
  }
}

/** Splits a range at its commas outside brackets; an empty range has no items. */
export function splitList(source: Source, range: Range): Range[] {
  const items: Range[] = []
  let from = range.from
  for (let i = range.from; i < range.to; i++) {
    const t = source.tokens[i]!
    if (t.kind !== 'op') continue
    if (t.value === '(') i = afterParen(source, i, range.to) - 1
    else if (t.value === ',') {
      items.push({ from, to: i })
      from = i + 1
    }
  }
  if (from < range.to) items.push({ from, to: range.to })
  return items
}

function toPredicate(tree: BooleanTree, leaves: readonly Leaf[], whole: Range): Predicate {
  if (tree.kind === 'and' || tree.kind === 'or')
    return { kind: tree.kind, args: tree.args.map(a => toPredicate(a, leaves, whole)) }
  if (tree.kind === 'leaf') {
    const leaf = leaves[tree.leaf]!
    return { kind: leaf.kind === 'operand' ? 'operand' : 'other', range: leaf.range }
  }
  const [left, right] = tree.args.map(a => (a.kind === 'leaf' ? leaves[a.leaf] : undefined))
  return (left && right && comparison(tree.kind, left, right)) ?? { kind: 'other', range: whole }
}

function comparison(kind: 'equal' | 'in' | 'other', left: Leaf, right: Leaf): Predicate | undefined {
  if (kind === 'other' || left.kind !== 'operand') return undefined
  const range = { from: left.range.from, to: right.range.to + (right.kind === 'operand' ? 0 : 1) }
  if (kind === 'equal')
    return right.kind === 'operand' ? { kind, left: left.range, right: right.range, range } : undefined
  if (right.kind === 'list') return { kind, left: left.range, list: right.items, range }
  return right.kind === 'query' ? { kind: 'inQuery', left: left.range, query: right.range, range } : undefined
}
