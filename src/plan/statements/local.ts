import { ConfluentqlError } from '../../errors.ts'
import type { Definition } from '../../sql/definition.ts'
import type { Expression } from '../../sql/expression.ts'
import { nameText } from '../../sql/operators.ts'
import type { Range, Source } from '../../sql/query.ts'
import type { Statement } from '../../sql/statement.ts'
import { localColumns } from '../binding/core-outputs.ts'
import { same } from '../binding/columns.ts'
import {
  alteredError,
  alteredNumbers,
  alteredResults,
  hasLeadingZero,
  type AlteredNumber,
} from '../predicates/altered-numbers.ts'
import { bracketed, compose } from '../compose.ts'
import { ownNamed, type PlanContext, type TableShape } from '../context.ts'
import { spanOf, writtenText } from '../names.ts'
import type { LocalPlan, QueryPlan } from '../plan.ts'
import { planDrop } from './drop.ts'
import { forgetView, rememberView } from './kept-views.ts'
import { declaredTypes } from './result-columns.ts'
import { forgetShapes, rememberMasked, rememberShapes, shapesOf } from './shapes.ts'
import { maskedOutputs } from '../secrets/checks.ts'
import { checkQuery, finishQuery, paramsIn, planScans } from './query.ts'
import { quote } from '../splice.ts'

type Change = Extract<Statement, { kind: 'update' | 'delete' | 'replace' }>
type Insert = Extract<Statement, { kind: 'insert' }>

/** The table of the session that a statement changes, if its target is one. */
export function localTarget(
  s: { readonly target: { readonly parts: readonly string[] } },
  context: PlanContext,
): TableShape | undefined {
  return ownNamed(s.target.parts, context.tables)
}

/** Plans CREATE, DROP and REFRESH of tables and views of the session. */
export function planDefinition(s: Definition, source: Source, context: PlanContext): LocalPlan {
  if (s.kind === 'drop') return planDrop(s, source, context)
  if (s.kind === 'refresh') return planRefresh(s, source, context)
  const name = s.name.parts[0]!
  const verb =
    s.kind === 'create table' ? 'CREATE TABLE' : s.materialized ? 'CREATE MATERIALIZED VIEW' : 'CREATE VIEW'
  const view = context.views.get(name.toLowerCase())
  const exists = context.tables.has(name.toLowerCase()) || view !== undefined
  if (exists && s.ifNotExists) return { kind: 'local', verb, scans: [], steps: [], params: [] }
  const kind = view?.kind ?? 'table'
  const isSameKind = verb === `CREATE ${kind.toUpperCase()}`
  if (exists && !(isSameKind && s.kind === 'create view' && s.replace)) {
    throw new ConfluentqlError('VALUE', `"${name}" already exists${isSameKind ? '' : `: it is a ${kind}`}`, {
      span: spanOf(source, s.name.range),
      hint:
        isSameKind && s.kind === 'create view'
          ? 'write CREATE OR REPLACE'
          : `DROP ${kind.toUpperCase()} ${name} removes it`,
    })
  }
  if (s.kind === 'create table' && s.columns) {
    const text = `CREATE ${s.temporary ? 'TEMP ' : ''}TABLE ${quote(name)} ${writtenText(source, s.columns)}`
    return { kind: 'local', verb, scans: [], steps: [text], params: [] }
  }
  if (s.kind === 'create table')
    return planSnapshot(verb, name, s.temporary ? 'temp' : 'main', source, s.query!, context)
  if (!s.materialized) {
    const { from, to } = s.query
    const param = source.tokens.slice(from, to).find(token => token.kind === 'param')
    if (param)
      throw new ConfluentqlError('UNSUPPORTED', `a view cannot have ${param.text}`, {
        span: { start: param.start, end: param.end },
        hint: `give the condition where the view is read, or write CREATE TABLE ${nameText(name)} AS SELECT …, which takes ${param.text}`,
      })
    checkQuery(source, s.query, {
      ...context,
      views: new Map([...context.views].filter(([key]) => key !== name.toLowerCase())),
    })
    return {
      kind: 'local',
      verb,
      scans: [],
      params: [],
      steps: [
        // a temporary one would hide the new one
        ...(view?.schema === 'temp' ? forgetView(view) : []),
        ...rememberView(s.temporary ? 'temp' : 'main', name, 'view', writtenText(source, s.query)),
      ],
    }
  }
  const plan = planSnapshot(verb, name, 'main', source, s.query, context)
  return {
    ...plan,
    steps: [
      `DROP TABLE IF EXISTS main.${quote(name)}`,
      ...forgetShapes(name, context),
      ...plan.steps,
      ...rememberView('main', name, 'materialized view', writtenText(source, s.query)),
    ],
  }
}

