import type { Expression, Is } from '../../sql/expression.ts'
import type { Mistakes } from './mistakes.ts'

/** Notes `IS 'NULL'`, which compares with a text of four letters. */
export function noteNullText(mistakes: Mistakes, { source, range, left, right, negated }: Is): void {
  if (right?.kind !== 'literal' || right.type !== 'string' || !/^'null'$/i.test(textOf(right))) return
  mistakes.add(
    { source, range },
    mistakes.binder.refs[0],
    `${textOf(right)} in quotes is a text: write ${textOf(left)} IS ${negated ? 'NOT ' : ''}NULL, or ${textOf(right)} || '' instead of ${textOf(right)} if the text itself is meant`,
    !negated,
  )
}

/** Notes `= NULL`, and lists with NULL: no value equals it. */
export function noteNull(
  mistakes: Mistakes,
  node: Expression & { readonly kind: 'comparison' | 'in list' },
): void {
  const ref = mistakes.binder.refs[0]
  if (node.kind === 'in list') {
    const list = node.list.filter(e => !isNull(e))
    if (list.length === node.list.length || list.length === 0) return
    const left = textOf(node.left)
    mistakes.add(
      node,
      ref,
      node.negated
        ? `${textOf(node)} is never true, since its list has a NULL: leave it out`
        : `NULL in a list equals nothing: write (${left} IN (${list.map(textOf).join(', ')}) OR ${left} IS NULL) for rows without a value`,
    )
    return
  }
  if (!isNull(node.left) && !isNull(node.right)) return
  const side = textOf(isNull(node.right) ? node.left : node.right)
  const test = node.operator === '=' ? 'IS NULL' : node.operator === '<>' ? 'IS NOT NULL' : undefined
  if (test !== undefined) mistakes.add(node, ref, `${textOf(node)} is never true: write ${side} ${test}`)
}

export const isNull = (e: Expression): boolean => e.kind === 'literal' && e.type === 'null'

/** An expression on one line, without comments, as a hint repeats it. */
export function wholeText({ source, range }: Expression): string {
  const tokens = source.tokens.slice(range.from, range.to)
  return tokens.map((t, i) => (i > 0 && t.start > tokens[i - 1]!.end ? ` ${t.text}` : t.text)).join('')
}

/** An expression as a message shows it. */
export function textOf(e: Expression): string {
  const text = wholeText(e)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
