import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import { compilePattern } from '../../sql/regular-expression.ts'
import type { Binder } from '../binding/binder.ts'
import { nodesOf } from '../binding/traverse.ts'
import type { Validator } from '../context.ts'
import { spanOf } from '../names.ts'
import { constantOf } from './type-checks.ts'

/** Rejects constant regular expressions that are not valid, before any request. @throws ConfluentqlError VALUE */
export function checkPatterns(binder: Binder, query: Query, validator: Validator): void {
  for (const node of nodesOf(query)) {
    const pattern = patternIn(node)
    const text = pattern && constantOf(binder, validator, pattern)
    if (typeof text !== 'string') continue
    try {
      compilePattern(text)
    } catch (error) {
      throw new ConfluentqlError('VALUE', `not a regular expression: ${(error as Error).message}`, {
        span: spanOf(pattern!.source, pattern!.range),
      })
    }
  }
}

/** The operand of a node that is a regular expression. */
function patternIn(e: Expression): Expression | undefined {
  if (e.kind === 'match') return e.operator === 'REGEXP' ? e.right : undefined
  if (e.kind !== 'call') return undefined
  if (e.name === 'regexp') return e.args[0]
  return e.name.startsWith('regexp_') ? e.args[1] : undefined
}