/** Plans a table of the rows of a query, with columns of the same types. */
function planSnapshot(
  verb: string,
  name: string,
  schema: string,
  source: Source,
  query: Range,
  context: PlanContext,
): LocalPlan {
  const checked = checkQuery(source, query, context)
  const plan = finishQuery(checked, source, query, context)
  const names = plan.columns.map(c => c.name.toLowerCase())
  const duplicate = plan.columns.find((c, i) => names.indexOf(c.name.toLowerCase()) !== i)
  if (duplicate)
    throw new ConfluentqlError('VALUE', `the query has two columns named "${duplicate.name}"`, {
      span: spanOf(source, query),
      hint: 'give one of them another name with AS',
    })
  const types = declaredTypes(checked, plan.columns)
  const columns = plan.columns.map((c, i) => `${quote(c.name)} ${types[i]}`.trim())
  const table = `${schema}.${quote(name)}`
  return {
    kind: 'local',
    verb,
    scans: plan.scans,
    ...noticesOf(plan),
    params: plan.params,
    steps: [
      `CREATE TABLE ${table} (${columns.join(', ')})`,
      ...rememberShapes(schema, name, plan.columns, shapesOf(checked, plan.columns, context)),
    ],
    rows: `INSERT INTO ${table} ${plan.sql}`,
  }
}

/** What is said about the rows of a query. */
function noticesOf({ warnings, nullLists, nearValues, textUses }: QueryPlan): Partial<LocalPlan> {
  return {
    ...(warnings && { warnings }),
    ...(nullLists && { nullLists }),
    ...(nearValues && { nearValues }),
    ...(textUses && { textUses }),
  }
}

function planRefresh(
  s: Extract<Definition, { kind: 'refresh' }>,
  source: Source,
  context: PlanContext,
): LocalPlan {
  const name = s.name.parts[0]!
  const view = context.views.get(name.toLowerCase())
  if (view?.kind !== 'materialized view')
    throw new ConfluentqlError('UNKNOWN_NAME', `no materialized view "${name}" in this session`, {
      span: spanOf(source, s.name.range),
    })
  const text = compose({ text: '', tokens: [] }, [view.sql])
  const plan = planSnapshot('REFRESH MATERIALIZED VIEW', name, 'main', text.source, text.range, context)
  return {
    ...plan,
    steps: [`DROP TABLE IF EXISTS main.${quote(name)}`, ...forgetShapes(name, context), ...plan.steps],
  }
}

/** Plans INSERT into a table of the session. */
export function planLocalInsert(
  s: Insert,
  table: TableShape,
  source: Source,
  context: PlanContext,
): LocalPlan {
  rejectReturning(s.returning, source)
  const names = s.columns.length > 0 ? s.columns.map(c => c.path.join('.')) : table.columns.map(c => c.name)
  const isTextNamed = textColumns(table)
  const checked = checkQuery(source, s.query, context, { isText: i => isTextNamed(names[i]) })
  const plan = finishQuery(checked, source, s.query, context)
  const wrong = s.columns.find(
    c => !table.columns.some(t => t.name.toLowerCase() === c.path.join('.').toLowerCase()),
  )
  if (wrong)
    throw new ConfluentqlError('UNKNOWN_NAME', `no column "${wrong.path.join('.')}" in ${table.name}`, {
      span: spanOf(source, wrong.range),
      hint: `columns: ${table.columns.map(c => c.name).join(', ')}`,
    })
  const wanted = s.columns.length || table.columns.length
  if (plan.columns.length !== wanted)
    throw new ConfluentqlError('VALUE', `${wanted} values are needed but a row has ${plan.columns.length}`, {
      span: spanOf(source, s.query),
    })
  rejectAltered(table, names, i => alteredResults(checked.root, i, checked.binder))
  const columns = s.columns.length > 0 ? ` (${s.columns.map(c => quote(c.path.join('.'))).join(', ')})` : ''
  const masked = maskedOutputs(checked.binder, checked.root, wanted, [], context).map(i => names[i]!)
  return {
    kind: 'local',
    verb: 'INSERT',
    scans: plan.scans,
    ...noticesOf(plan),
    params: plan.params,
    steps: rememberMasked(table, masked),
    rows: `INSERT INTO ${quote(table.name)}${columns} ${plan.sql}`,
  }
}

