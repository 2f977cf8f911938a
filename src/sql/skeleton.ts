import { ConfluentqlError } from '../errors.ts'
import { isName, isOp, isWord, nameOf } from './lexer.ts'
import type {
  ClauseName,
  Core,
  Cte,
  FromNode,
  JoinNode,
  Limit,
  Query,
  Range,
  SelectItem,
  Source,
} from './query.ts'

const MAX_DEPTH = 100
const SET_OPS = ['UNION', 'INTERSECT', 'EXCEPT']
const CLAUSES = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'WINDOW', 'ORDER', 'LIMIT', ...SET_OPS]
const JOIN_WORDS = ['JOIN', 'LEFT', 'RIGHT', 'FULL', 'INNER', 'CROSS', 'NATURAL', 'OUTER']
/** Words that cannot be an alias without AS. */
const NOT_ALIAS = new Set([...CLAUSES, ...JOIN_WORDS, 'ON', 'USING', 'INDEXED', 'NOT', 'AS', 'SET'])

type Found = { clause: ClauseName; query: Query }[]

/** A reader of one query; `at` moves through the tokens up to `end`. */
interface Cursor {
  readonly source: Source
  at: number
  readonly end: number
  readonly depth: number
}

/**
 * Builds the skeleton of the query in a range of tokens (see Query). Never judges: what it cannot read it leaves to SQLite.
 * @throws ConfluentqlError LIMIT when subqueries nest deeper than 100.
 */
export function readQuery(source: Source, range: Range, depth = 0): Query {
  if (depth > MAX_DEPTH) throw new ConfluentqlError('LIMIT', `subqueries nest deeper than ${MAX_DEPTH}`)
  const c: Cursor = { source, at: range.from, end: range.to, depth }
  const withClause = isWord(peek(c), 'WITH') ? readWith(c) : { ctes: [], recursive: false }
  const cores: Core[] = []
  const setOps: string[] = []
  for (;;) {
    cores.push(readCore(c))
    if (!isWord(peek(c), ...SET_OPS)) break
    const op = peek(c)!.value
    c.at++
    const all = isWord(peek(c), 'ALL')
    if (all) c.at++
    setOps.push(all ? `${op} ALL` : op)
  }
  const tail: Found = []
  const orderBy = isWord(peek(c), 'ORDER') ? readClause(c, ['LIMIT'], 'select', tail, 2) : undefined
  const limit = isWord(peek(c), 'LIMIT') ? readLimit(c, tail) : undefined
  return {
    source,
    range,
    ...withClause,
    cores,
    setOps,
    subqueries: tail.map(t => t.query),
    ...(orderBy && { orderBy }),
    ...(limit && { limit }),
  }
}

function peek(c: Cursor, ahead = 0) {
  return c.at + ahead < c.end ? c.source.tokens[c.at + ahead] : undefined
}

/** Index of the token after the bracket that closes the one at `open`, or `end`. */
export function afterParen(source: Source, open: number, end: number): number {
  let depth = 0
  for (let i = open; i < end; i++) {
    const t = source.tokens[i]!
    if (t.kind !== 'op') continue
    if (t.value === '(') depth++
    else if (t.value === ')' && --depth === 0) return i + 1
  }
  return end
}

/** Whether each bracket in a range is closed in it. */
function isBalanced(source: Source, { from, to }: Range): boolean {
  let depth = 0
  for (let i = from; i < to; i++)
    if (isOp(source.tokens[i], '(', ')')) depth += isOp(source.tokens[i], '(') ? 1 : -1
  return depth === 0
}

function readWith(c: Cursor): { ctes: Cte[]; recursive: boolean } {
  c.at++
  const recursive = isWord(peek(c), 'RECURSIVE')
  if (recursive) c.at++
  const ctes: Cte[] = []
  while (isName(peek(c))) {
    const name = nameOf(peek(c)!)
    c.at++
    let columns: string[] | undefined
    if (isOp(peek(c), '(')) columns = readNames(c)
    if (isWord(peek(c), 'AS')) c.at++
    if (isWord(peek(c), 'NOT')) c.at++
    if (isWord(peek(c), 'MATERIALIZED')) c.at++
    if (!isOp(peek(c), '(')) break
    const close = afterParen(c.source, c.at, c.end)
    const query = readQuery(c.source, { from: c.at + 1, to: close - 1 }, c.depth + 1)
    ctes.push({ name, query, ...(columns && { columns }) })
    c.at = close
    if (!isOp(peek(c), ',')) break
    c.at++
  }
  return { ctes, recursive }
}

function readNames(c: Cursor): string[] {
  const close = afterParen(c.source, c.at, c.end)
  const names = c.source.tokens
    .slice(c.at + 1, close - 1)
    .filter(isName)
    .map(nameOf)
  c.at = close
  return names
}

