import type { Expression } from '../../sql/expression.ts'
import type { Source } from '../../sql/query.ts'
import type { ValueKind, ValueType } from './bound.ts'

/** The type of a literal; undefined for NULL and others. */
export function literalType({
  type,
  source,
  at,
}: Extract<Expression, { kind: 'literal' }>): ValueType | undefined {
  if (type === 'string') return 'string'
  if (type === 'boolean') return 'boolean'
  return type === 'number' ? (/^\d{1,18}$/.test(textAt(source, at)) ? 'integer' : 'number') : undefined
}

const textAt = ({ text, tokens }: Source, at: number): string =>
  text.slice(tokens[at]!.start, tokens[at]!.end)

const rowKinds = new WeakMap<readonly (readonly Expression[])[], (readonly (ValueKind | undefined)[])[]>()

/** What the values in a column of VALUES are, each kind once; undefined for those that are computed. */
export function kindsOfRows(
  rows: readonly (readonly Expression[])[],
  at: number,
): readonly (ValueKind | undefined)[] {
  let columns = rowKinds.get(rows)
  if (!columns) rowKinds.set(rows, (columns = []))
  return (columns[at] ??= readRowKinds(rows, at))
}

function readRowKinds(rows: readonly (readonly Expression[])[], at: number): (ValueKind | undefined)[] {
  const kinds = new Set<ValueKind | undefined>()
  for (const row of rows) {
    const e = row[at]
    const isSigned = e?.kind === 'unary' && e.operand.kind === 'literal' && e.operand.type === 'number'
    const literal = isSigned ? e.operand : e
    if (literal?.kind !== 'literal') kinds.add(undefined)
    else if (literal.type !== 'null') kinds.add(literal.type === 'string' ? 'string' : literalType(literal))
  }
  return [...kinds]
}
