import { children, type Call, type Expression } from '../../sql/expression.ts'

/** Why the value of an operand is compared. */
export type Comparison = 'condition' | 'group' | 'order' | 'distinct' | 'extreme'

/** Functions whose result does not depend on whether the secrets in their arguments are masked. */
const MASK_INDEPENDENT = new Set(['json_array_length', 'json_type', 'json_valid', 'typeof', 'count'])
/** Functions that compare their arguments. */
const COMPARING = new Set([
  'nullif',
  'instr',
  'like',
  'glob',
  'match',
  'regexp',
  'regexp_like',
  'regexp_substr',
  'regexp_replace',
  'split_part',
  'json_equal',
])

/** A node of an expression, and why its value, or what is computed from it, is compared; undefined if it is not. */
export interface ComparedNode {
  readonly node: Expression
  readonly comparison: Comparison | undefined
}

/**
 * The nodes of an expression outside its subqueries, each with why it is compared. Arguments of functions that do not
 * depend on masks are left out.
 * @param comparison why the expression as a whole is compared
 */
export function* compared(
  node: Expression,
  comparison: Comparison | undefined,
): Generator<ComparedNode, void, void> {
  yield { node, comparison }
  switch (node.kind) {
    case 'call':
      yield* comparedInCall(node, comparison)
      return
    case 'case':
      if (node.base) yield* compared(node.base, 'condition')
      for (const { when, result } of node.branches) {
        yield* compared(when, 'condition')
        yield* compared(result, comparison)
      }
      if (node.fallback) yield* compared(node.fallback, comparison)
      return
    default: {
      const childComparison = isTest(node) ? 'condition' : comparison
      for (const child of children(node)) yield* compared(child, childComparison)
    }
  }
}

/** Whether a node compares its children or uses them as conditions; IS NULL does not. */
function isTest(e: Expression): boolean {
  switch (e.kind) {
    case 'comparison':
    case 'in list':
    case 'in query':
    case 'between':
    case 'match':
    case 'and':
    case 'or':
    case 'not':
      return true
    case 'is':
      return e.right !== undefined
    default:
      return false
  }
}

function* comparedInCall(
  call: Call,
  comparison: Comparison | undefined,
): Generator<ComparedNode, void, void> {
  const { name, args, orderBy, filter, over } = call
  const argComparison = argumentComparison(call, comparison)
  const isFirstOnly = name === 'iif' || name === 'if'
  for (const [i, arg] of args.entries()) {
    if (MASK_INDEPENDENT.has(name) && !call.distinct) continue
    yield* compared(arg, isFirstOnly && i > 0 ? comparison : argComparison)
  }
  for (const e of orderBy) yield* compared(e, 'order')
  if (filter) yield* compared(filter, 'condition')
  for (const e of over?.partitionBy ?? []) yield* compared(e, 'group')
  for (const e of over?.orderBy ?? []) yield* compared(e, 'order')
  for (const e of over?.bounds ?? []) yield* compared(e, 'condition')
}

function argumentComparison(
  { name, distinct }: Call,
  comparison: Comparison | undefined,
): Comparison | undefined {
  if (distinct) return 'distinct'
  if (name === 'min' || name === 'max') return 'extreme'
  return COMPARING.has(name) || name === 'iif' || name === 'if' ? 'condition' : comparison
}
