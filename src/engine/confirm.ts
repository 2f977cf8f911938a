import { ConfluentqlError } from '../errors.ts'
import { fullName } from '../plan/names.ts'
import type { CallsPlan } from '../plan/plan.ts'
import { isSecretName, MASK, maskText } from '../secrets.ts'
import type { Prepared } from './body.ts'

/** A change of several rows that is ready to be sent. */
export interface PendingChange {
  readonly verb: 'UPDATE' | 'REPLACE' | 'DELETE'
  /** Dotted name. */
  readonly table: string
  readonly rows: number
  /** The first rows by what names them: `id = sa-1`. */
  readonly keys: readonly string[]
}

/** Whether a change may be sent. */
export type Confirm = (change: PendingChange) => Promise<boolean>

/** Rows that are shown by their keys. */
const SHOWN = 3

/** Asks whether a change of more than one row may be sent, where somebody can be asked. @throws ConfluentqlError ABORTED if not */
export async function confirmChange(
  { verb, resource }: CallsPlan,
  prepared: readonly Prepared[],
  confirm: Confirm | undefined,
): Promise<void> {
  if (!confirm || prepared.length < 2 || verb === 'INSERT' || verb === 'EXEC') return
  const keys = prepared.slice(0, SHOWN).map(keysOf)
  if (await confirm({ verb, table: fullName(resource), rows: prepared.length, keys })) return
  throw new ConfluentqlError('ABORTED', 'nothing was sent')
}

function keysOf({ args }: Prepared): string {
  return Object.entries(args)
    .map(([name, values]) => `${name} = ${isSecretName(name) ? MASK : maskText(values.join(', '))}`)
    .join(', ')
}
