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
  const sent = calls.map(
    ({ args }) =>
      new Map(
        method.params.flatMap(({ name, column }) =>
          column === undefined || !args[name]
            ? []
            : [[column, [{ kind: 'values' as const, values: args[name] }]]],
        ),
      ),
  )
  return nameSent(resource, givenKeys(resource, sent, context.catalog), context)
}
