import { findMethod } from '../../catalog/names.ts'
import type { Shape } from '../../catalog/types.ts'
import { isOp, isWord, type Token } from '../../sql/lexer.ts'
import type { Candidate } from './candidate.ts'
import type { Known } from './session-info.ts'
import { nameBefore, nameFrom, type Place } from './place.ts'
import { shapeOf, type ScopeTable } from './scope.ts'

const COMPARE = ['=', '==', '<>', '!=', '<', '>', '<=', '>=']

/** Known values of the column or argument that the value at the cursor is compared with or assigned to. */
export function values(
  { tokens, clause, typed }: Place,
  scope: readonly ScopeTable[],
  known: Known,
): Candidate[] {
  const path = clause.word === 'VALUES' ? insertedInto(tokens, clause) : comparedWith(tokens)
  if (!path) return []
  const shape =
    path.argument === undefined
      ? (shapeOf(path.parts, scope) ?? setShape(path.parts, scope))
      : argumentShape(tokens, path.argument, known)
  if (typed === '' && shape?.type === 'boolean') return [{ text: 'TRUE' }, { text: 'FALSE' }]
  const suffix = clause.paren === undefined ? ' ' : ''
  return (shape?.values ?? []).map(v => ({ text: `'${v.replaceAll("'", "''")}'`, suffix }))
}

/** The values of which a part begins with the text behind the quote: `received_bytes` of `io.confluent.kafka.server/received_bytes`. */
export function valuesWithPart(typed: string, candidates: readonly Candidate[]): readonly Candidate[] {
  const wanted = typed.slice(1).toLowerCase()
  if (wanted === '') return []
  const begins = (text: string): boolean => {
    const all = text.toLowerCase()
    for (let at = all.indexOf(wanted); at >= 0; at = all.indexOf(wanted, at + 1))
      if (/[^a-z0-9]/.test(all[at - 1] ?? ' ')) return true
    return false
  }
  return candidates.filter(c => begins(c.text))
}

/** The left-hand side of the comparison at the end of the tokens. */
function comparedWith(
  tokens: readonly Token[],
): { readonly parts: readonly string[]; readonly argument?: string } | undefined {
  let end = tokens.length
  if (isOp(tokens[end - 1], ...COMPARE) || isWord(tokens[end - 1], 'LIKE')) end--
  else if (isOp(tokens[end - 1], '(', ',')) {
    while (end > 0 && !isOp(tokens[end - 1], '(', ')')) end--
    if (!isOp(tokens[end - 1], '(') || !isWord(tokens[end - 2], 'IN')) return undefined
    end -= 2
  } else return undefined
  if (isWord(tokens[end - 1], 'NOT')) end--
  const argument = tokens[end - 1]
  if (argument?.kind === 'param' && argument.text.startsWith('@'))
    return { parts: [], argument: argument.value }
  return nameBefore(tokens, end)
}

/** The column whose value is typed in `INSERT INTO t (a, b) VALUES (…`. */
function insertedInto(
  tokens: readonly Token[],
  { at, paren }: Place['clause'],
): { readonly parts: readonly string[]; readonly argument?: string } | undefined {
  const open = nameFrom(tokens, 2)?.to ?? 0
  if (
    paren === undefined
    || !isOp(tokens.at(-1), '(', ',')
    || !isWord(tokens[0], 'INSERT')
    || !isOp(tokens[open], '(')
  )
    return undefined
  let depth = 0
  let index = 0
  for (const token of tokens.slice(paren + 1)) {
    if (isOp(token, '(', ')')) depth += isOp(token, '(') ? 1 : -1
    else if (depth === 0 && isOp(token, ',')) index++
  }
  let from = open + 1
  for (let i = open + 1; i < at && index > 0; i++) {
    if (!isOp(tokens[i], ',')) continue
    index--
    from = i + 1
  }
  const name = index === 0 ? nameFrom(tokens, from) : undefined
  return name && { parts: name.parts }
}

/** The shape of a body field that UPDATE or INSERT sets and that is not a column. */
function setShape(path: readonly string[], scope: readonly ScopeTable[]): Shape | undefined {
  const name = path.join('.').toLowerCase()
  return scope
    .flatMap(s => s.resource?.methods ?? [])
    .flatMap(m => m.body?.fields ?? [])
    .find(f => f.path.toLowerCase() === name)
}

function argumentShape(tokens: readonly Token[], name: string, { catalog }: Known): Shape | undefined {
  const at = tokens.findLastIndex(t => isWord(t, 'EXEC'))
  const [provider = '', service = '', resource = '', method = ''] =
    at < 0 ? [] : (nameFrom(tokens, at + 1)?.parts ?? [])
  const found = catalog.resource(provider, service, resource)
  const called = found && findMethod(found, method)
  return called?.params.find(p => p.name === name) ?? called?.body?.fields.find(f => f.path === name)
}
