import type { Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Source } from '../../sql/query.ts'
import { readAlone } from '../../sql/read-query.ts'
import type { SetItem, Statement } from '../../sql/statement.ts'
import { bracketed, compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { spanOf } from '../names.ts'
import { checkQuery } from './query.ts'
import { quote } from '../splice.ts'
import { atBodyPaths } from './body-names.ts'
import { notSettable, settable } from './targets.ts'

type Update = Extract<Statement, { kind: 'update' | 'replace' }>

/**
 * Reads the assignments of SET, each to a field of the body. `key = key` is left out.
 * @throws ConfluentqlError for a key or another parameter of the request, an unknown name, or a value that is not an
 * expression over the columns of one row
 */
export function readAssignments(
  s: Update,
  resource: Resource,
  methods: readonly Method[],
  source: Source,
  context: PlanContext,
): readonly SetItem[] {
  const alias = s.alias ?? resource.name
  const isSettable = (i: SetItem): boolean => methods.some(m => settable(m, i.path))
  const set = atBodyPaths(s.set, resource, methods, source).filter(
    i => isSettable(i) || !isKeyToItself(i, methods, alias, source, context),
  )
  const wrong = set.find(i => !isSettable(i))
  if (wrong) throw notSettable(resource, methods, wrong.path, spanOf(source, wrong.range), context)
  if (set.length === 0)
    throw new ConfluentqlError('VALUE', 'SET changes nothing: every key keeps its value', {
      span: spanOf(source, s.set[0]!.range),
    })
  checkValues(set, alias, resource, source, context)
  return set
}

/** Whether an assignment is `id = id` for a key `id`. */
function isKeyToItself(
  { path, expr }: SetItem,
  methods: readonly Method[],
  alias: string,
  source: Source,
  { parse }: Pick<PlanContext, 'parse'>,
): boolean {
  const value = readAlone(source, expr, parse)
  const written = value.kind === 'column' ? value.parts.join('.').toLowerCase() : undefined
  const name = path.join('.').toLowerCase()
  const isSame = written === name || written === `${alias}.${name}`.toLowerCase()
  return isSame && methods.some(m => m.params.some(p => p.column?.toLowerCase() === name))
}

/** Validates the values as in an UPDATE: over the columns of one row, without aggregates and window functions. */
function checkValues(
  set: readonly SetItem[],
  alias: string,
  resource: Resource,
  source: Source,
  context: PlanContext,
): void {
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  const tests = set.flatMap((i, n) => [n > 0 ? ' OR ' : '', ...bracketed(i.expr), ' IS NULL'])
  const text = compose(source, [`SELECT 1 FROM ${table} AS ${quote(alias)} WHERE `, ...tests])
  text.run(() => checkQuery(text.source, text.range, context))
}
