import { ConfluentqlError } from '../../errors.ts'
import type { Definition } from '../../sql/definition.ts'
import type { Source } from '../../sql/query.ts'
import type { PlanContext } from '../context.ts'
import { spanOf } from '../names.ts'
import type { LocalPlan } from '../plan.ts'
import { quote } from '../splice.ts'
import { forgetView } from './kept-views.ts'
import { forgetShapes } from './shapes.ts'

/** Plans DROP of a table or view of the session. */
export function planDrop(
  s: Extract<Definition, { kind: 'drop' }>,
  source: Source,
  context: PlanContext,
): LocalPlan {
  const name = s.name.parts[0]!
  const verb = `DROP ${s.what.toUpperCase()}`
  const view = context.views.get(name.toLowerCase())
  const table = context.tables.get(name.toLowerCase())
  const isMaterialized = view?.kind === 'materialized view'
  const found =
    s.what === 'table'
      ? table !== undefined && !isMaterialized
      : s.what === 'view'
        ? view !== undefined && !isMaterialized
        : isMaterialized
  if (!found && s.ifExists) return { kind: 'local', verb, scans: [], steps: [], params: [] }
  if (!found) {
    const other = isMaterialized
      ? 'it is a materialized view: DROP MATERIALIZED VIEW'
      : view
        ? 'it is a view: DROP VIEW'
        : table
          ? 'it is a table: DROP TABLE'
          : 'SHOW TABLES lists what there is'
    throw new ConfluentqlError('UNKNOWN_NAME', `no ${s.what} "${name}" in this session`, {
      span: spanOf(source, s.name.range),
      hint: other,
    })
  }
  return {
    kind: 'local',
    verb,
    scans: [],
    params: [],
    steps: [
      ...(table ? [`DROP TABLE ${quote(name)}`, ...forgetShapes(name, context)] : []),
      ...(view ? forgetView(view) : []),
    ],
  }
}
