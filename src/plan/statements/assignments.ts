import type { Method, Resource, Shape } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Expression } from '../../sql/expression.ts'
import { isInBrackets } from '../../sql/nearby.ts'
import type { Source } from '../../sql/query.ts'
import { readAlone } from '../../sql/read-query.ts'
import type { SetItem, Statement } from '../../sql/statement.ts'
import { bracketed, compose } from '../compose.ts'
import type { PlanContext } from '../context.ts'
import { spanOf, writtenText } from '../names.ts'
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
  checkValues(set, s.alias, resource, source, context)
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

/**
 * Rejects a condition without brackets as the value of an assignment: in `SET name = 'a' AND email = 'b'`, name would become `false`.
 * A field of booleans can have a condition, unless it looks like a further assignment.
 * @throws ConfluentqlError SYNTAX
 */
export function checkAssigned(e: Expression, { path }: SetItem, shape: Shape): void {
  if (isInBrackets(e) || (e.kind !== 'and' && e.kind !== 'or' && !isAssignmentLike(e))) return
  const operands = e.kind === 'and' || e.kind === 'or' ? e.operands : []
  const isFurther = operands.some(o => !isInBrackets(o) && isAssignmentLike(o))
  if (shape.type === 'boolean' && !(e.kind === 'and' && isFurther)) return
  const value = writtenText(e.source, e.range)
  throw new ConfluentqlError(
    'SYNTAX',
    `${value} is a condition, so ${path.join('.')} would be true or false`,
    {
      span: spanOf(e.source, e.range),
      hint: `write a comma between assignments, or brackets if it is meant: ${path.join('.')} = (${value})`,
    },
  )
}

const isAssignmentLike = (e: Expression): boolean =>
  e.kind === 'comparison' && e.operator === '=' && e.left.kind === 'column'

/** Validates the values as in an UPDATE: over the columns of one row, without aggregates and window functions. */
function checkValues(
  set: readonly SetItem[],
  alias: string | undefined,
  resource: Resource,
  source: Source,
  context: PlanContext,
): void {
  const table = [resource.provider, resource.service, resource.name].map(quote).join('.')
  const tests = set.flatMap((i, n) => [n > 0 ? ' OR ' : '', ...bracketed(i.expr), ' IS NULL'])
  const text = compose(source, [
    `SELECT 1 FROM ${table}${alias ? ` AS ${quote(alias)}` : ''} WHERE `,
    ...tests,
  ])
  text.run(() => checkQuery(text.source, text.range, context))
}
