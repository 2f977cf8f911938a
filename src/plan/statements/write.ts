import type { Catalog, Method, Resource } from '../../catalog/types.ts'
import { ConfluentqlError } from '../../errors.ts'
import type { Statement } from '../../sql/statement.ts'
import type { Range, Source } from '../../sql/query.ts'
import { readAlone } from '../../sql/read-query.ts'
import { compose } from '../compose.ts'
import { isText, rejectAlteredResults, valueFor, withSentValues } from './sent-values.ts'
import type { PlanContext } from '../context.ts'
import { findExec, noArgument } from '../binding/exec.ts'
import { sourcesOf } from '../key-sources.ts'
import { addressHints } from '../hosts.ts'
import { fullName, spanOf, targetResource } from '../names.ts'
import type { CallsPlan, CallTarget } from '../plan.ts'
import { secretOf } from '../secrets/checks.ts'
import { resultColumns } from './result-columns.ts'
import { checkQuery, finishQuery, planQuery } from './query.ts'
import { wholeColumns } from './once.ts'
import { atBodyPaths } from './body-names.ts'
import { givenByArguments, givenByRows } from './given-values.ts'
import { methodsFor, notInsertable, rejectParts, targetOf, uncovered } from './targets.ts'
import { quote } from '../splice.ts'

/** The table of an EXEC's answer; no table of a session can have this name. */
const ANSWER = 'answer~'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>

/** Plans INSERT: a call for each row of VALUES or SELECT. */
export function planInsert(typed: Of<'insert'>, source: Source, context: PlanContext): CallsPlan {
  const resource = targetResource(typed.target, source, context)
  const span = spanOf(source, typed.target.range)
  const methods = methodsFor(resource, 'insert', span)
  const s = { ...typed, columns: atBodyPaths(typed.columns, resource, methods, source) }
  if (s.columns.length === 0) {
    throw new ConfluentqlError('SYNTAX', 'INSERT needs the names of its columns', {
      span,
      hint: `SHOW INSERT INTO ${fullName(resource)} gives a template`,
    })
  }
  const chosen = lazily(() => {
    const method = insertMethod(s, resource, methods, source, context)
    return { method, targets: insertTargets(s, method) as CallTarget[] }
  })
  const use = { isSent: true, isText: (column: number) => isText(chosen().targets[column]?.shape) }
  const checked = checkQuery(source, s.query, context, use)
  if (checked.names.length !== s.columns.length) {
    throw new ConfluentqlError(
      'VALUE',
      `${s.columns.length} columns are named but a row has ${checked.names.length} values`,
      { span: spanOf(source, s.query) },
    )
  }
  const { method, targets } = chosen()
  rejectParts(
    targets,
    s.columns.map(c => c.range),
    source,
  )
  const shapes = targets.map(t => t.shape)
  rejectAlteredResults(checked, shapes)
  const text = withSentValues(source, s.query, shapes, context.parse)
  return {
    kind: 'calls',
    verb: 'INSERT',
    resource,
    method,
    each:
      text?.run(() => planQuery(text.source, text.range, context, use))
      ?? finishQuery(checked, source, s.query, context),
    targets,
    ...planReturning(s.returning, resource, method, source, context),
  }
}

/** A value that is computed when it is first asked for. */
function lazily<T extends object>(compute: () => T): () => T {
  let value: T | undefined
  return () => (value ??= compute())
}

function insertTargets(s: Of<'insert'>, method: Method): (CallTarget | undefined)[] {
  return s.columns.map(c => targetOf(method, c.path))
}

/** The method that takes all columns of an INSERT and requires no others. */
function insertMethod(
  s: Of<'insert'>,
  resource: Resource,
  methods: readonly Method[],
  source: Source,
  context: PlanContext,
): Method {
  const fitting = methods.filter(m => insertTargets(s, m).every(t => t !== undefined))
  if (fitting.length === 0) {
    const wrong = s.columns.find(c => methods.every(m => !targetOf(m, c.path)))!
    throw notInsertable(resource, methods, wrong.path, spanOf(source, wrong.range), context)
  }
  const duplicate = s.columns.find(
    (c, i) =>
      s.columns.findIndex(d => d.path.join('.').toLowerCase() === c.path.join('.').toLowerCase()) !== i,
  )
  if (duplicate)
    throw new ConfluentqlError('VALUE', `column "${duplicate.path.join('.')}" is named twice`, {
      span: spanOf(source, duplicate.range),
    })
  const missingOf = (m: Method): string[] => {
    const { provider } = resource
    const targets = insertTargets(s, m) as CallTarget[]
    const given = givenByRows(source, s.query, targets, context)
    return uncovered(m, targets, provider, given, context)
  }
  const ready = fitting.find(m => missingOf(m).length === 0)
  if (ready) return ready
  const missing = missingOf(fitting[0]!)
  throw new ConfluentqlError(
    'MISSING_PARAMETER',
    `INSERT INTO ${fullName(resource)} needs ${missing.map(m => `"${m}"`).join(' and ')}`,
    {
      span: spanOf(source, s.target.range),
      hint: [
        `add ${missing.join(', ')} to the columns${sourcesOf(resource, missing, resource.methods)}`,
        `SHOW INSERT INTO ${fullName(resource)} gives a template`,
        ...addressHints([fitting[0]!], missing, resource.provider, context.catalog),
      ].join('; '),
    },
  )
}

