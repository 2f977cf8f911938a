import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import { readStatement } from '../../sql/read-statement.ts'
import { split } from '../../sql/split.ts'
import type { Statement } from '../../sql/statement.ts'
import type { PlanContext } from '../context.ts'
import type { LocalPlan, Plan, QueryPlan } from '../plan.ts'
import { translate } from '../translation/translate.ts'
import { withAddresses } from './addresses.ts'
import { withBodyNames } from './body-names.ts'
import { planChange } from './change.ts'
import { localTarget, planDefinition, planLocalChange, planLocalInsert } from './local.ts'
import { planSelect } from './query.ts'
import { planExec, planInsert } from './write.ts'

/**
 * Plans a query, a change or a definition. SHOW and DESCRIBE need none of this: `planListing`.
 * @param isDry no change will be sent, so secrets stay masked
 * @throws ConfluentqlError with the position of whatever is wrong
 */
export function planStatement(written: Statement, source: Source, given: PlanContext, isDry: boolean): Plan {
  const translation = translate(source)
  if (translation) {
    const { statement, source: translated } = readStatement(
      translation.source.text,
      split(translation.source.text)[0]!,
    )
    const inner = statement.kind === 'explain' ? statement.inner : statement
    const plan = translation.run(() => planStatement(inner, translated, given, isDry))
    if (plan.kind === 'calls') return { ...plan, each: withQuotedNotices(plan.each, translation.quoted) }
    if (plan.kind === 'local') return withQuotedNotices(plan, translation.quoted)
    if (plan.kind !== 'query') return plan
    const columns = plan.columns.map(c => ({ ...c, name: translation.restore(c.name) }))
    return { ...withQuotedNotices(plan, translation.quoted), columns }
  }
  const text = withAddresses(written, source, given)
  if (text) {
    const { statement } = readStatement(text.source.text, split(text.source.text)[0]!)
    const inner = statement.kind === 'explain' ? statement.inner : statement
    return text.run(() => planStatement(inner, text.source, given, isDry))
  }
  const isChange = ['insert', 'update', 'replace', 'delete', 'exec'].includes(written.kind)
  const local =
    'target' in written && written.target ? localTarget({ target: written.target }, given) : undefined
  const isSent = isChange && !local
  const statement = isSent ? withBodyNames(written, source) : written
  const context = {
    ...given,
    // The values that a change sends must not be masked.
    showSecrets: given.showSecrets || (isSent && !isDry),
    // A change must name the rows that it changes itself.
    requireKeys: given.requireKeys || (isSent && 'in changes'),
  }
  switch (statement.kind) {
    case 'query':
      return planSelect(source, statement.query, context)
    case 'insert':
      return local
        ? planLocalInsert(statement, local, source, context)
        : planInsert(statement, source, context)
    case 'update':
    case 'replace':
    case 'delete':
      return local
        ? planLocalChange(statement, local, source, context)
        : planChange(statement, source, context)
    case 'create table':
    case 'create view':
    case 'drop':
    case 'refresh':
      return planDefinition(statement, source, context)
    case 'exec':
      return planExec(statement, source, context)
    default:
      throw new ConfluentqlError(
        'UNSUPPORTED',
        `${statement.kind === 'pull' ? 'REGISTRY PULL' : statement.kind.toUpperCase()} sends no request of a table, so there is nothing to plan`,
      )
  }
}

/** A plan whose notices quote the statement as it was written. */
function withQuotedNotices<P extends QueryPlan | LocalPlan>(plan: P, quoted: (text: string) => string): P {
  return {
    ...plan,
    ...(plan.warnings && { warnings: plan.warnings.map(quoted) }),
    scans: plan.scans.map(scan => (scan.warnings ? { ...scan, warnings: scan.warnings.map(quoted) } : scan)),
    ...(plan.nullLists && {
      nullLists: plan.nullLists.map(list => ({ ...list, notice: quoted(list.notice) })),
    }),
    ...(plan.textUses && { textUses: plan.textUses.map(use => ({ ...use, of: quoted(use.of) })) }),
    ...(plan.nearValues && {
      nearValues: plan.nearValues.map(near => ({ ...near, condition: quoted(near.condition) })),
    }),
  }
}
