import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../names.ts'
import type { CallsPlan } from '../plan.ts'

/** Dotted paths of the secrets that only the answer to a change has, and that it would not show. */
export function lostSecrets({ method, returning }: CallsPlan, showSecrets: boolean): string[] {
  const columns = returning?.load ?? []
  const isShown = (path: string): boolean =>
    showSecrets
      ? columns.includes(path.split('.')[0]!) || returning?.sql === ''
      : (returning?.shown.includes(path) ?? false)
  return (method.once ?? []).filter(path => !isShown(path))
}

/** The error for a change after which a secret would be lost. */
export function lostError({ verb, method, resource }: CallsPlan, lost: readonly string[]): ConfluentqlError {
  const key = resource.columns.some(c => c.name === 'id' && !c.echo) ? ['id'] : []
  return new ConfluentqlError(
    'VALUE',
    `only the answer to ${verb === 'EXEC' ? method.name : `this ${verb}`} has ${lost.join(' and ')} of ${fullName(resource)}, and it would not be shown`,
    { hint: verb === 'EXEC' ? '--show-secrets shows it' : `add RETURNING ${[...key, ...lost].join(', ')}` },
  )
}
