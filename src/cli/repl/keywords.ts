import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import { STARTS } from '../../sql/tokens.ts'
import type { Candidate } from './candidate.ts'
import type { Place } from './place.ts'
import { FOLLOW, isKeyword } from './words.ts'

/** Keywords that can appear in place of a table name. */
export const tableKeywords = (last: Token | undefined): string[] =>
  isWord(last, 'FROM', 'JOIN') || isOp(last, '(')
    ? ['SELECT']
    : isWord(last, 'DESCRIBE', 'DESC')
      ? ['EXTENDED', 'METHOD']
      : []

/** Whether a statement, or the rest of its leading keywords, follows this word. */
export const isStart = (last: Token | undefined): boolean =>
  isWord(
    last,
    'EXPLAIN',
    'ANALYZE',
    'UNION',
    'ALL',
    'EXCEPT',
    'INTERSECT',
    'DELETE',
    'INSERT',
    'CREATE',
    'DROP',
    'REFRESH',
    'TEMP',
    'TEMPORARY',
    'MATERIALIZED',
    'WITH',
    'REGISTRY',
  )

const AFTER: Readonly<Record<string, readonly string[]>> = {
  EXPLAIN: ['ANALYZE', ...STARTS.filter(w => w !== 'EXPLAIN')],
  ANALYZE: ['SELECT', 'WITH'],
  UNION: ['ALL', 'SELECT', 'VALUES'],
  ALL: ['SELECT', 'VALUES'],
  EXCEPT: ['SELECT'],
  INTERSECT: ['SELECT'],
  DELETE: ['FROM'],
  INSERT: ['INTO'],
  CREATE: ['TABLE', 'VIEW', 'TEMP', 'MATERIALIZED VIEW'],
  DROP: ['TABLE', 'VIEW', 'MATERIALIZED VIEW'],
  REFRESH: ['MATERIALIZED VIEW'],
  TEMP: ['TABLE', 'VIEW'],
  TEMPORARY: ['TABLE', 'VIEW'],
  MATERIALIZED: ['VIEW'],
  WITH: ['RECURSIVE'],
  REGISTRY: ['LIST', 'PULL'],
}
/** Keywords that begin a statement, or follow its leading keyword. */
export const startsAfter = (last: Token | undefined): readonly string[] =>
  last ? (AFTER[last.value] ?? []) : STARTS

/** Keywords in the case that the statement is written in. */
export function keywords(all: readonly string[], { typed, tokens }: Place): Candidate[] {
  const sample =
    typed !== '' ? typed : (tokens.find(t => t.kind === 'word' && isKeyword(t.value))?.text ?? '')
  const isLower = sample !== '' && sample === sample.toLowerCase()
  return all.map(word => ({ text: isLower ? word.toLowerCase() : word, suffix: ' ' }))
}

const AFTER_OPERATOR = [
  'SELECT',
  'DISTINCT',
  'ALL',
  'WHERE',
  'ON',
  'BY',
  'HAVING',
  'SET',
  'AND',
  'OR',
  'NOT',
  'LIKE',
  'GLOB',
  'BETWEEN',
  'IN',
  'CASE',
  'WHEN',
  'THEN',
  'ELSE',
  'LIMIT',
  'OFFSET',
  'RETURNING',
  'COLLATE',
  'IS',
  'FROM',
  'USING',
]

/** Hints that the statement accepts in `/*+ … *\/`. */
export function hintsAfter(tokens: readonly Token[]): readonly string[] {
  if (isWord(tokens[0], 'SHOW')) return ['REQUIRED']
  const isChange = tokens.some(t => isWord(t, 'INSERT', 'UPDATE', 'REPLACE', 'DELETE', 'EXEC'))
  return isChange || tokens.length === 0 ? ['AWAIT', 'CONTINUE'] : []
}

/** Whether an expression begins at the cursor, rather than continues. */
export function takesOperand({ tokens, qualifier }: Place): boolean {
  const last = tokens.at(-1)
  return (
    qualifier.length > 0
    || isWord(last, ...AFTER_OPERATOR)
    || (last?.kind === 'op' && !isOp(last, ')', '*', ';'))
    || (isOp(last, '*') && !isOp(tokens.at(-2), ',', '.') && !isWord(tokens.at(-2), 'SELECT', 'DISTINCT'))
  )
}

/** Keywords that can follow a complete expression or table. */
export function followers({ tokens, clause }: Place): readonly string[] {
  const last = tokens.at(-1)
  if (isWord(last, 'GROUP', 'ORDER')) return ['BY']
  if (isWord(last, 'LEFT', 'CROSS', 'FULL', 'INNER', 'NATURAL', 'RIGHT')) return ['JOIN']
  if (clause.word === 'JOIN') return ['ON', 'USING', 'AS', ...FOLLOW.from!]
  return FOLLOW[clause.word.toLowerCase()] ?? []
}
