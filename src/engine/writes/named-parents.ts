import type { ConfluentqlError } from '../../errors.ts'
import { givenKeys } from '../../plan/access/given-keys.ts'
import type { CallsPlan } from '../../plan/plan.ts'
import type { ScanContext } from '../scans/scan-calls.ts'
import { nameSent } from '../scans/given-names.ts'
import type { Prepared } from './body.ts'

/**
 * The error for a change of which the API found nothing, if a call has the name of a parent where its id belongs.
 * @param calls those that were answered with 404 or 403
 */
export function namedParent(
  { resource, method }: CallsPlan,
  calls: readonly Prepared[],
  context: ScanContext,
): Promise<ConfluentqlError | undefined> {
  const sentAs = (key: string): ReadonlyMap<string, string> => {
    const param = method.params.find(({ column }) => column === key)?.name ?? ''
    const values = calls.flatMap(({ args }) => args[param] ?? [])
    return new Map(values.flatMap(v => (typeof v === 'string' && v !== '' ? [[v, key]] : [])))
  }
  return nameSent(resource, givenKeys(resource, sentAs, context.catalog), context)
}