/** Plans EXEC: one call of a method by its name. */
export function planExec(s: Of<'exec'>, source: Source, context: PlanContext): CallsPlan {
  const { resource, method, span } = findExec(s.target, source, context)
  const targets: CallTarget[] = s.args.map(a => {
    const found = targetOf(method, a.name.split('.'))
    if (!found) throw noArgument(resource, method, a.name, spanOf(source, a.range), context)
    return found
  })
  rejectParts(
    targets,
    s.args.map(a => a.range),
    source,
  )
  if (s.json) {
    if (!method.body)
      throw new ConfluentqlError('VALUE', `${method.name} takes no body`, { span: spanOf(source, s.json) })
    targets.push({
      kind: 'whole body',
      name: '@@json',
      shape: { type: method.body.kind === 'array' ? 'array' : 'object' },
    })
  }
  const given = givenByArguments(
    s.args.map(a => readAlone(source, a.expr, context.parse)),
    targets,
    context,
  )
  const missing = uncovered(method, targets, resource.provider, given, context).filter(
    m => !s.json || method.params.some(p => p.name === m),
  )
  if (missing.length > 0) {
    throw new ConfluentqlError(
      'MISSING_PARAMETER',
      `${method.name} needs ${missing.map(m => `@${m}`).join(' and ')}`,
      {
        span,
        hint: [
          `add ${missing.map(m => `@${m} = '…'`).join(', ')}${sourcesOf(resource, missing, [method])}`,
          ...addressHints([method], missing, resource.provider, context.catalog),
        ].join('; '),
      },
    )
  }
  const expressions = [...s.args.map(a => a.expr), ...(s.json ? [s.json] : [])]
  const text = compose(source, [
    'SELECT ',
    ...expressions.flatMap((e, i) => [
      i > 0 ? ', ' : '',
      ...valueFor(readAlone(source, e, context.parse), targets[i]!.shape),
    ]),
    ...(expressions.length === 0 ? ['1'] : []),
  ])
  const use = { isSent: true, isText: (column: number) => isText(targets[column]?.shape) }
  const each = text.run(() => planQuery(text.source, text.range, context, use))
  return {
    kind: 'calls',
    verb: 'EXEC',
    resource,
    method,
    each,
    targets,
    ...(method.rows && execRows(resource, method)),
  }
}

/** The rows of EXEC: the columns of the answer if they are known, or else the answer itself. */
function execRows(resource: Resource, method: Method): Pick<CallsPlan, 'returning'> {
  const known = (
    method.columns ?? (method.verb === 'exec' ? undefined : resource.columns.filter(c => !c.isInput))
  )?.filter(c => !c.isHidden)
  if (!known)
    return {
      returning: {
        sql: '',
        into: ANSWER,
        load: [],
        shown: [],
        whole: [],
        columns: [{ name: 'response', type: 'object' }],
      },
    }
  const load = known.map(c => c.name)
  const columns = known.map(c => ({ name: c.name, type: c.type }))
  return {
    returning: {
      sql: `SELECT ${load.map(quote).join(', ')} FROM temp.${quote(ANSWER)}`,
      into: ANSWER,
      load,
      shown: [],
      whole: load,
      columns,
    },
  }
}

/** A context in which a resource has the columns of a method's answer, if that has others; its own are hidden then, except input columns. */
function withAnswer(context: PlanContext, resource: Resource, { columns }: Method): PlanContext {
  const isOwn = (name: string): boolean => resource.columns.some(c => c.name === name)
  if (!columns || columns.every(c => isOwn(c.name))) return context
  const isNew = (name: string): boolean => columns.every(c => c.name !== name)
  const answer: Resource = {
    ...resource,
    columns: [
      ...columns,
      ...resource.columns.flatMap(c =>
        isNew(c.name) ? [{ ...c, isHidden: c.isHidden === true || !c.isInput }] : [],
      ),
    ],
  }
  const { catalog } = context
  const find: Catalog['resource'] = (...names) => {
    const found = catalog.resource(...names)
    return found === resource ? answer : found
  }
  return { ...context, catalog: { ...catalog, resource: find } }
}

/** Plans RETURNING: a query over a table of the answers. */
export function planReturning(
  range: Range | undefined,
  resource: Resource,
  method: Method,
  source: Source,
  context: PlanContext,
  alias?: string,
): Pick<CallsPlan, 'returning'> {
  if (!range) return {}
  if (!method.rows) {
    throw new ConfluentqlError('UNSUPPORTED', `${method.name} answers with nothing that could be returned`, {
      span: spanOf(source, range),
      hint: 'leave out RETURNING',
    })
  }
  const text = compose(source, [
    'SELECT ',
    range,
    ` FROM ${[resource.provider, resource.service, resource.name].map(quote).join('.')}${alias ? ` AS ${quote(alias)}` : ''}`,
  ])
  return text.run(() => {
    const answered = withAnswer(context, resource, method)
    const checked = checkQuery(text.source, text.range, answered, { prefix: 'answer~' })
    const [ref, other] = checked.binder.refs
    if (other)
      throw new ConfluentqlError('UNSUPPORTED', 'RETURNING can read only what the API answers', {
        span: spanOf(other.source, other.name),
        hint: 'read other tables in a statement of its own',
      })
    const { columns } = ref!.resource
    const load = columns.map(c => c.name).filter(n => ref!.used.has(n.toLowerCase()))
    return {
      returning: {
        sql: checked.sql,
        into: ref!.table,
        load,
        shown: [...checked.binder.columns()].flatMap(c => secretOf(c) ?? []),
        whole: wholeColumns(checked, answered),
        columns: resultColumns(checked),
      },
    }
  })
}
