import { isOp, isWord, type Token } from '../sql/lexer.ts'
import { columnOf } from '../scans/pushable.ts'
import type { Relation } from '../catalog/relations.ts'
import type { ChangeParts, Part } from './parts.ts'
import type { Kind } from './parameters.ts'

/*
 * Conditions that have the same meaning in Postgres and in the session: a column equals a constant, or one of several. The session
 * evaluates them. If they give all keys, no row has to be read.
 */

/** The operands of AND; undefined for a condition with OR, BETWEEN or CASE outside of parentheses. */
export function conjunctsOf(tokens: readonly Token[], { from, to }: Part): Part[] | undefined {
  const parts: { from: number; to: number }[] = [{ from, to }]
  let depth = 0
  for (let at = from; at < to; at++) {
    const token = tokens[at]
    if (isOp(token, '(')) depth++
    if (isOp(token, ')')) depth--
    if (depth > 0) continue
    if (isWord(token, 'or', 'between', 'case')) return undefined
    if (!isWord(token, 'and')) continue
    parts.at(-1)!.to = at
    parts.push({ from: at + 1, to })
  }
  return parts
}

/** A comparison of a column with constants. */
export interface PlainCondition {
  /** The names before the operator, without the alias. */
  readonly path: readonly string[]
  /** Postgres and the session compare alike. */
  readonly isPlain: boolean
}

/** Reads `column = constant` or `column IN (constants)`; undefined for any other condition. */
export function readPlain(
  text: string,
  tokens: readonly Token[],
  { from, to }: Part,
  change: Pick<ChangeParts, 'relation' | 'alias' | 'verb'>,
  kinds: readonly (Kind | undefined)[],
): PlainCondition | undefined {
  let at = from
  const path: string[] = []
  for (; at < to; at += 2) {
    const name = tokens[at]
    if (name?.kind !== 'word' && name?.kind !== 'name') return undefined
    path.push(name.text)
    if (!isOp(tokens[at + 1], '.')) break
  }
  if (path.length > 1 && path[0] === change.alias) path.shift()
  const values = valuesAt(tokens, at + 1, to)
  const found = values?.map(value => kindOf(text, value, kinds))
  if (!found || found.includes(undefined)) return undefined
  return { path, isPlain: found.every(kind => isCompared(change, path, kind!)) }
}

/** The constants after `=`, or in the list after IN. */
function valuesAt(tokens: readonly Token[], at: number, to: number): readonly Token[] | undefined {
  if (isOp(tokens[at], '=')) return at + 2 === to ? [tokens[at + 1]!] : undefined
  if (!isWord(tokens[at], 'in') || !isOp(tokens[at + 1], '(') || !isOp(tokens[to - 1], ')')) return undefined
  const inner = tokens.slice(at + 2, to - 1)
  const isList = inner.length % 2 === 1 && inner.every((t, i) => i % 2 === 0 || isOp(t, ','))
  return isList ? inner.filter((_, i) => i % 2 === 0) : undefined
}

function kindOf(text: string, token: Token, kinds: readonly (Kind | undefined)[]): Kind | undefined {
  if (token.kind === 'string') return text[token.start] === "'" ? 'string' : undefined
  if (token.kind === 'number') return /^\d+$/.test(token.text) ? 'integer' : undefined
  if (isWord(token, 'true', 'false')) return 'boolean'
  if (token.kind !== 'param') return undefined
  return kinds[Number(token.text.slice(1)) - 1]
}

/** Whether Postgres and the session compare a column with a constant alike. */
function isCompared(
  { relation, verb }: Pick<ChangeParts, 'relation' | 'verb'>,
  path: readonly string[],
  kind: Kind,
): boolean {
  const [column = ''] = path
  const known = relation && columnOf(relation, column)
  // the server has no such column: only the session can evaluate it
  if (!known || path.length > 1) return true
  if (isRenamed(relation, verb, column)) return false
  // an object compared with a text means a field of it; Postgres has no such comparison
  if (known.kind === 'object') return kind === 'string'
  return known.kind === kind
}

/** Whether the name of a column means another one in the condition of a change. */
export function isRenamed({ resource }: Relation, verb: ChangeParts['verb'], column: string): boolean {
  const params = resource?.methods.filter(m => m.verb === verb).flatMap(m => m.params) ?? []
  return params.some(p => p.name === column && p.column !== undefined && p.column !== column)
}
