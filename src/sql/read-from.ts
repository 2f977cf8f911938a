import type { Expression } from './expression.ts'
import { CLAUSES, Cursor, isNameOrString, JOIN_WORDS } from './cursor.ts'
import { isWord, nameOf } from './lexer.ts'
import type { FromNode, JoinNode, Query, Range } from './query.ts'
import { isBalanced } from './tokens.ts'

/** Words that cannot be an alias without AS. */
const NOT_ALIAS = new Set([
  ...CLAUSES,
  ...JOIN_WORDS,
  'ON',
  'USING',
  'INDEXED',
  'NOT',
  'AS',
  'SET',
  'RETURNING',
])

/** Readers of the parts of a FROM clause that are not tables. */
export interface FromParts {
  readonly condition: (range: Range) => Expression
  readonly args: (range: Range) => readonly Expression[]
  readonly query: (range: Range) => Query
}

/** Reads the tables and joins that begin at a cursor. */
export function readFrom(c: Cursor, parts: FromParts): FromNode | undefined {
  let left = readLeaf(c, parts)
  while (left && c.at < c.range.to) {
    let type: JoinNode['type'] = 'inner'
    let natural = false
    let isCross = false
    if (c.isOp(',')) c.at++
    else if (c.is(...JOIN_WORDS)) {
      while (c.is(...JOIN_WORDS)) {
        const word = c.token()!.value
        if (word === 'NATURAL') natural = true
        else if (word === 'CROSS') isCross = true
        else if (word === 'LEFT') type = 'left'
        else if (word === 'RIGHT') type = type === 'left' ? 'full' : 'right'
        else if (word === 'FULL') type = 'full'
        c.at++
      }
    } else break
    const right = readLeaf(c, parts)
    if (!right) break
    left = readConstraint(c, { kind: 'join', type, natural, isCross, left, right }, parts)
  }
  return left
}

function readConstraint(c: Cursor, join: JoinNode, parts: FromParts): JoinNode {
  if (c.accept('USING')) return c.isOp('(') ? { ...join, using: c.namesInBrackets() } : join
  if (!c.is('ON')) return join
  const range = c.clause([...CLAUSES.filter(w => w !== 'FROM'), ...JOIN_WORDS, ','], 1)
  return { ...join, on: parts.condition(range) }
}

function readAlias(c: Cursor): { alias?: string } {
  const as = c.accept('AS')
  const token = c.token()
  if (!isNameOrString(token)) return {}
  if (!as && token.kind === 'word' && NOT_ALIAS.has(token.value)) return {}
  c.at++
  return { alias: nameOf(token) }
}

function skipIndexed(c: Cursor): void {
  if (c.is('INDEXED') && isWord(c.token(1), 'BY')) c.at += 3
  else if (c.is('NOT') && isWord(c.token(1), 'INDEXED')) c.at += 2
}

function readLeaf(c: Cursor, parts: FromParts): FromNode | undefined {
  if (c.isOp('(')) return readBracketed(c, parts)
  if (!isNameOrString(c.token()) || c.is(...CLAUSES)) return undefined
  const from = c.at
  const names = [nameOf(c.token()!)]
  c.at++
  while (c.isOp('.') && isNameOrString(c.token(1))) {
    names.push(nameOf(c.token(1)!))
    c.at += 2
  }
  const name = { from, to: c.at }
  if (c.isOp('(')) {
    const inside = c.brackets()
    return {
      kind: 'function',
      name: names.join('.'),
      at: name,
      inside,
      args: parts.args(inside),
      ...readAlias(c),
    }
  }
  const alias = readAlias(c)
  skipIndexed(c)
  return { kind: 'table', name, parts: names, ...alias }
}

function readBracketed(c: Cursor, parts: FromParts): FromNode | undefined {
  const from = c.at
  const range = c.brackets()
  const whole = { from, to: c.at }
  const first = c.source.tokens[range.from]
  if (isWord(first, 'SELECT', 'WITH', 'VALUES'))
    return { kind: 'derived', query: parts.query(range), ...readAlias(c) }
  if (isWord(first, 'EXEC') && isBalanced(c.source, whole))
    return { kind: 'exec', range, whole, ...readAlias(c) }
  const inside = new Cursor(c.source, range)
  const node = readFrom(inside, parts)
  const isWhole = inside.at === inside.range.to && isBalanced(c.source, whole)
  const alias = readAlias(c)
  // SQLite ignores an alias inside brackets around one table, so the brackets belong to its name
  const isTable = isWhole && node?.kind === 'table' && node.alias === undefined
  return isTable ? { ...node, name: whole, ...alias } : node
}
