import type { Method, Resource, Value } from '../../catalog/types.ts'
import { findMethod, methodKey } from '../../catalog/names.ts'
import { ConfluentqlError, type Span } from '../../errors.ts'
import { StatementReader } from '../../sql/statement-reader.ts'
import type { Range, Source } from '../../sql/query.ts'
import { readExec } from '../../sql/read-change.ts'
import type { Name } from '../../sql/statement.ts'
import type { PlanContext } from '../context.ts'
import { neededParams } from '../hosts.ts'
import { insteadOfColumn } from '../instead.ts'
import { sourcesOf } from '../key-sources.ts'
import { didYouMean, findResource, fullName, optionalOf, requiredOf, spanOf, writtenText } from '../names.ts'

/** Finds a method by its name, ignoring case and underscores. */
function methodNamed(resource: Resource, name: string, span: Span): Method {
  const found = findMethod(resource, name)
  if (found) return found
  const other = resource.unsupported?.find(u => methodKey(u.name) === methodKey(name))
  if (other)
    throw new ConfluentqlError(
      'UNSUPPORTED',
      `${other.name} of ${fullName(resource)} cannot be called: ${other.reason}`,
      {
        span,
        hint: `its call is ${other.call}; SHOW METHODS IN ${fullName(resource)} lists those that can be called`,
      },
    )
  throw new ConfluentqlError(
    'UNKNOWN_NAME',
    `no method "${name}" in ${fullName(resource)}${didYouMean(
      name,
      resource.methods.map(m => m.name),
    )}`,
    { span, hint: `SHOW METHODS IN ${fullName(resource)} lists them` },
  )
}

/** Finds the method of a name of four parts (three with a default provider), and its resource. */
export function findCall(
  target: Name,
  source: Source,
  context: PlanContext,
): { resource: Resource; method: Method; span: Span } {
  const { parts } = target
  const full = parts.length === 3 && context.provider ? [context.provider, ...parts] : parts
  const span = spanOf(source, target.range)
  if (full.length !== 4)
    throw new ConfluentqlError('UNKNOWN_NAME', `no method "${parts.join('.')}"`, {
      span,
      hint: 'a method is named provider.service.resource.method',
    })
  const resource = findResource(context, full.slice(0, 3), span)
  return { resource, method: methodNamed(resource, full[3]!, span), span }
}

/**
 * The method of a call that is to be made.
 * @throws ConfluentqlError UNSUPPORTED for a query, whose body is made of conditions
 */
export function findExec(
  target: Name,
  source: Source,
  context: PlanContext,
): { resource: Resource; method: Method; span: Span } {
  const found = findCall(target, source, context)
  if (!found.method.queryBody) return found
  throw new ConfluentqlError('UNSUPPORTED', `${found.method.name} is a query, which EXEC cannot make`, {
    span: found.span,
    hint: `write SELECT … FROM ${fullName(found.resource)}`,
  })
}

/** The error for an argument that a method does not take. */
export function noArgument(
  { provider }: Resource,
  method: Method,
  name: string,
  span: Span,
  { catalog }: Pick<PlanContext, 'catalog'>,
): ConfluentqlError {
  const takes = [...requiredOf(method), ...optionalOf(method)]
  return new ConfluentqlError('UNKNOWN_NAME', `${method.name} takes no "${name}"${didYouMean(name, takes)}`, {
    span,
    hint:
      insteadOfColumn(name, { provider, methods: [method] }, catalog)
      ?? `it takes ${takes.join(', ') || 'nothing'}`,
  })
}

/** Reads EXEC in FROM: a method that only reads, with constant arguments. The resource has the columns of its answer. */
export function readCall(
  source: Source,
  range: Range,
  context: PlanContext,
): { resource: Resource; method: Method; args: Record<string, Value> } {
  const statement = readExec(new StatementReader(source, range))
  const { resource, method, span } = findExec(statement.target, source, context)
  if ((method.http !== 'GET' && method.verb !== 'select') || !method.rows) {
    throw new ConfluentqlError(
      'UNSUPPORTED',
      `${method.name} cannot stand in FROM: it ${method.rows ? 'may change something' : 'gives no rows'}`,
      { span, hint: 'run it as a statement: EXEC …' },
    )
  }
  const args: Record<string, Value> = {}
  for (const arg of statement.args) {
    const param = method.params.find(p => p.name.toLowerCase() === arg.name.toLowerCase())
    if (!param) throw noArgument(resource, method, arg.name, spanOf(source, arg.range), context)
    const text = writtenText(source, arg.expr)
    try {
      args[param.name] = context.validator.values([text])[0]!
    } catch (cause) {
      throw new ConfluentqlError('SYNTAX', `@${param.name} needs a constant: ${(cause as Error).message}`, {
        cause,
        span: spanOf(source, arg.expr),
      })
    }
  }
  const missing = neededParams(method, resource.provider, context)
    .filter(p => (args[p.name] ?? null) === null)
    .map(p => p.name)
  if (missing.length > 0)
    throw new ConfluentqlError(
      'MISSING_PARAMETER',
      `${method.name} needs ${missing.map(m => `@${m}`).join(' and ')}`,
      {
        span,
        hint: `add ${missing.map(m => `@${m} = '…'`).join(', ')}${sourcesOf(resource, missing, [method])}`,
      },
    )
  return { resource: method.columns ? { ...resource, columns: method.columns } : resource, method, args }
}
