import type { Relation } from '../catalog/relations.ts'
import { isOp, isWord, type Token } from '../sql/lexer.ts'

/**
 * The columns of a table that a statement can name. They are only a guess (`SELECT row_to_json(u)`), which Postgres verifies: the
 * role of statements may read no others.
 */
export function namedColumns(relation: Relation, tokens: readonly Token[]): string[] {
  const all = relation.columns.map(c => c.name)
  if (tokens.some((token, i) => isWord(token, 'natural', 'table') || isStar(tokens, i))) return all
  const names = new Set(tokens.flatMap(t => (t.kind === 'word' || t.kind === 'name' ? [t.text] : [])))
  return all.filter(name => names.has(name))
}

/** The `*` of all columns: not that of `count(*)`, nor a product. */
function isStar(tokens: readonly Token[], at: number): boolean {
  if (!isOp(tokens[at], '*')) return false
  const before = tokens[at - 1]
  const after = tokens[at + 1]
  if (isOp(before, '(') && isOp(after, ')')) return false
  return (
    isOp(before, '.')
    || isOp(before, ',')
    || isOp(before, '(')
    || isWord(before, 'select', 'all', 'distinct', 'returning')
    || isOp(before, ')')
  )
}