/** Reads from the cursor to the first of `stops` outside brackets, notes subqueries, and moves past. `skip` words belong to the keyword. */
function readClause(
  c: Cursor,
  stops: readonly string[],
  clause: ClauseName,
  found: Found,
  skip: number,
): Range {
  c.at = Math.min(c.end, c.at + skip)
  const from = c.at
  while (c.at < c.end && !stopsAt(c, stops)) {
    if (isOp(peek(c), '(')) {
      const close = afterParen(c.source, c.at, c.end)
      readExpression(c.source, { from: c.at, to: close }, clause, found, c.depth)
      c.at = close
    } else if (isOp(peek(c), ',') && stops.includes(',')) break
    else c.at++
  }
  return { from, to: c.at }
}

/** A stop word, unless it is a column's name after a dot or the FROM of IS DISTINCT FROM. */
function stopsAt(c: Cursor, stops: readonly string[]): boolean {
  if (!isWord(peek(c), ...stops)) return false
  const before = c.source.tokens[c.at - 1]
  return (
    !isOp(before, '.')
    && !(
      isWord(peek(c), 'FROM')
      && isWord(before, 'DISTINCT')
      && c.at - 2 >= 0
      && isWord(c.source.tokens[c.at - 2], 'IS', 'NOT')
    )
  )
}

/** Notes the subqueries in a range of tokens. */
function readExpression(source: Source, range: Range, clause: ClauseName, found: Found, depth: number): void {
  for (let i = range.from; i < range.to; i++) {
    if (!isOp(source.tokens[i], '(') || !isWord(source.tokens[i + 1], 'SELECT', 'WITH', 'VALUES')) continue
    const close = afterParen(source, i, range.to)
    found.push({ clause, query: readQuery(source, { from: i + 1, to: close - 1 }, depth + 1) })
    i = close - 1
  }
}

function readLimit(c: Cursor, found: Found): Limit {
  const start = c.at
  const first = readClause(c, ['OFFSET', ','], 'select', found, 1)
  if (isOp(peek(c), ',')) {
    const count = readClause(c, [], 'select', found, 1)
    return { range: { from: start, to: c.at }, count, offset: first }
  }
  if (!isWord(peek(c), 'OFFSET')) return { range: { from: start, to: c.at }, count: first }
  const offset = readClause(c, [], 'select', found, 1)
  return { range: { from: start, to: c.at }, count: first, offset }
}

function readCore(c: Cursor): Core {
  const start = c.at
  const found: Found = []
  if (isWord(peek(c), 'VALUES')) {
    readClause(c, [...SET_OPS, 'ORDER', 'LIMIT'], 'select', found, 1)
    return { kind: 'values', range: { from: start, to: c.at }, distinct: false, items: [], subqueries: found }
  }
  c.at++
  const distinct = isWord(peek(c), 'DISTINCT')
  if (isWord(peek(c), 'DISTINCT', 'ALL')) c.at++
  const items = readItems(c, found)
  const from = isWord(peek(c), 'FROM') ? readFrom(c, found) : undefined
  const clause = (word: string, name: ClauseName, skip: number): Range | undefined =>
    isWord(peek(c), word)
      ? readClause(
          c,
          CLAUSES.filter(w => w !== word),
          name,
          found,
          skip,
        )
      : undefined
  const where = clause('WHERE', 'where', 1)
  const groupBy = clause('GROUP', 'group', 2)
  const having = clause('HAVING', 'having', 1)
  const window = clause('WINDOW', 'window', 1)
  return {
    kind: 'select',
    range: { from: start, to: c.at },
    distinct,
    items,
    subqueries: found,
    ...(from && { from }),
    ...(where && { where }),
    ...(groupBy && { groupBy }),
    ...(having && { having }),
    ...(window && { window }),
  }
}

function readItems(c: Cursor, found: Found): SelectItem[] {
  const items: SelectItem[] = []
  while (c.at < c.end) {
    items.push(readItem(c.source, readClause(c, [...CLAUSES, ','], 'select', found, 0)))
    if (!isOp(peek(c), ',')) break
    c.at++
  }
  return items
}

/** Splits one item of a list of result columns into expression and alias. */
function readItem(source: Source, range: Range): SelectItem {
  const { tokens } = source
  const last = tokens[range.to - 1]
  if (isOp(last, '*') && (range.to - range.from === 1 || isOp(tokens[range.to - 2], '.'))) {
    const qualifier = tokens
      .slice(range.from, range.to - 1)
      .filter(isName)
      .map(nameOf)
    return { expr: range, star: { qualifier } }
  }
  const named = isName(last) || last?.kind === 'string'
  if (named && isWord(tokens[range.to - 2], 'AS') && range.to - range.from > 2) {
    return { expr: { from: range.from, to: range.to - 2 }, alias: nameOf(last!) }
  }
  const before = tokens[range.to - 2]
  const ends =
    before
    && range.to - range.from > 1
    && (before.kind !== 'op' || before.value === ')')
    && !isWord(before, 'COLLATE', 'NOT', 'IS', 'AND', 'OR', 'LIKE', 'IN')
  if (
    named
    && ends
    && !isWord(last, 'END', 'NULL', 'ISNULL', 'NOTNULL')
    && !(last!.kind === 'string' && before.kind === 'word' && before.value === 'ESCAPE')
  ) {
    return { expr: { from: range.from, to: range.to - 1 }, alias: nameOf(last!) }
  }
  return { expr: range }
}

