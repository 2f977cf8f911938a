import { ConfluentqlError } from '../errors.ts'
import { fullName } from '../plan/names.ts'
import type { CallsPlan } from '../plan/plan.ts'
import { isData } from '../plan/statements/whole-keys.ts'
import { isSecretName, MASK, maskText } from '../secrets.ts'
import type { Prepared } from './body.ts'
import { listsDeleted } from './resent.ts'

/** A change of several rows that is ready to be sent. */
export interface PendingChange {
  readonly verb: 'UPDATE' | 'REPLACE' | 'DELETE'
  /** Dotted name. */
  readonly table: string
  /** How many rows; of an open change, how many requests. */
  readonly rows: number
  /** A request names rows by a part of what tells them apart, so that it may delete many: `kind = READ`. */
  readonly isOpen: boolean
  /** The first rows, or requests, by what names them: `id = sa-1`. */
  readonly keys: readonly string[]
}

/** Whether a change may be sent. */
export type Confirm = (change: PendingChange) => Promise<boolean>

/** Rows that are shown by their keys. */
const SHOWN = 3

/** Asks whether a change that may be of more than one row may be sent, where somebody can be asked. @throws ConfluentqlError ABORTED if not */
export async function confirmChange(
  plan: CallsPlan,
  prepared: readonly Prepared[],
  confirm: Confirm | undefined,
): Promise<void> {
  const { verb, resource } = plan
  const isOpen = listsDeleted(plan) && prepared.some(p => isPartOfKeys(plan, p))
  if (!confirm || verb === 'INSERT' || verb === 'EXEC' || (prepared.length < 2 && !isOpen)) return
  const keys = prepared.slice(0, SHOWN).map(keysOf)
  if (await confirm({ verb, table: fullName(resource), rows: prepared.length, isOpen, keys })) return
  throw new ConfluentqlError('ABORTED', 'nothing was sent')
}

/** Whether a call leaves out parameters that rows have values for. */
function isPartOfKeys({ method, resource }: CallsPlan, { args }: Prepared): boolean {
  return method.params.some(p => isData(resource, p.column) && args[p.name] === undefined)
}

function keysOf({ args }: Prepared): string {
  return Object.entries(args)
    .map(([name, values]) => `${name} = ${isSecretName(name) ? MASK : maskText(values.join(', '))}`)
    .join(', ')
}
