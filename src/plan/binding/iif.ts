import type { Expression } from '../../sql/expression.ts'
import type { ValueKind } from './bound.ts'

type Kinds = (e: Expression) => ValueKind | undefined

const TEXTS: ReadonlySet<ValueKind | undefined> = new Set(['string', 'day', 'datetime', 'timestamp'])

/** The results of iif() that are possible: `length(x) = 10` asks whether x is a day, which the type of a column says. */
export function resultsOfIif(
  [condition, ...results]: readonly Expression[],
  of: Kinds,
): readonly Expression[] {
  if (condition?.kind !== 'comparison' || condition.left.kind !== 'call' || condition.left.name !== 'length')
    return results
  const { right } = condition
  const [tested] = condition.left.args
  if (!tested || right.kind !== 'literal' || right.source.tokens[right.at]!.text !== '10') return results
  const kind = of(tested)
  return kind === 'day' ? results.slice(0, 1) : kind === 'timestamp' ? results.slice(1) : results
}

/** The results by which iif() has a type: where x is NULL the condition is NULL too, so that only texts are left out beside texts. */
export function textsOfIif(args: readonly Expression[], of: Kinds): readonly Expression[] {
  const results = args.slice(1)
  return results.every(e => TEXTS.has(of(e))) ? resultsOfIif(args, of) : results
}
