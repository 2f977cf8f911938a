import { isName, isOp, isWord, lexOpen, type Token } from '../../sql/lexer.ts'
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

/** Keywords that can follow a complete expression or table, from the most likely on. */
function followers({ tokens, clause }: Place, isAliased = hasAlias(tokens)): readonly string[] {
  const last = tokens.at(-1)
  if (isWord(last, 'GROUP', 'ORDER')) return ['BY']
  if (isWord(last, 'LEFT', 'CROSS', 'FULL', 'INNER', 'NATURAL', 'RIGHT')) return ['JOIN']
  const isChange = isWord(tokens[0], 'DELETE') && clause.at === 1
  const all = isChange ? [...FOLLOW.delete!, 'AS'] : (FOLLOW[clause.word.toLowerCase()] ?? [])
  const own = clause.word === 'JOIN' ? ['ON', 'USING', 'AS', ...FOLLOW.from!] : all
  return isAliased ? own.filter(word => word !== 'AS') : own
}

/** Keywords that continue a statement less often than its other keywords. */
const RARE: ReadonlySet<string> = new Set([
  'HAVING',
  'USING',
  'UNION',
  'UNION ALL',
  'EXCEPT',
  'INTERSECT',
  'IN',
  'IS',
  'OVER',
  'FILTER',
  'COLLATE',
  'OR',
])

/**
 * What can follow a complete expression or table: keywords, or those after the alias, if the word that is being typed is one.
 * It is one after AS, and if the statement has it before a dot. Where only rare keywords begin with one or two letters, it may be
 * both, so that several candidates fit and none is inserted.
 */
export function continuations(place: Place): Candidate[] {
  const { typed, tokens, clause, statement } = place
  const words = keywords(followers(place), place)
  const isAs = isWord(tokens.at(-1), 'AS')
  if (typed === '') return isAs ? [] : words
  const after = (clause.word === 'SELECT' ? ['FROM'] : followers(place, true)).filter(w => !RARE.has(w))
  const afterAlias = keywords(after, { ...place, typed: '' }).map(c => ({
    ...c,
    text: `${typed} ${c.text}`,
    label: c.text,
  }))
  if (isAs) return afterAlias
  if (!takesAlias(place)) return words
  const isQualifier = lexOpen(statement.text).some(
    (t, i, all) =>
      t.text.toLowerCase() === typed.toLowerCase() && isOp(all[i + 1], '.') && !isOp(all[i - 1], '.'),
  )
  if (isQualifier) return afterAlias
  const found = words.filter(c => c.text.toLowerCase().startsWith(typed.toLowerCase()))
  const isBegun = found.some(c => typed.length > 2 || !RARE.has(c.text.toUpperCase()))
  return isBegun ? words : [...afterAlias, ...found]
}

const ALIASED: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'SELECT', 'UPDATE', 'REPLACE'])

/** Whether an alias without AS can stand at the cursor. */
function takesAlias({ tokens, clause: { word, paren } }: Place): boolean {
  const last = tokens.at(-1)
  const isWhole =
    isOp(last, ')') || (last?.kind !== 'op' && !(last?.kind === 'word' && isKeyword(last.value)))
  return ALIASED.has(word) && paren === undefined && isWhole && !hasAlias(tokens)
}

/** Whether the tokens end with a name or a bracket and its alias. */
function hasAlias(tokens: readonly Token[]): boolean {
  const [before, last] = tokens.slice(-2)
  if (!isName(last) || isKeyword(last.value)) return false
  return isWord(before, 'AS') || isOp(before, ')') || (isName(before) && !isKeyword(before.value))
}
