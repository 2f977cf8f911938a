import type { Shape } from '../../catalog/types.ts'
import type { Expression } from '../../sql/expression.ts'
import { literalText } from '../../sql/json-path.ts'
import type { SelectItem } from '../../sql/query.ts'
import { isSecretName } from '../../secrets.ts'
import type { BoundCore } from '../binding/bound.ts'
import { expandStar } from '../binding/outputs.ts'
import { compared, type Comparison } from './comparing.ts'

/** What makes a value secret: it is a secret, or an object or array that contains one, or, if `derived`, it is computed from one. */
export interface Taint {
  /** Dotted path in the resource, for messages. */
  readonly path: string
  readonly shape: Shape | undefined
  readonly derived?: true
}

/** An operand of an expression that holds a secret. */
export interface TaintedOperand {
  readonly secret: string
  readonly taint: readonly Taint[]
  /** The node that is the operand. */
  readonly at: Expression
  /** The node that names the secret: the operand, or a node of the subquery that is the operand. */
  readonly place: Expression
  /** Why the expression compares it. */
  readonly comparison: Comparison | undefined
}

/** The dotted path of the first secret that a shape is or contains; `path` is the path of the shape. */
export function secretIn(shape: Shape | undefined, path: string): string | undefined {
  if (!shape) return undefined
  if (shape.secret || shape.secretMembers) return path
  for (const [name, field] of Object.entries(shape.fields ?? {})) {
    const found = secretIn(field, `${path}.${name}`)
    if (found !== undefined) return found
  }
  return secretIn(shape.items, `${path}[]`)
}

/** The dotted path of the first secret among them. */
export function secretOfAll(taint: readonly Taint[]): string | undefined {
  for (const t of taint) {
    const found = secretIn(t.shape, t.path)
    if (found !== undefined) return found
  }
  return undefined
}

/** The taint of what a path of fields and elements (`[]`) leads to. */
export function below(taint: readonly Taint[], names: readonly string[]): readonly Taint[] {
  return taint.map(start => {
    let at = start
    for (const name of names) {
      if (at.shape?.secret) break
      at =
        name === '[]'
          ? { shape: at.shape?.items, path: `${at.path}[]` }
          : { shape: at.shape && memberOf(at.shape, name), path: `${at.path}.${name}` }
    }
    return at
  })
}

/** The shape of a member of an object, as far as it is known. */
export function memberOf({ fields, secretMembers }: Shape, name: string): Shape | undefined {
  return secretMembers && isSecretName(name) ? { type: 'string', secret: true } : fields?.[name]
}

/** The taint of a value computed from operands. */
export function derived(operands: readonly TaintedOperand[]): readonly Taint[] {
  return operands.map(({ secret }) => ({
    path: secret,
    shape: { type: 'string', secret: true },
    derived: true,
  }))
}

/** The taint of an unknown part of a value. */
export function opaque(taint: readonly Taint[]): readonly Taint[] {
  return taint.flatMap(t => {
    const secret = secretIn(t.shape, t.path)
    return secret === undefined
      ? []
      : [{ path: secret, shape: { type: 'string' as const, secret: true }, derived: true as const }]
  })
}

/** The nodes of an expression that are only tested for presence: by IS NULL, = '' and their opposites. */
export function presenceTests(e: Expression): ReadonlySet<Expression> {
  const found = new Set<Expression>()
  for (const { node } of compared(e, undefined)) {
    if (node.kind === 'is' && !node.right) found.add(node.left)
    const isSame = node.kind === 'comparison' && (node.operator === '=' || node.operator === '<>')
    if (isSame && literalText(node.right) === '') found.add(node.left)
  }
  return found
}

/** The select item of a result column, and which column of `*` it is; undefined if that is not known. */
export function itemAt(core: BoundCore, index: number) {
  let at = 0
  for (const item of core.core.items) {
    const columns = item.star ? expandStar(core, item.star.qualifier) : [undefined]
    if (!columns) return undefined
    if (index < at + columns.length)
      return index < 0 ? undefined : { item: item as SelectItem, star: columns[index - at] }
    at += columns.length
  }
  return undefined
}
