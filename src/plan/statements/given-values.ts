import type { Param, Value } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { isConstant } from '../../sql/properties.ts'
import type { Range, Source } from '../../sql/query.ts'
import { readQuery } from '../../sql/read-query.ts'
import { Binder } from '../binding/binder.ts'
import type { PlanContext } from '../context.ts'
import { writtenText } from '../names.ts'
import type { CallTarget } from '../plan.ts'
import { ExpressionAnalysis } from '../predicates/analysis.ts'
import { ConstraintReader } from '../predicates/constraint-reader.ts'
import { NamedValues } from '../predicates/named-values.ts'
import type { Given } from '../predicates/needed.ts'

/** What the rows of INSERT give for a parameter. `targets`: the parameter or field that each of their columns becomes. */
export function givenByRows(
  source: Source,
  query: Range,
  targets: readonly CallTarget[],
  context: PlanContext,
): (param: Param) => readonly Given[] {
  return param => {
    const index = targets.findIndex(t => isFor(t, param))
    if (index < 0) return []
    const binder = new Binder(context)
    const bound = binder.bind(readQuery(source, query, context.parse))
    const reader = new ConstraintReader(new ExpressionAnalysis(binder, context.validator))
    return [new NamedValues(reader).ofColumn(bound, index) ?? 'from rows']
  }
}

/** What the arguments of EXEC give for a parameter. `targets`: the parameter or field that each of them becomes. */
export function givenByArguments(
  args: readonly Expression[],
  targets: readonly CallTarget[],
  context: PlanContext,
): (param: Param) => readonly Given[] {
  return param => args.flatMap((e, i) => (isFor(targets[i]!, param) ? [valueOf(e, context)] : []))
}

const isFor = (target: CallTarget, { name }: Param): boolean =>
  (target.kind === 'param' && target.name === name) || target.param === name

function valueOf(e: Expression, { validator }: PlanContext): Given {
  if (!isConstant(e, validator.functions())) return 'from rows'
  const written = writtenText(e.source, e.range)
  try {
    return validator.values([written]) as readonly Value[]
  } catch {
    // its error is found when the row is evaluated
    return undefined
  }
}
