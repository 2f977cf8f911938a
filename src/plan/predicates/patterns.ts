import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import type { Query } from '../../sql/query.ts'
import { compilePattern } from '../../sql/regular-expression.ts'
import { nodesOf, operationsIn } from '../binding/traverse.ts'
import { spanOf } from '../names.ts'
import type { ExpressionAnalysis } from './analysis.ts'

/** Rejects constant regular expressions that are not valid, before any request. @throws ConfluentqlError VALUE */
export function checkPatterns(query: Query, analysis: ExpressionAnalysis): void {
  for (const node of operationsIn(nodesOf(query))) {
    const pattern = patternIn(node)
    const text = pattern && analysis.constantOf(pattern)
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
