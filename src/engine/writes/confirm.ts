import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { isData } from '../../plan/statements/whole-keys.ts'
import { isSecretName, MASK, maskText } from '../../secrets.ts'
import type { Prepared } from './body.ts'
import { listsDeleted } from './resent.ts'

/** A change of several rows that is ready to be sent. */
export interface PendingChange {
  readonly verb: 'UPDATE' | 'REPLACE' | 'DELETE'
  /** Dotted name. */
  readonly table: string
  /** Number of rows; for an open change, of requests. */
  readonly rows: number
  /** A request gives only a part of a row's key, so it may delete many: `kind = READ`. */
  readonly isOpen: boolean
  /** The keys of the first rows or requests: `id = sa-1`. */
  readonly keys: readonly string[]
}

/** Whether a change may be sent. */
export type Confirm = (change: PendingChange) => Promise<boolean>

/** Number of rows whose keys are shown. */
const SHOWN = 3

/** Asks for confirmation of a change that may affect more than one row, if there is a `confirm`. @throws ConfluentqlError ABORTED if it is refused */
export async function confirmChange(
  plan: CallsPlan,
  prepared: readonly Prepared[],
  confirm: Confirm | undefined,
): Promise<void> {
  const { verb, resource } = plan
  const isOpen = listsDeleted(plan) && prepared.some(p => hasPartialKey(plan, p))
  if (!confirm || verb === 'INSERT' || verb === 'EXEC' || (prepared.length < 2 && !isOpen)) return
  const keys = prepared.slice(0, SHOWN).map(keyText)
  if (await confirm({ verb, table: fullName(resource), rows: prepared.length, isOpen, keys })) return
  throw new ConfluentqlError('ABORTED', 'nothing was sent')
}

/** Whether a call leaves out parameters that select by columns of the rows. */
function hasPartialKey({ method, resource }: CallsPlan, { args }: Prepared): boolean {
  return method.params.some(p => isData(resource, p.column) && args[p.name] === undefined)
}

function keyText({ args }: Prepared): string {
  return Object.entries(args)
    .map(([name, values]) => `${name} = ${isSecretName(name) ? MASK : maskText(values.join(', '))}`)
    .join(', ')
}
