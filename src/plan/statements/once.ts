import { combinesRows } from '../predicates/grouping.ts'
import type { PlanContext } from '../context.ts'
import type { CheckedQuery } from './query.ts'
import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../names.ts'
import type { CallsPlan } from '../plan.ts'

/** Dotted paths of the secrets that are only in the answer to a change and that the statement does not show. */
export function lostSecrets({ method, returning }: CallsPlan, showSecrets: boolean): string[] {
  const { shown = [], whole = [], sql } = returning ?? {}
  const isShown = (path: string): boolean =>
    showSecrets
      ? sql === '' || whole.some(w => w === path || path.startsWith(`${w}.`))
      : whole.includes(path) && shown.includes(path)
  return (method.once ?? []).filter(path => !isShown(path))
}

/** Dotted paths of the columns that are result columns, unchanged and in every row: a computed column may not show the secret. */
export function wholeColumns({ root, binder }: CheckedQuery, { validator }: PlanContext): string[] {
  const [core, other] = root.cores
  if (!core || other || core.core.distinct || combinesRows(core, validator.functions(), binder)) return []
  return (core.outputs ?? []).flatMap(({ from }) =>
    from?.relation.kind === 'ref' ? [[from.column, ...from.path].join('.')] : [],
  )
}

/** The error for a change after which a secret would be lost. */
export function lostError({ verb, method, resource }: CallsPlan, lost: readonly string[]): ConfluentqlError {
  const key = resource.columns.some(c => c.name === 'id' && !c.isInput) ? ['id'] : []
  return new ConfluentqlError(
    'VALUE',
    `only the answer to ${verb === 'EXEC' ? method.name : `this ${verb}`} has ${lost.join(' and ')} of ${fullName(resource)}, and it would not be shown`,
    { hint: verb === 'EXEC' ? '--show-secrets shows it' : `add RETURNING ${[...key, ...lost].join(', ')}` },
  )
}
