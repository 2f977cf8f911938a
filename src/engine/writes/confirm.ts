import { ConfluentqlError } from '../../errors.ts'
import { fullName } from '../../plan/names.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import { isData } from '../../plan/statements/whole-keys.ts'
import { isSecretName, MASK, maskText } from '../../secrets.ts'
import type { Prepared } from './body.ts'
import type { Confirm } from './pending.ts'
import { listsDeleted } from './resent.ts'

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
