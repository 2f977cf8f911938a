import type { Method } from '../../catalog/types.ts'
import { keyOf, type Relation } from '../catalog/relations.ts'
import type { Database } from '../run/database.ts'
import { isOp, isWord, type Token } from '../sql/lexer.ts'
import { quote } from '../../plan/splice.ts'
import type { Statement } from '../run/statement.ts'

/** A range of tokens. */
export interface Part {
  readonly from: number
  readonly to: number
}

/** The parts of an INSERT, UPDATE or DELETE; those that it does not have are undefined. */
export interface ChangeParts {
  readonly verb: Method['verb']
  readonly target: Part
  /** undefined for a table that cannot be read. */
  readonly relation: Relation | undefined
  /** The name of the table in conditions. */
  readonly alias: string
  /** The assignments of an UPDATE. */
  readonly set: Part | undefined
  /** The condition, without WHERE. */
  readonly where: Part | undefined
  /** The rows of an INSERT: a query, or VALUES. */
  readonly query: Part | undefined
}

/** Reads a change by its keywords. What it does not understand is left to the session, which reports errors of syntax. */
export function readParts({ tokens }: Statement, database: Database): ChangeParts {
  const verb = tokens[0]!.text as ChangeParts['verb']
  const start = isWord(tokens[1], 'from', 'into') ? 2 : 1
  let end = start + 1
  while (isOp(tokens[end], '.') && end + 1 < tokens.length) end += 2
  const target = { from: start, to: end }
  const names = tokens.slice(start, end).flatMap(t => (t.kind === 'op' ? [] : [t.text]))
  const as = isWord(tokens[end], 'as') ? end + 1 : end
  const named = tokens[as]
  const isAlias = named?.kind === 'name' || (named?.kind === 'word' && !isWord(named, ...AFTER_TABLE))
  const top = topLevel(tokens)
  const returning = find(tokens, top, end, 'returning') ?? tokens.length
  const where = verb === 'insert' ? undefined : find(tokens, top, end, 'where')
  const set = verb === 'update' ? find(tokens, top, end, 'set') : undefined
  return {
    verb,
    target,
    relation: relationOf(names, database),
    alias: isAlias && verb !== 'insert' ? named.text : (names.at(-1) ?? ''),
    set: set === undefined ? undefined : { from: set + 1, to: where ?? returning },
    where: where === undefined ? undefined : { from: where + 1, to: returning },
    query: verb === 'insert' ? queryPart(tokens, top, end, returning) : undefined,
  }
}

const AFTER_TABLE = [
  'set',
  'where',
  'returning',
  'values',
  'select',
  'with',
  'default',
  'using',
  'from',
  'table',
]

/** Whether each token is outside of all parentheses. */
function topLevel(tokens: readonly Token[]): readonly boolean[] {
  let depth = 0
  return tokens.map(token => {
    if (isOp(token, ')')) depth--
    const isTop = depth === 0
    if (isOp(token, '(')) depth++
    return isTop
  })
}

function find(
  tokens: readonly Token[],
  top: readonly boolean[],
  from: number,
  ...words: readonly string[]
): number | undefined {
  const at = tokens.findIndex((t, i) => i >= from && top[i] === true && isWord(t, ...words))
  return at < 0 ? undefined : at
}

function queryPart(
  tokens: readonly Token[],
  top: readonly boolean[],
  from: number,
  to: number,
): Part | undefined {
  const at = find(tokens, top, from, 'select', 'with', 'values', 'table')
  if (at !== undefined) return { from: at, to }
  // INSERT INTO t (SELECT …), INSERT INTO t (a, b) (SELECT …)
  const open = tokens.findIndex(
    (t, i) =>
      i >= from && top[i] === true && isOp(t, '(') && isWord(tokens[i + 1], 'select', 'with', 'values'),
  )
  return open < 0 ? undefined : { from: open, to }
}

/** The table of a name, as a SELECT here or a statement of the session means it. */
function relationOf(names: readonly string[], { name, relations }: Database): Relation | undefined {
  const [first = '', second = '', third] = names
  if (third === undefined) return relations.get(keyOf(first, second))
  const own = first === name ? relations.get(keyOf(second, third)) : undefined
  const from = names.map(quote).join('.')
  return own ?? [...relations.values()].find(r => r.from === from)
}