function readFrom(c: Cursor, found: Found): FromNode | undefined {
  c.at++
  return readJoins(c, found)
}

function readJoins(c: Cursor, found: Found): FromNode | undefined {
  let left = readLeaf(c, found)
  while (left && c.at < c.end) {
    let type: JoinNode['type'] = 'inner'
    let natural = false
    if (isOp(peek(c), ',')) c.at++
    else if (isWord(peek(c), ...JOIN_WORDS)) {
      while (isWord(peek(c), ...JOIN_WORDS)) {
        const word = peek(c)!.value
        if (word === 'NATURAL') natural = true
        else if (word === 'LEFT') type = 'left'
        else if (word === 'RIGHT') type = type === 'left' ? 'full' : 'right'
        else if (word === 'FULL') type = 'full'
        c.at++
      }
    } else break
    const right = readLeaf(c, found)
    if (!right) break
    left = readConstraint(c, { kind: 'join', type, natural, left, right }, found)
  }
  return left
}

function readConstraint(c: Cursor, join: JoinNode, found: Found): JoinNode {
  if (isWord(peek(c), 'USING')) {
    c.at++
    return isOp(peek(c), '(') ? { ...join, using: readNames(c) } : join
  }
  if (!isWord(peek(c), 'ON')) return join
  return {
    ...join,
    on: readClause(c, [...CLAUSES.filter(w => w !== 'FROM'), ...JOIN_WORDS, ','], 'on', found, 1),
  }
}

function readAlias(c: Cursor): { alias?: string } {
  if (isWord(peek(c), 'AS')) c.at++
  else if (!isName(peek(c)) || (peek(c)!.kind === 'word' && NOT_ALIAS.has(peek(c)!.value))) return {}
  const token = peek(c)
  if (!isName(token) && token?.kind !== 'string') return {}
  c.at++
  return { alias: nameOf(token) }
}

function skipIndexed(c: Cursor): void {
  if (isWord(peek(c), 'INDEXED') && isWord(peek(c, 1), 'BY')) c.at += 3
  else if (isWord(peek(c), 'NOT') && isWord(peek(c, 1), 'INDEXED')) c.at += 2
}

function readLeaf(c: Cursor, found: Found): FromNode | undefined {
  if (isOp(peek(c), '(')) return readBracketed(c, found)
  if (!isName(peek(c)) || isWord(peek(c), ...CLAUSES)) return undefined
  const from = c.at
  const parts = [nameOf(peek(c)!)]
  c.at++
  while (isOp(peek(c), '.') && isName(peek(c, 1))) {
    parts.push(nameOf(peek(c, 1)!))
    c.at += 2
  }
  const name = { from, to: c.at }
  if (isOp(peek(c), '(')) {
    const close = afterParen(c.source, c.at, c.end)
    const args = { from: c.at + 1, to: close - 1 }
    readExpression(c.source, { from: c.at, to: close }, 'from', found, c.depth)
    c.at = close
    return { kind: 'function', name: parts.join('.'), args, ...readAlias(c) }
  }
  const alias = readAlias(c)
  skipIndexed(c)
  const split = parts.length === 1 && parts[0]!.includes('.') ? parts[0]!.split('.') : parts
  return { kind: 'table', name, parts: split, ...alias }
}

function readBracketed(c: Cursor, found: Found): FromNode | undefined {
  const close = afterParen(c.source, c.at, c.end)
  const inside: Cursor = { ...c, at: c.at + 1, end: close - 1 }
  if (isWord(peek(c, 1), 'SELECT', 'WITH', 'VALUES')) {
    const query = readQuery(c.source, { from: inside.at, to: inside.end }, c.depth + 1)
    c.at = close
    return { kind: 'derived', query, ...readAlias(c) }
  }
  if (isWord(peek(c, 1), 'EXEC') && isBalanced(c.source, { from: c.at, to: close })) {
    const whole = { from: c.at, to: close }
    c.at = close
    return { kind: 'exec', range: { from: inside.at, to: inside.end }, whole, ...readAlias(c) }
  }
  const whole = { from: c.at, to: close }
  const node = readJoins(inside, found)
  const isWhole = inside.at === inside.end && isBalanced(c.source, whole)
  c.at = close
  const alias = readAlias(c)
  // SQLite forgets an alias inside brackets around one table, so the brackets belong to its name
  return isWhole && node?.kind === 'table' && node.alias === undefined
    ? { ...node, name: whole, ...alias }
    : node
}
