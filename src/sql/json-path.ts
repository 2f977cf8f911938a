import type { Call, Expression } from './expression.ts'

/** The value of a string literal. */
export function literalText(e: Expression): string | undefined {
  return e.kind === 'literal' && e.type === 'string' ? e.source.tokens[e.at]!.value : undefined
}

/** The operand and the constant path of `->`, `->>` and json_extract; the path is undefined if it is not constant. */
export function jsonAccess(e: Expression): { of: Expression; path: string | undefined } | undefined {
  if (e.kind === 'binary' && (e.operator === '->' || e.operator === '->>'))
    return { of: e.left, path: literalText(e.right) }
  const isExtract = (c: Call): boolean => /^jsonb?_extract$/.test(c.name) && c.args.length === 2
  return e.kind === 'call' && isExtract(e) ? { of: e.args[0]!, path: literalText(e.args[1]!) } : undefined
}

/** The field names and elements (`[]`) of a JSON path, or of a plain name. */
export function jsonSteps(path: string): string[] {
  return path.startsWith('$')
    ? [...path.matchAll(/\.(?:"([^"]*)"|([^.["]+))|(\[)[^\]]*\]/g)].map(m => (m[3] ? '[]' : (m[1] ?? m[2]!)))
    : [path]
}

/** A plain name, such as `tasks.max`, or a path without elements of arrays. */
const FIELD = /^(?:[^$["\\][^"\\]*|\$(?:\.(?:[^.["\\]+|"[^"\\]+"))+)$/

/**
 * The object and the names of the field whose value `->>` or json_extract gives, `->` before it included:
 * `spec -> 'owner' ->> '$.id'` is `spec`, `owner`, `id`. Undefined for elements of arrays and for what gives JSON.
 */
export function jsonField(e: Expression): { of: Expression; names: readonly string[] } | undefined {
  const givesValue =
    (e.kind === 'binary' && e.operator === '->>') || (e.kind === 'call' && e.name === 'json_extract')
  const { of, path } = (givesValue ? jsonAccess(e) : undefined) ?? {}
  if (!of || path === undefined || !FIELD.test(path)) return undefined
  const inner =
    of.kind === 'binary' && of.operator === '->' ? jsonField({ ...of, operator: '->>' }) : { of, names: [] }
  return inner && { of: inner.of, names: [...inner.names, ...jsonSteps(path)] }
}
