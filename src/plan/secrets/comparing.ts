import { children, type Call, type Expression } from '../../sql/expression.ts'

/** What an operand is compared for. */
export type Comparison = 'condition' | 'group' | 'order' | 'distinct' | 'extreme'

/** Functions that tell of an object or array nothing that a mask changes. */
const BLIND = new Set(['json_array_length', 'json_type', 'json_valid', 'typeof', 'count'])
const COMPARING = new Set(['nullif', 'instr', 'like', 'glob', 'regexp', 'match'])

/** A node of an expression, and what its value, or what is made of it, is compared for; undefined: nothing. */
export interface ComparedNode {
  readonly node: Expression
  readonly comparison: Comparison | undefined
}

/**
 * The nodes of an expression outside its subqueries, each with what it is compared for. What a function is given that is
 * blind to it is left out.
 * @param comparison what the expression as a whole is compared for
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
      const own = isTest(node) ? 'condition' : comparison
      for (const child of children(node)) yield* compared(child, own)
    }
  }
}

/** Whether a node compares its children, or takes their truth; IS NULL asks only whether there is something. */
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
  const own = argumentsOf(call, comparison)
  const isFirstOnly = name === 'iif' || name === 'if'
  for (const [i, arg] of args.entries()) {
    if (BLIND.has(name) && !call.distinct) continue
    yield* compared(arg, isFirstOnly && i > 0 ? comparison : own)
  }
  for (const e of orderBy) yield* compared(e, 'order')
  if (filter) yield* compared(filter, 'condition')
  for (const e of over?.partitionBy ?? []) yield* compared(e, 'group')
  for (const e of over?.orderBy ?? []) yield* compared(e, 'order')
  for (const e of over?.bounds ?? []) yield* compared(e, 'condition')
}

function argumentsOf({ name, distinct }: Call, comparison: Comparison | undefined): Comparison | undefined {
  if (distinct) return 'distinct'
  if (name === 'min' || name === 'max') return 'extreme'
  return COMPARING.has(name) || name === 'iif' || name === 'if' ? 'condition' : comparison
}
