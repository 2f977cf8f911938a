import type { Shape } from '../catalog/types.ts'
import { ConfluentqlError } from '../errors.ts'
import { isOp, isWord } from '../sql/lexer.ts'
import type { FromNode, Range, Source } from '../sql/query.ts'
import type { Binder } from './bind.ts'
import { coresOf, type BoundQuery, type Chain } from './bound.ts'
import type { PlanContext } from './context.ts'
import { spanOf } from './names.ts'

/** Dotted path of the secret that a column is, or is a part of. */
export function secretOf({ item, column, path }: Chain): string | undefined {
  const names = [column, ...path]
  let shape: Shape | undefined = item.columns?.find(c => c.name === column)?.shape
  for (let depth = 1; shape; depth++) {
    if (shape.secret) return names.slice(0, depth).join('.')
    shape = depth < names.length ? shape.fields?.[names[depth]!] : undefined
  }
  return undefined
}

/**
 * Refuses conditions on secrets that will be masked: they would compare the mask, and rows would be missing without a
 * word. Whether there is a secret can be told.
 */
export function checkSecrets(binder: Binder, root: BoundQuery, { showSecrets }: PlanContext): void {
  if (showSecrets) return
  for (const { core, parent } of coresOf(root)) {
    const { source } = parent.query
    for (const range of [core.where, core.having, ...onClauses(core.from)]) {
      for (const chain of range ? binder.chainsIn(source, range) : []) refuse(chain, source)
    }
  }
}

function onClauses(node: FromNode | undefined): (Range | undefined)[] {
  return node?.kind === 'join' ? [...onClauses(node.left), ...onClauses(node.right), node.on] : []
}

function refuse(chain: Chain, source: Source): void {
  const secret = secretOf(chain)
  if (secret === undefined || asksWhether(source, chain.range.to)) return
  throw new ConfluentqlError('UNSUPPORTED', `"${secret}" is a secret and masked, so a condition on it cannot be told`, {
    span: spanOf(source, chain.range), hint: "--show-secrets reads it as it is; IS NULL and = '' need no more than this",
  })
}

/** Whether what follows asks only if there is something: IS NULL, = '', and their opposites. */
function asksWhether({ tokens }: Source, at: number): boolean {
  const [first, second, third] = tokens.slice(at, at + 3)
  if (isWord(first, 'ISNULL', 'NOTNULL') || (isWord(first, 'NOT') && isWord(second, 'NULL'))) return true
  if (isWord(first, 'IS')) return isWord(second, 'NULL') || (isWord(second, 'NOT') && isWord(third, 'NULL'))
  return isOp(first, '=', '==', '<>', '!=') && second?.kind === 'string' && second.value === ''
}