/** Plans UPDATE or DELETE of a table of the session; its conditions may read resources. */
export function planLocalChange(
  s: Change,
  table: TableShape,
  source: Source,
  context: PlanContext,
): LocalPlan {
  rejectReturning(s.returning, source)
  if (s.kind === 'replace')
    throw new ConfluentqlError('UNSUPPORTED', 'REPLACE is for resources', {
      span: spanOf(source, s.target.range),
      hint: 'write UPDATE',
    })
  const set = s.kind === 'update' ? s.set : []
  const alias = s.alias ?? table.name
  const values = set.flatMap(i => [', ', ...bracketed(i.expr)])
  const text = compose(source, [
    'SELECT 1',
    ...values,
    ` FROM ${quote(table.name)} AS ${quote(alias)}`,
    ...(s.where ? [' WHERE ', ...bracketed(s.where)] : []),
  ])
  return text.run(() => {
    const isTextNamed = textColumns(table)
    const checked = checkQuery(text.source, text.range, context, {
      isLocalChange: true,
      isText: i => isTextNamed(set[i - 1]?.path.join('.')),
    })
    const { core } = checked.root.cores[0]!
    rejectAltered(
      table,
      set.map(item => item.path.join('.')),
      i => alteredNumbers(core.items[i + 1]!.expr, checked.binder),
    )
    const render = (e: Expression): string => checked.binder.splices.render(e.source, e.range, false)
    const where = core.where ? ` WHERE ${render(core.where)}` : ''
    const target = `${quote(table.name)} AS ${quote(alias)}`
    const assignments = set.map(
      (item, i) => `${quote(item.path.join('.'))} = (${render(core.items[i + 1]!.expr)})`,
    )
    const rows =
      s.kind === 'delete'
        ? `DELETE FROM ${target}${where}`
        : `UPDATE ${target} SET ${assignments.join(', ')}${where}`
    const masked = maskedOutputs(checked.binder, checked.root, set.length + 1, [], context).map(i =>
      set[i - 1]!.path.join('.'),
    )
    return {
      kind: 'local',
      verb: s.kind.toUpperCase(),
      scans: planScans(checked, context),
      warnings: checked.notes,
      textUses: checked.textUses,
      params: paramsIn(text.source, text.range),
      steps: rememberMasked(table, masked),
      rows,
    }
  })
}

/** Whether a name is that of a column of texts. */
function textColumns(table: TableShape): (name: string | undefined) => boolean {
  const texts = localColumns(table).filter(c => c.affinity === 'text')
  return name => name !== undefined && texts.some(c => same(c.name, name))
}

/** Rejects numbers with other digits as texts that become values of columns of texts. @throws ConfluentqlError VALUE */
function rejectAltered(
  table: TableShape,
  names: readonly string[],
  numbersOf: (index: number) => readonly AlteredNumber[],
): void {
  const columns = localColumns(table).filter(c => c.affinity === 'text' || c.declared === '')
  for (const [i, name] of names.entries()) {
    const column = columns.find(c => same(c.name, name))
    const altered = column && numbersOf(i).find(n => column.affinity === 'text' || hasLeadingZero(n))
    if (altered) throw alteredError(altered)
  }
}

function rejectReturning(range: Range | undefined, source: Source): void {
  if (range)
    throw new ConfluentqlError(
      'UNSUPPORTED',
      'RETURNING is for resources: a table of the session can be read',
      { span: spanOf(source, range), hint: 'leave it out, and write a SELECT with the same WHERE before' },
    )
}
